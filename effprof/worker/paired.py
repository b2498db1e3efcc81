"""Two models in one process, block by block in turn, both clocks read around every reading.

Which of the two goes first is drawn for each turn, so that nothing that follows a rhythm falls on
one of them alone.
"""

import random
from array import array
from collections.abc import Sequence
from time import perf_counter_ns, process_time_ns

from effprof.base.records import Block
from effprof.worker.loop import Run, quiet

READING_NS = 200_000
"""Shorter runs are timed several to a reading: two reads of two clocks cost about 1 us."""
BLOCK_NS = 20_000_000
READINGS = 5
"""In a block, where the time allows: what a quantile of 25 % needs."""
TURNS = 8
"""In a worker, where the time allows; at least three whatever it takes."""
LEAST_TURNS = 3
MOST_TURNS = 60


def blocks(
    runs: Sequence[Run], run_s: Sequence[float], slice_s: float, seed: int
) -> list[list[Block]]:
    """As many turns as fit in about `slice_s`; one block of each model a turn, in drawn order."""
    rng = random.Random(seed)  # noqa: S311 - an order, no secret
    shapes = [_shape(one * 1e9, slice_s * 1e9) for one in run_s]
    turn_ns = sum((1 + n) * per * one * 1e9 for (n, per), one in zip(shapes, run_s, strict=True))
    turns = max(LEAST_TURNS, min(MOST_TURNS, int(slice_s * 1e9 / max(turn_ns, 1))))
    taken: list[list[Block]] = [[] for _ in runs]
    order = list(range(len(runs)))
    with quiet():
        for _ in range(turns):
            rng.shuffle(order)
            for place in order:
                taken[place].append(_block(runs[place], *shapes[place]))
    return taken


def _shape(run_ns: float, slice_ns: float) -> tuple[int, int]:
    """Readings of a block, and runs of a reading."""
    per = max(1, round(READING_NS / max(run_ns, 1)))
    reading_ns = max(per * run_ns, 1)
    wanted_ns = min(max(BLOCK_NS, READINGS * reading_ns), slice_ns / (2 * TURNS))
    return max(1, int(wanted_ns / reading_ns)), per


def _block(run: Run, readings: int, per: int) -> Block:
    """The first reading is not kept: it brings this model back into the caches."""
    wall, cpu = array("q", bytes(8 * readings)), array("q", bytes(8 * readings))
    repeats = range(per)
    for _ in repeats:
        run()
    for reading in range(readings):
        began, busy = perf_counter_ns(), process_time_ns()
        for _ in repeats:
            run()
        cpu[reading] = process_time_ns() - busy
        wall[reading] = perf_counter_ns() - began
    return Block(wall, sum(cpu), per, cpu)
