"""Cortex-M33: three stages, in order; a result may be a cycle late for the next instruction.

Arm publishes no table. The figures are measurements on an RP2350: those of the model that SLOTHY
keeps (slothy-optimizer/slothy, targets/arm_v7m/cortex_m33.py; 110 micro-benchmarks, held there
against eight kernels within 6.2 %). The core can pair some 16-bit instructions (Arm's data sheet);
the same measurements saw one instruction a cycle, and so it is here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from effprof.backends.mcu.timing.decode import Kind, Op
from effprof.backends.mcu.timing.pipeline import Bias, pick

_LATENCY = {
    Kind.LOAD: 2,
    Kind.LOADS: 2,
    Kind.MULTIPLY: 2,
    Kind.LONG_MULTIPLY: 2,
    Kind.SIMD: 2,
    Kind.FP: 2,
    Kind.FP_MAC: 3,
}


@dataclass(frozen=True, slots=True)
class State:
    """Registers that are not ready, and in how many cycles they are."""

    late: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class M33:
    bias: Bias
    mispredicted: float = 0.0

    def fresh(self) -> State:
        return State()

    def run(self, ops: Sequence[Op], state: State) -> tuple[float, State]:
        now, ready = 0.0, dict(state.late)
        for op in ops:
            for register in op.reads | op.addressing:
                # A sum is needed a cycle later than what is multiplied.
                slack = register in op.accumulated
                now = max(now, ready.get(register, 0.0) - slack)
            latency = _LATENCY.get(op.kind, 1)
            if op.kind is Kind.ALU and op.shift == "other":
                latency = 2
            for register in op.writes:
                ready[register] = now + latency
            if op.writeback:
                ready.update(dict.fromkeys(op.addressing, now + 1))
            now += self._cycles(op)
        return now, State({r: at - now for r, at in ready.items() if at > now})

    def branch(self, last: Op, target: Op, state: State) -> tuple[float, State]:
        """A taken branch takes three cycles."""
        return pick(self.bias, 1, 2, 3), State()

    def _cycles(self, op: Op) -> float:
        match op.kind:
            case Kind.LOADS | Kind.STORES:
                return max(2, op.registers)
            case Kind.LOAD | Kind.STORE:
                return op.registers
            case Kind.DIVIDE:
                return pick(self.bias, 2, 7, 11)
            case Kind.FP_DIVIDE:
                return 14
            case Kind.FP_MAC:
                return pick(self.bias, 1, 2, 3)
            case Kind.TABLE | Kind.SYSTEM:
                return 3
        return 1
