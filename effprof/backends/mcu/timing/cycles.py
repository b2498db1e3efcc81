"""Core cycles of an execution, as if every memory answered at once.

Each step from one block to the next is timed as the pipeline meets it: with the state the block
before left, and the refill if the step was a branch taken. So loads pair across blocks, a loop's
body waits for its own last results, and a branch costs what it does only where it is taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from effprof.backends.mcu.counting import ACCESS
from effprof.backends.mcu.execution import Execution
from effprof.backends.mcu.timing.decode import Kind, Op, decode
from effprof.backends.mcu.timing.pipeline import Bias, Pipeline, pipeline

Operations = tuple[tuple[Op, ...], ...]
"""By row of an execution's `blocks`."""

Code = Callable[[int, int], bytes]
"""Address and size to the bytes that lie there."""


@dataclass(frozen=True, slots=True)
class BlockCycles:
    """By row of the execution's `blocks`: cycles and instructions of all its passes."""

    cycles: np.ndarray
    instructions: np.ndarray
    operations: Operations

    def mix(self, counts: np.ndarray, rows: np.ndarray) -> Mapping[str, int]:
        """Instructions by kind over these rows."""
        found: dict[str, int] = {}
        for row in np.flatnonzero(rows):
            for op in self.operations[row]:
                found[op.mix] = found.get(op.mix, 0) + int(counts[row])
        return dict(sorted(found.items(), key=lambda one: -one[1]))


def decoded(run: Execution, code: Code) -> Operations:
    """The operations of each row; a block that several layers pass through is decoded once."""
    places = run.blocks[["address", "size"]].tolist()
    known = {(at, size): decode(code(at, size), at) for at, size in set(places)}
    return tuple(known[place] for place in places)


def block_cycles(
    run: Execution, operations: Operations, core: str, bias: Bias = "nominal"
) -> BlockCycles:
    """What the pipeline of `core` takes for each block of the run."""
    model = pipeline(core, bias)
    counts = run.blocks["count"].astype(np.float64)
    cycles = _steps(run, operations, model)
    if model.mispredicted:
        cycles += _mispredicted(run, operations) * model.mispredicted
    lengths = np.array([len(ops) for ops in operations], dtype=np.float64)
    return BlockCycles(cycles, lengths * counts, operations)


def accesses(operations: Operations) -> np.ndarray:
    """Every load and store among them, once: rows of ACCESS."""
    found = {op.address: op for ops in operations for op in ops if op.access}
    rows = np.zeros(len(found), ACCESS)
    for row, (address, op) in enumerate(found.items()):
        one = op.access
        assert one is not None
        store = op.kind in (Kind.STORE, Kind.STORES)
        place = (address, one.offset & 0xFFFF_FFFF, one.base, one.index)
        rows[row] = (*place, one.shift, one.unit, min(one.count, 255), store)
    return rows


def _steps(run: Execution, operations: Operations, model: Pipeline) -> np.ndarray:
    cycles = np.zeros(len(run.blocks))
    left: dict[int, Any] = {}
    waiting = run.blocks["count"].astype(np.int64)
    ends = (run.blocks["address"] + run.blocks["size"]).tolist()
    addresses = run.blocks["address"].tolist()
    for start, end, count in run.steps[["start", "end", "count"]].tolist():
        if not count or not operations[end]:
            continue
        if start not in left:
            left[start] = model.run(operations[start], model.fresh())[1]
        state, taken = left[start], 0.0
        if operations[start] and addresses[end] != ends[start]:
            last = operations[start][-1]
            taken, state = model.branch(last, operations[end][0], state)
        cycles[end] += count * (taken + model.run(operations[end], state)[0])
        waiting[end] -= count
    for row in np.flatnonzero(waiting > 0):  # where the call began
        cycles[row] += int(waiting[row]) * model.run(operations[row], model.fresh())[0]
    return cycles


def _mispredicted(run: Execution, operations: Operations) -> np.ndarray:
    """Wrong predictions by row: the rarer way of each conditional branch, as of a loop's end."""
    ways: dict[int, list[int]] = {}
    ends = (run.blocks["address"] + run.blocks["size"]).tolist()
    addresses = run.blocks["address"].tolist()
    for start, end, count in run.steps[["start", "end", "count"]].tolist():
        ops = operations[start]
        if ops and ops[-1].branches and ops[-1].conditional:
            ways.setdefault(start, [0, 0])[addresses[end] != ends[start]] += count
    wrong = np.zeros(len(run.blocks))
    for row, (straight, taken) in ways.items():
        wrong[row] = min(straight, taken)
    return wrong
