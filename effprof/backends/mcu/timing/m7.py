"""Cortex-M7: two instructions a cycle, in order, with predicted branches.

Arm publishes no table. Units, latencies and what can be issued together are those of Arm's
scheduling model in LLVM (llvm/lib/Target/ARM/ARMScheduleM7.td): two arithmetic units, two loads,
one store, one multiply, one shift of an operand, one SIMD in the first place only; arithmetic
happens in the second stage, an address or a shifted operand is needed one earlier.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from effprof.backends.mcu.timing.decode import Kind, Op
from effprof.backends.mcu.timing.pipeline import Bias, pick

_LATENCY = {
    Kind.MULTIPLY: 2,
    Kind.LONG_MULTIPLY: 2,
    Kind.FP: 3,
    Kind.FP_MOVE: 3,
    Kind.FP_MAC: 6,
    Kind.FP_DIVIDE: 16,
}
_ROOM = {"load": 2, "store": 1, "multiply": 1, "shift": 1, "float": 1, "branch": 1}
_ALONE = frozenset({Kind.LOADS, Kind.STORES, Kind.DIVIDE, Kind.SYSTEM, Kind.TABLE})
_LATE_SIMD = ("qadd", "qsub", "uqadd", "uqsub", "qasx", "qsax", "ssat", "usat", "usad")


@dataclass(frozen=True, slots=True)
class State:
    """`used`: units taken in the cycle that is open; `issued`: instructions in it."""

    late: dict[int, float] = field(default_factory=dict)
    issued: int = 0
    used: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class M7:
    bias: Bias

    @property
    def mispredicted(self) -> float:
        return pick(self.bias, 4, 6, 9)

    def fresh(self) -> State:
        return State()

    def run(self, ops: Sequence[Op], state: State) -> tuple[float, State]:
        now, ready = 0.0, dict(state.late)
        issued, used = state.issued, list(state.used)
        for op in ops:
            when = max([now, *(self._needed(op, r, at) for r, at in ready.items())])
            units = self._units(op)
            full = issued == 2 or any(used.count(unit) >= _ROOM[unit] for unit in units)
            if when > now or full or (issued and self._first_only(op)):
                now, issued, used = max(when, now + 1), 0, []
            for register in op.writes:
                ready[register] = now + self._latency(op)
            if op.writeback:
                ready.update(dict.fromkeys(op.addressing, now))
            issued += 1
            used += units
            if op.kind in _ALONE or op.registers > 1:
                now, issued, used = now + self._alone(op), 0, []
        return now, State({r: at - now for r, at in ready.items() if at > now}, issued, tuple(used))

    def branch(self, last: Op, target: Op, state: State) -> tuple[float, State]:
        """The target is predicted; what is fetched there is issued in a cycle of its own."""
        refill = pick(self.bias, 0, 1, 1) if last.kind in (Kind.BRANCH, Kind.CALL) else 2
        closes = 1 if state.issued else 0
        late = {r: at - refill - closes for r, at in state.late.items()}
        return refill + closes, State({r: at for r, at in late.items() if at > 0})

    def _needed(self, op: Op, register: int, ready: float) -> float:
        """When the operation could be issued as far as this register goes."""
        if register in op.addressing:
            return ready + 1
        if register not in op.reads:
            return 0.0
        if register in op.accumulated:
            return ready - (3 if op.floating else 1)
        if op.kind is Kind.STORE:
            return ready - 1
        return ready + 1 if op.shift == "other" or op.shift == "lsl" else ready

    def _latency(self, op: Op) -> int:
        if op.kind in (Kind.LOAD, Kind.LOADS):
            return 2 if op.narrow else 1
        if op.kind is Kind.SIMD:
            return 2 if op.text.startswith(_LATE_SIMD) else 1
        return _LATENCY.get(op.kind, 1)

    def _units(self, op: Op) -> tuple[str, ...]:
        match op.kind:
            case Kind.LOAD:
                return ("load",)
            case Kind.STORE:
                return ("store",)
            case Kind.MULTIPLY | Kind.LONG_MULTIPLY:
                return ("multiply",)
            case Kind.BRANCH | Kind.CALL | Kind.JUMP:
                return ("branch",)
            case Kind.SHIFT:
                return ("shift",)
        if op.floating:
            return ("float",)
        return ("shift",) if op.shift else ()

    def _first_only(self, op: Op) -> bool:
        return op.kind in _ALONE or op.kind is Kind.SIMD or op.registers > 1

    def _alone(self, op: Op) -> float:
        match op.kind:
            case Kind.DIVIDE:
                return pick(self.bias, 3, 7, 12)
            case Kind.LOADS | Kind.STORES:
                return max(1, (op.registers + 1) // 2)
            case Kind.TABLE:
                return 2
            case Kind.SYSTEM:
                return 3
        return 1
