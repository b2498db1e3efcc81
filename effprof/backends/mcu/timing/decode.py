"""Thumb code to the operations that a pipeline model needs: capstone decodes, this sorts."""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

NONE: frozenset[int] = frozenset()


class Kind(Enum):
    """What an instruction is to a pipeline. The values are the words of the instruction mix."""

    ALU = "arithmetic"
    SHIFT = "shift"
    SIMD = "simd"
    MULTIPLY = "multiply"
    LONG_MULTIPLY = "long multiply"
    DIVIDE = "divide"
    LOAD = "load"
    LOADS = "load multiple"
    STORE = "store"
    STORES = "store multiple"
    BRANCH = "branch"
    CALL = "call"
    JUMP = "indirect branch"
    TABLE = "table branch"
    IT = "it"
    NOP = "nop"
    SYSTEM = "system"
    FP = "float"
    FP_MOVE = "float move"
    FP_MAC = "float multiply-add"
    FP_DIVIDE = "float divide"


MIX = {
    Kind.SHIFT: "arithmetic",
    Kind.IT: "arithmetic",
    Kind.NOP: "arithmetic",
    Kind.DIVIDE: "arithmetic",
    Kind.LONG_MULTIPLY: "multiply",
    Kind.LOADS: "load",
    Kind.STORES: "store",
    Kind.CALL: "branch",
    Kind.JUMP: "branch",
    Kind.TABLE: "branch",
    Kind.FP_MOVE: "float",
    Kind.FP_MAC: "float",
    Kind.FP_DIVIDE: "float",
}
"""The word of the instruction mix for kinds that have none of their own."""

BRANCHES = frozenset({Kind.BRANCH, Kind.CALL, Kind.JUMP, Kind.TABLE})
_NAMED = {
    **dict.fromkeys(("b", "cbz", "cbnz"), Kind.BRANCH),
    "bl": Kind.CALL,
    **dict.fromkeys(("bx", "blx", "bxns", "blxns"), Kind.JUMP),
    **dict.fromkeys(("tbb", "tbh"), Kind.TABLE),
    **dict.fromkeys(("udiv", "sdiv"), Kind.DIVIDE),
    **dict.fromkeys(("smull", "umull", "smlal", "umlal", "umaal"), Kind.LONG_MULTIPLY),
    **dict.fromkeys(("ldm", "ldmdb", "ldmib", "pop", "vldmia", "vldmdb", "vpop"), Kind.LOADS),
    **dict.fromkeys(("stm", "stmdb", "stmib", "push", "vstmia", "vstmdb", "vpush"), Kind.STORES),
    **dict.fromkeys(("lsl", "lsr", "asr", "ror", "rrx"), Kind.SHIFT),
    **dict.fromkeys(("hint", "nop", "pld", "pli", "yield"), Kind.NOP),
    **dict.fromkeys(("dsb", "dmb", "isb", "mrs", "msr", "cps", "svc", "bkpt", "udf"), Kind.SYSTEM),
    **dict.fromkeys(("vdiv", "vsqrt"), Kind.FP_DIVIDE),
    **dict.fromkeys(("vmla", "vmls", "vfma", "vfms", "vnmla", "vnmls"), Kind.FP_MAC),
    **dict.fromkeys(("vmov", "vmrs", "vmsr", "vneg", "vabs"), Kind.FP_MOVE),
}
_MULTIPLIES = ("mul", "mla", "mls", "smla", "smul", "smlad", "smlsd", "smm", "smua", "smus")
_SIMD = ("sadd", "ssub", "uadd", "usub", "qadd", "qsub", "uqadd", "uqsub", "shadd", "shsub",
         "uhadd", "uhsub", "sxtb16", "sxta", "uxtb16", "uxta", "pkh", "sel", "usad", "qdadd",
         "qdsub", "ssat", "usat", "sasx", "ssax", "qasx", "qsax")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Access:
    """`count` pieces of `unit` bytes at base + (index << shift) + offset; -1: no register."""

    base: int
    index: int
    shift: int
    offset: int
    unit: int
    count: int


@dataclass(frozen=True, slots=True)
class Op:
    """One instruction. Registers are capstone's numbers.

    `addressing`: registers that an address is made of; `accumulated`: the sum that a multiply adds
    to; `registers`: how many a load or store transfers; `shift`: of its last operand.
    """

    kind: Kind
    address: int
    size: int
    text: str
    reads: frozenset[int] = NONE
    writes: frozenset[int] = NONE
    addressing: frozenset[int] = NONE
    accumulated: frozenset[int] = NONE
    registers: int = 1
    shift: str = ""
    writeback: bool = False
    indexed: bool = False  # by a register
    narrow: bool = False  # a byte or half word
    floating: bool = False
    conditional: bool = False
    to_pc: bool = False
    access: Access | None = None

    @property
    def unaligned_wide(self) -> bool:
        """Four bytes that lie in two words of the fetch."""
        return self.size == 4 and bool(self.address & 2)

    @property
    def branches(self) -> bool:
        return self.to_pc or self.kind in BRANCHES

    @property
    def mix(self) -> str:
        return MIX.get(self.kind, self.kind.value)


def decode(code: bytes, address: int) -> tuple[Op, ...]:
    """The operations of one block; what capstone does not know counts as plain arithmetic."""
    found = [_operation(instruction) for instruction in _capstone().disasm(code, address)]
    at = sum(op.size for op in found)
    while at + 2 <= len(code):
        size = 4 if code[at + 1] >> 3 >= 0b11101 and at + 4 <= len(code) else 2
        found.append(Op(Kind.ALU, address + at, size, "?"))
        at += size
    return tuple(found)


@cache
def _capstone() -> Any:
    import capstone

    mode = capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS | capstone.CS_MODE_V8
    engine = capstone.Cs(capstone.CS_ARCH_ARM, mode)
    engine.detail = True
    return engine


def _operation(instruction: Any) -> Op:
    from capstone import arm

    name: str = instruction.insn_name()
    kind = _kind(name)
    read, written = (set(registers) for registers in instruction.regs_access())
    operands = instruction.operands
    registers = [op.reg for op in operands if op.type == arm.ARM_OP_REG]
    memory = [op.mem for op in operands if op.type == arm.ARM_OP_MEM]
    # Capstone leaves some operands without access: ssat, pkhbt, vldmia.
    loose = {op.reg for op in operands[1:] if op.type == arm.ARM_OP_REG and not op.access}
    (written if kind is Kind.LOADS else read).update(loose)
    addressing = {register for one in memory for register in (one.base, one.index) if register}
    several = kind in (Kind.LOADS, Kind.STORES)
    if several:
        addressing = (
            {arm.ARM_REG_SP} if name in ("push", "pop", "vpush", "vpop") else {registers[0]}
        )
    to_pc = arm.ARM_REG_PC in written and kind not in BRANCHES
    hidden = {arm.ARM_REG_CPSR, arm.ARM_REG_PC, arm.ARM_REG_ITSTATE}
    return Op(
        kind,
        instruction.address,
        instruction.size,
        f"{instruction.mnemonic} {instruction.op_str}".strip(),
        frozenset(read - hidden),
        frozenset(written - hidden),
        frozenset(addressing - hidden),
        frozenset(_accumulated(name, kind, registers)),
        _transferred(name, kind, registers),
        _shift(operands),
        bool(instruction.writeback),
        any(one.index for one in memory),
        kind is Kind.LOAD and name.rstrip("t")[-1] in "bh",
        name.startswith("v"),
        instruction.cc not in (arm.ARM_CC_AL, arm.ARM_CC_INVALID) or name in ("cbz", "cbnz"),
        to_pc,
        _access(instruction, name, kind, memory, registers),
    )


def _kind(name: str) -> Kind:
    if name in _NAMED:
        return _NAMED[name]
    if name == "it" or (name[:2] == "it" and set(name[2:]) <= {"t", "e"}):
        return Kind.IT
    if name.startswith(("ldr", "vldr", "lda")):
        return Kind.LOAD
    if name.startswith(("str", "vstr", "stl")):
        return Kind.STORE
    if name.startswith(("smlal", "smlsld")):
        return Kind.LONG_MULTIPLY
    if name.startswith(_MULTIPLIES):
        return Kind.MULTIPLY
    if name.startswith("v"):
        return Kind.FP
    return Kind.SIMD if name.startswith(_SIMD) else Kind.ALU


def _accumulated(name: str, kind: Kind, registers: list[int]) -> list[int]:
    if kind is Kind.MULTIPLY and len(registers) == 4:
        return registers[3:]
    if kind is Kind.LONG_MULTIPLY and "mull" not in name:
        return registers[:2]
    return registers[:1] if kind is Kind.FP_MAC else []


def _transferred(name: str, kind: Kind, registers: list[int]) -> int:
    if kind in (Kind.LOADS, Kind.STORES):
        return max(1, len(registers) - (name not in ("push", "pop", "vpush", "vpop")))
    return 2 if name in ("ldrd", "strd") else 1


_MEMORY = frozenset({Kind.LOAD, Kind.STORE, Kind.LOADS, Kind.STORES, Kind.TABLE})


def _access(
    instruction: Any, name: str, kind: Kind, memory: list[Any], registers: list[int]
) -> Access | None:
    from capstone import arm

    if kind not in _MEMORY:
        return None
    count = _transferred(name, kind, registers)
    if kind in (Kind.LOADS, Kind.STORES):
        base = arm.ARM_REG_SP if name.endswith(("push", "pop")) else registers[0]
        down = name.endswith(("push", "db"))
        return Access(base, -1, 0, -4 * count if down else 0, 4, count)
    if not memory:
        return None
    one = memory[0]
    shifts = [op.shift.value for op in instruction.operands if op.type == arm.ARM_OP_MEM]
    offset = one.disp
    base = one.base
    if base == arm.ARM_REG_PC:
        base, offset = (
            -1,
            offset + (instruction.address + 4 & ~3 if not one.index else instruction.address + 4),
        )
    unit = 8 if ".64" in instruction.mnemonic else _unit(name)
    return Access(base, one.index or -1, shifts[0] or (name == "tbh"), offset, unit, count)


def _unit(name: str) -> int:
    if name in ("tbb", "tbh"):
        return 1 if name == "tbb" else 2
    word = name.removeprefix("ldr").removeprefix("str").removesuffix("t")
    if name.startswith(("ldrex", "strex")):
        word = name[5:]
    return {"b": 1, "sb": 1, "h": 2, "sh": 2}.get(word, 4)


def _shift(operands: Any) -> str:
    from capstone import arm

    shifts = {op.shift.type for op in operands if op.type == arm.ARM_OP_REG} - {0}
    if not shifts:
        return ""
    return "lsl" if shifts <= {arm.ARM_SFT_LSL, arm.ARM_SFT_LSL_REG} else "other"
