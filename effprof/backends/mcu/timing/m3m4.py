"""Cortex-M3 and Cortex-M4: three stages, one instruction at a time.

Sources: the tables and "load/store timings" of the technical reference manuals (DDI 0337, 100166);
the length of a refill (the manual: 1 to 3) and the cost of wide instructions that straddle the
fetch are measurements on an STM32L4, https://compendium.i-0.nl (branch timing, alignment rules,
load placement).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from effprof.backends.mcu.timing.decode import NONE, Kind, Op
from effprof.backends.mcu.timing.pipeline import Bias, pick


@dataclass(frozen=True, slots=True)
class State:
    previous: Op | None = None
    wide: int = 0  # unaligned wide instructions in a row
    updates: bool = False  # the run of loads that goes on began with one that moves its base


@dataclass(frozen=True, slots=True)
class M3M4:
    """`dsp`: a Cortex-M4, with one cycle for every multiply."""

    bias: Bias
    dsp: bool
    mispredicted: float = 0.0

    def fresh(self) -> State:
        return State()

    def run(self, ops: Sequence[Op], state: State) -> tuple[float, State]:
        cycles = 0.0
        previous, wide, updates = state.previous, state.wide, state.updates
        for op in ops:
            wide = wide + 1 if op.unaligned_wide else 0
            if previous is None or previous.kind is not Kind.LOAD:
                updates = op.writeback
            cycles += self._cycles(op, previous, updates) + (wide == 3)
            previous = op
        return cycles, State(previous, wide, updates)

    def branch(self, last: Op, target: Op, state: State) -> tuple[float, State]:
        """One cycle where the target is known early, one more for a wide one across words."""
        if last.kind in (Kind.BRANCH, Kind.CALL):
            refill = pick(self.bias, 1, 1, 2)
        else:
            refill = pick(self.bias, 1, 2, 3)
        if last.kind in (Kind.LOAD, Kind.TABLE):
            refill = 3
        return refill + target.unaligned_wide, State()

    def _cycles(self, op: Op, previous: Op | None, updates: bool) -> float:
        match op.kind:
            case Kind.LOAD | Kind.STORE:
                return self._memory(op, previous, updates)
            case Kind.LOADS | Kind.STORES:
                return 1 + op.registers
            case Kind.MULTIPLY | Kind.LONG_MULTIPLY:
                return 1 if self.dsp else self._slow_multiply(op)
            case Kind.DIVIDE:
                return pick(self.bias, 2, 7, 12)
            case Kind.IT:  # folded into a narrow instruction before it
                return 0 if previous and previous.size == 2 else 1
            case Kind.TABLE:
                return 3
        return self._other(op, previous)

    def _other(self, op: Op, previous: Op | None) -> float:
        # A result of the floating-point unit is there a cycle later for the next instruction.
        late = bool(
            previous
            and previous.kind in (Kind.FP, Kind.FP_MAC, Kind.FP_DIVIDE)
            and previous.writes & op.reads
        )
        cycles = {Kind.FP_MAC: 3, Kind.FP_DIVIDE: 14, Kind.SYSTEM: 2}.get(op.kind, 1)
        return cycles + late

    def _slow_multiply(self, op: Op) -> float:
        if op.kind is Kind.LONG_MULTIPLY:
            return pick(self.bias, 4, 5, 7) if op.accumulated else pick(self.bias, 3, 4, 5)
        return 2 if op.accumulated else 1

    def _memory(self, op: Op, previous: Op | None, updates: bool) -> float:
        """A load takes two cycles, one behind another load that does not make its address."""
        before = previous.kind if previous else None
        made = previous.writes if previous else NONE
        waits = 0
        if before not in (Kind.LOAD, Kind.LOADS, Kind.STORE, Kind.STORES, None):
            waits = bool(made & op.addressing)  # no path forwards it in time
        if op.registers == 2:
            return 3 + waits
        behind_load = before is Kind.LOAD and previous is not None and previous.registers == 1
        if op.kind is Kind.STORE:
            full = before is Kind.STORE or (op.indexed and not behind_load)
            return 1 + full + waits
        piped = behind_load and not made & op.addressing and not self._alone(op, previous, updates)
        return (1 if piped else 2) + waits

    def _alone(self, op: Op, previous: Op | None, updates: bool) -> bool:
        """Whether a base that moves keeps a load from being pipelined behind another.

        "Not normally", says the manual; measured, only in a run that began with such a load.
        """
        moved = previous is not None and previous.writeback
        return bool(pick(self.bias, 0, op.writeback and updates, op.writeback or moved))
