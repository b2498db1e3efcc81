"""Cortex-M0+: the table of its technical reference manual (DDI 0484), which leaves nothing open.

The multiplier is the one of one cycle; a part may have one of 32 (`slow_multiplier`). No part of
the catalogue has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from effprof.backends.mcu.timing.decode import Kind, Op


@dataclass(frozen=True, slots=True)
class M0Plus:
    slow_multiplier: bool = False
    mispredicted: float = 0.0

    def fresh(self) -> None:
        return None

    def run(self, ops: Sequence[Op], state: None) -> tuple[float, None]:
        return float(sum(map(self._cycles, ops))), None

    def branch(self, last: Op, target: Op, state: None) -> tuple[float, None]:
        """B, BX and BLX take 2, BL 3; POP with PC 3 + N; MOV and ADD to PC 2."""
        if last.kind is Kind.LOADS:
            return 2.0, None
        return (2.0 if last.kind is Kind.CALL else 1.0), None

    def _cycles(self, op: Op) -> int:
        match op.kind:
            case Kind.LOAD | Kind.STORE:
                return 2
            case Kind.LOADS | Kind.STORES:
                return 1 + op.registers
            case Kind.MULTIPLY:
                return 32 if self.slow_multiplier else 1
            case Kind.SYSTEM:
                return 3
        return 1
