"""What an emulated firmware does that no plain code does: traps, and memory that is not there."""

from collections.abc import Sequence
from typing import Any

from effprof.backends.mcu.elf import Elf
from effprof.backends.mcu.execution import Touched
from effprof.ports import Refusal

PAGE = 4096
MOST_PAGES = 256
PERIPHERALS = ((0x4000_0000, 0x6000_0000), (0xD000_0000, 0xD100_0000), (0xE000_0000, 0xE010_0000))
TRAPS = {
    1: "executes an instruction that the core does not have",
    2: "calls an operating system (SVC)",
    3: "branches to memory that holds no code",
    4: "reads or writes memory that it must not",
    7: "stops at a breakpoint (BKPT)",
}
SEMIHOSTING = b"\xab\xbe"  # bkpt 0xab
EXIT_CALLS = (0x18, 0x20)  # SYS_EXIT, SYS_EXIT_EXTENDED
CORES_HINT = "is it built for this core?"


class Faults:
    """Watches one engine; keeps the first fault and the peripherals that were touched."""

    def __init__(self, elf: Elf) -> None:
        self._elf = elf
        self._fault = ""
        self._pages: set[int] = set()
        self._touched: dict[tuple[int, bool], Touched] = {}

    def clear(self) -> None:
        self._fault = ""
        self._touched = {}

    def touched(self) -> Sequence[Touched]:
        return tuple(self._touched.values())

    def watch(self, engine: Any) -> None:
        import unicorn

        self._pages = set()
        engine.hook_add(unicorn.UC_HOOK_MEM_UNMAPPED, self._on_unmapped)
        engine.hook_add(unicorn.UC_HOOK_MEM_PROT, self._on_protected)
        engine.hook_add(unicorn.UC_HOOK_INTR, self._on_trap)

    def _on_unmapped(
        self, engine: Any, kind: int, address: int, size: int, value: int, _: object
    ) -> bool:
        import unicorn

        page = address // PAGE * PAGE
        written = kind == unicorn.UC_MEM_WRITE_UNMAPPED
        peripheral = any(start <= address < end for start, end in PERIPHERALS)
        if kind == unicorn.UC_MEM_FETCH_UNMAPPED:
            self._note(f"branches to {address:#010x}, where there is no memory")
        elif not peripheral or len(self._pages) == MOST_PAGES:
            self._note(
                f"{'writes' if written else 'reads'} {address:#010x}, where there is nothing"
                f"{self._stack_left(engine, address)}"
            )
        else:
            self._pages.add(page)
            engine.mem_map(page, PAGE)
            function = self._function(engine)
            self._touched[address, written] = Touched(address, written, function)
            return True
        return False

    def _on_protected(
        self, engine: Any, kind: int, address: int, size: int, value: int, _: object
    ) -> bool:
        self._note(f"writes {address:#010x}, which is flash")
        return False

    def _on_trap(self, engine: Any, number: int, _: object) -> None:
        from unicorn import arm_const as arm

        address = engine.reg_read(arm.UC_ARM_REG_PC)
        if number == 7 and bytes(engine.mem_read(address, 2)) == SEMIHOSTING:
            if engine.reg_read(arm.UC_ARM_REG_R0) not in EXIT_CALLS:
                engine.reg_write(arm.UC_ARM_REG_R0, 0xFFFF_FFFF)  # the debugger knows no such call
                engine.reg_write(arm.UC_ARM_REG_PC, (address + 2) | 1)
                return
            self._note("ends the program by semihosting instead of returning")
        else:
            self._note(TRAPS.get(number, f"raises exception {number}"))
        engine.emu_stop()

    def _stack_left(self, engine: Any, address: int) -> str:
        """Where the stack pointer has run out of memory with what is pushed there."""
        from unicorn import arm_const as arm

        near = abs(address - engine.reg_read(arm.UC_ARM_REG_SP)) < PAGE
        return ": the stack has grown out of RAM" if near else ""

    def _note(self, what: str) -> None:
        self._fault = self._fault or what

    def _function(self, engine: Any) -> str:
        from unicorn import arm_const as arm

        address = engine.reg_read(arm.UC_ARM_REG_PC)
        symbol = self._elf.function_at(address)
        return symbol.name if symbol else f"{address:#010x}"

    def why(self, engine: Any, fault: str, limit: str) -> Refusal:
        """The refusal for a run that did not return."""
        from unicorn import arm_const as arm

        where = f"in {self._function(engine)} at {engine.reg_read(arm.UC_ARM_REG_PC):#010x}"
        waits = next(reversed(self._touched.values()), None)
        hint = ""
        if limit and waits:
            hint = (
                f"{waits.function} uses the peripheral at {waits.address:#010x}, which answers zero"
            )
        if not (self._fault or limit) and not fault:
            limit = "it waits for an interrupt (WFI or WFE), which never comes"
        if "INSN_INVALID" in fault and not self._fault:
            self._note(TRAPS[1])
            hint = CORES_HINT
        what = self._fault or limit or fault
        return Refusal("failed", f"{self._elf.name}: {what}, {where}", hint=hint)
