"""Runs functions of a firmware image on an emulated Cortex-M, and says what was executed.

Only the core and its memories are there. A peripheral reads as zeros and is reported; what would
never end on a real board without its peripherals ends here by the limit of instructions or time.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from effprof.backends.mcu.counting import NativeCounter, make_counter
from effprof.backends.mcu.elf import Elf
from effprof.ports import Refusal

PAGE = 4096
PAINT = 0xA5
RETURN_PAGE = 0x1FFF_F000  # the top of the code region, where no part of the catalogue has memory
SYSTEM = (0xE000_0000, 0x10_0000)  # the private peripheral bus: SysTick, NVIC, FPU enable, DWT
PERIPHERALS = ((0x4000_0000, 0x6000_0000), (0xE000_0000, 0x1_0000_0000), (0x5000_0000, 0x6000_0000))
FPCCR_ENABLED = 0x4000_0000
EXCEPTIONS = {1: "an undefined instruction", 2: "SVC, a call of an operating system",
              3: "a fetch from memory that is not executable", 4: "a data abort", 7: "BKPT"}
SEMIHOSTING = 0xBEAB  # bkpt 0xab
MODELS = {"cortex-m0+": "M0", "cortex-m0plus": "M0", "cortex-m0": "M0", "cortex-m3": "M3",
          "cortex-m4": "M4", "cortex-m7": "M7", "cortex-m33": "M33"}
WITH_FPU = {"M4", "M7", "M33"}


@dataclass(frozen=True, slots=True)
class Region:
    """Memory of the part: `name` is what the board calls it (flash, ram, dtcm)."""

    name: str
    base: int
    size_bytes: int
    writable: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a run that does not end is ended."""

    instructions: int = 20_000_000_000
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Touched:
    """A peripheral address that the firmware used, and the function that did."""

    address: int
    write: bool
    function: str


@dataclass(frozen=True, slots=True)
class Execution:
    """What one call executed. `blocks` and `steps` are the rows of `counting.NODE` and `EDGE`.

    `stack_bytes`: the deepest that the call reached below the stack pointer it started with, from
    painted memory. `returned`: r0 at the end.
    """

    blocks: np.ndarray
    steps: np.ndarray
    returned: int
    stack_bytes: int
    seconds: float
    executed_bytes: int
    touched: Sequence[Touched] = ()
