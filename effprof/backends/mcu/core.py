"""The Cortex-M cores firmware is built for and emulated on."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Core:
    """One processor core: what the compiler and the emulator call it, and what it can do."""

    name: str
    cpu: str  # zig's -mcpu
    target: str  # zig's -target
    dsp: bool  # the DSP extension: SMLAD, SXTB16, SMMULR
    fpu: bool  # single precision in hardware; arguments travel in its registers
    unicorn: str  # constant of unicorn.arm_const


_SOFT = "thumb-freestanding-eabi"
_HARD = "thumb-freestanding-eabihf"
# Unicorn 2.1 has no Cortex-M0+: it executes the M0's instruction set, which is the same.
# The M33 has its DSP extension only when asked for; every M33 part of the catalogue has it.
_ALL = (
    Core("cortex-m0plus", "cortex_m0plus", _SOFT, False, False, "UC_CPU_ARM_CORTEX_M0"),
    Core("cortex-m3", "cortex_m3", _SOFT, False, False, "UC_CPU_ARM_CORTEX_M3"),
    Core("cortex-m4", "cortex_m4", _HARD, True, True, "UC_CPU_ARM_CORTEX_M4"),
    Core("cortex-m7", "cortex_m7", _HARD, True, True, "UC_CPU_ARM_CORTEX_M7"),
    Core("cortex-m33", "cortex_m33+dsp", _HARD, True, True, "UC_CPU_ARM_CORTEX_M33"),
)
CORES: Mapping[str, Core] = MappingProxyType({core.name: core for core in _ALL})
