"""Runs functions of a firmware image on an emulated Cortex-M.

Only the core and its memories are there. A peripheral answers zero and is reported; what would wait
for one for ever is ended by the limit on instructions or on time.
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from effprof.backends.mcu.core import Core
from effprof.backends.mcu.counting import NativeCounter, make_counter
from effprof.backends.mcu.elf import Elf
from effprof.backends.mcu.execution import Execution, Limits, Region
from effprof.backends.mcu.faults import Faults
from effprof.backends.mcu.firmware import MemoryMap
from effprof.backends.mcu.stack import Stack
from effprof.ports import Refusal

PAGE = 4096
RETURN_PAGES = (0x1FFF_F000, 0x0FFF_F000, 0x9FFF_F000, 0xB000_0000)
"""The call returns to the first that holds no memory: some parts have RAM under 0x2000_0000."""
FPU_ON = 0x4000_0000  # FPEXC.EN; start-up code of a board does it by CPACR


class Machine:
    """One part with one image in it. RAM keeps what a call left, as on a board."""

    def __init__(
        self,
        elf: Elf,
        core: Core,
        memory: MemoryMap,
        *,
        more: Sequence[Region] = (),
        limits: Limits | None = None,
    ) -> None:
        self.elf, self.core, self.memory = elf, core, memory
        self._limits = limits or Limits()
        self._regions = (
            Region("flash", memory.flash_base, memory.flash_bytes, writable=False),
            Region("RAM", memory.ram_base, memory.ram_bytes),
            *more,
        )
        self._return_page = _free_page(self._regions)
        # An instruction has two or four bytes.
        self.counter = make_counter(self._limits.instructions * 4)
        self._faults = Faults(elf)
        self._engine = self._power_on()
        self._load()
        self._stack = Stack(elf, memory)
        self.counter.install(self._engine)
        self._before: list[bytes] = []

    def _power_on(self) -> Any:
        import unicorn
        from unicorn import arm_const

        engine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        engine.ctl_set_cpu_model(getattr(arm_const, self.core.unicorn))
        for region in self._regions:
            start = region.base // PAGE * PAGE
            end = -(-(region.base + region.size_bytes) // PAGE) * PAGE
            rights = unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC
            rights |= unicorn.UC_PROT_WRITE if region.writable else 0
            try:
                engine.mem_map(start, end - start, rights)
            except unicorn.UcError as error:
                raise Refusal(
                    "request", f"{region.name} at {region.base:#x} overlaps other memory"
                ) from error
        engine.mem_map(self._return_page, PAGE)
        if self.core.fpu:
            engine.reg_write(arm_const.UC_ARM_REG_FPEXC, FPU_ON)
        self._faults.watch(engine)
        return engine

    def _load(self) -> None:
        """As start-up code leaves memory: initial values in place, the rest zero."""
        for segment in self.elf.segments:
            places = {segment.load_address, segment.run_address} if segment.data else set()
            self._holds(segment.run_address, segment.size_bytes)
            for address in places:
                self._holds(address, len(segment.data))
                self._engine.mem_write(address, segment.data)

    def _holds(self, address: int, size_bytes: int) -> None:
        for region in self._regions:
            end = region.base + region.size_bytes
            if region.base <= address and address + size_bytes <= end:
                return
        have = ", ".join(
            f"{r.name} {r.base:#x}-{r.base + r.size_bytes - 1:#x}" for r in self._regions
        )
        raise Refusal(
            "request",
            f"{self.elf.name}: {size_bytes} bytes at {address:#x} are outside the part's memory",
            hint=f"the part has {have}",
        )

    def write(self, symbol: str, data: bytes) -> None:
        """Lay an input into the array of this name."""
        address = self.elf.symbol(symbol).address
        self._holds(address, len(data))
        self._engine.mem_write(address, data)

    def read(self, symbol: str, size_bytes: int) -> bytes:
        address = self.elf.symbol(symbol).address
        self._holds(address, size_bytes)
        return bytes(self._engine.mem_read(address, size_bytes))

    def code(self, address: int, size_bytes: int) -> bytes:
        """The bytes that lie there now."""
        return bytes(self._engine.mem_read(address, size_bytes))

    def function(self, address: int) -> str:
        """The function at this address, or the address where no symbol covers it."""
        symbol = self.elf.function_at(address)
        return symbol.name if symbol else f"{address:#010x}"

    def mark(self, symbols: Sequence[str | None]) -> None:
        """Count what runs from the entry of `symbols[i]` on in group i + 1, callees included."""
        for group, symbol in enumerate(symbols, start=1):
            if symbol is not None:
                self.counter.mark(self.elf.symbol(symbol).address, group)

    def call(self, symbol: str, *arguments: int) -> Execution:
        """Call a function as C would, with up to four whole numbers, and run until it returns.

        Refusal `failed` says why it did not return, where, and in which function.
        """
        entry = self.elf.symbol(symbol).address
        self._before = [
            bytes(self._engine.mem_read(r.base, r.size_bytes)) for r in self._regions if r.writable
        ]
        self.counter.reset()
        self._faults.clear()
        self._stack.paint(self._engine)
        returned, seconds = self._run(self._engine, entry, arguments)
        return Execution(
            self.counter.blocks(),
            self.counter.steps(),
            returned,
            self._stack.deepest_bytes(self._engine),
            self._stack.room_bytes,
            seconds,
            self._faults.touched(),
        )

    def retrace(
        self,
        symbol: str,
        *arguments: int,
        flash: Sequence[int],
        costs: np.ndarray,
        accesses: np.ndarray,
    ) -> tuple[np.ndarray, int] | None:
        """The last call once more, with the flash simulated.

        Rows of TRAFFIC by group, and how many bytes the stack pointer went down.
        `flash`: the numbers of `counting.NativeCounter.flash`; `costs`: core cycles of each row of
        the call's `blocks`; `accesses`: rows of ACCESS, what in it reaches memory. None where the
        hook in C could not be compiled.
        """
        if not isinstance(self.counter, NativeCounter):
            return None
        engine = self._power_on()
        self._engine, kept = engine, self._engine
        try:
            self._load()
            writable = [region for region in self._regions if region.writable]
            for region, content in zip(writable, self._before, strict=True):
                engine.mem_write(region.base, content)
            self.counter.reset()
            self.counter.flash(flash)
            self.counter.costs(costs)
            self.counter.install(engine)
            self.counter.watch_accesses(engine, accesses)
            self._run(engine, self.elf.symbol(symbol).address, arguments)
            traffic = self.counter.traffic(int(self.counter.blocks()["group"].max()) + 1)
            return traffic, max(self._stack.top - self.counter.lowest, 0)
        finally:
            self._engine = kept
            self.counter.plain()

    def _run(self, engine: Any, entry: int, arguments: Sequence[int]) -> tuple[int, float]:
        import unicorn
        from unicorn import arm_const as arm

        registers = (arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1, arm.UC_ARM_REG_R2, arm.UC_ARM_REG_R3)
        if len(arguments) > len(registers):
            raise ValueError("a call takes at most four arguments")
        for register, value in zip(registers, arguments, strict=False):
            engine.reg_write(register, value & 0xFFFF_FFFF)
        engine.reg_write(arm.UC_ARM_REG_SP, self._stack.top)
        engine.reg_write(arm.UC_ARM_REG_LR, self._return_page | 1)
        began = time.perf_counter()
        try:
            engine.emu_start(entry | 1, self._return_page, timeout=int(self._limits.seconds * 1e6))
            fault = ""
        except unicorn.UcError as error:
            fault = str(error)
        seconds = time.perf_counter() - began
        if engine.reg_read(arm.UC_ARM_REG_PC) & ~1 != self._return_page or fault:
            raise self._faults.why(engine, fault, self._ended(engine))
        return int(engine.reg_read(arm.UC_ARM_REG_R0)), seconds

    def _ended(self, engine: Any) -> str:
        """Which limit ended the run, if one did."""
        import unicorn

        if self.counter.overflowed:
            return "it runs through more places than any firmware has"
        if self.counter.executed_bytes > self._limits.instructions * 4:
            return f"it does not end within {self._limits.instructions:,} instructions"
        if engine.query(unicorn.UC_QUERY_TIMEOUT):
            return f"it does not end within {self._limits.seconds:g} s of emulation"
        return ""


def _free_page(regions: Sequence[Region]) -> int:
    for page in RETURN_PAGES:
        if not any(r.base < page + PAGE and page < r.base + r.size_bytes for r in regions):
            return page
    raise Refusal("request", "facts.memory_map leaves no page free for a call to return to")
