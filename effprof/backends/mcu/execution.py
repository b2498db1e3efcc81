"""What one call on the emulator executed, and where it is ended if it does not end."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Region:
    """Memory of a part beyond its main flash and RAM: a second bank, a tightly coupled memory."""

    name: str
    base: int
    size_bytes: int
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a run that does not end is ended."""

    instructions: int = 10_000_000_000
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Touched:
    """An address without memory that the firmware used, and the function that did."""

    address: int
    write: bool
    function: str


@dataclass(frozen=True, slots=True)
class Execution:
    """What one call executed. `blocks` and `steps` are rows of `counting.NODE` and `EDGE`.

    `stack_bytes`: the deepest that the call reached below the stack pointer it began with, from
    painted memory; `stack_room_bytes`: what there is down to the last static variable. `returned`:
    r0 at the end. `seconds`: wall time of the emulator.
    """

    blocks: np.ndarray
    steps: np.ndarray
    returned: int
    stack_bytes: int
    stack_room_bytes: int
    seconds: float
    touched: Sequence[Touched] = ()
