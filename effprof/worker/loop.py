"""The clock: warm-up until steady, then blocks of readings. It knows calls, not models.

Between two clock reads stands the run and nothing else. The list is made before the loop, and the
garbage collector is off.
"""

import gc
import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat
from time import perf_counter_ns, process_time_ns

from effprof.base.records import Block

Run = Callable[[], object]
Clock = Callable[[], int]

READING_NS = 20_000
"""Shorter runs are timed several to a reading: a clock read costs 0.05 us and its call as much."""
BLOCKS = 10
"""Blocks a session gets in a trial; enough to see drift inside one process."""
STEADY_RATIO = 0.98
WINDOW_NS = 20_000_000
MOST_READINGS = 20_000
"""Of a block: its list stays under 1 MB, 40 bytes a reading, which memory.peak would see."""


@contextmanager
def quiet() -> Iterator[None]:
    """No garbage collection inside."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def time_block(
    run: Run, readings: int, runs_per_reading: int = 1, *, clock: Clock = perf_counter_ns
) -> Block:
    """`readings` readings of `runs_per_reading` runs each.

    CPU time is read around the block, and the readings get their share of it by wall time. Around
    each run its two system calls cost 2 us, and invited the scheduler to interrupt there, where no
    reading saw it (benchmarks/overhead.py). The readings go into a list: an array took 0.8 us more
    to store one where the run had emptied the caches (benchmarks/overhead_litert.py).
    """
    wall = [0] * readings
    busy, began = process_time_ns(), clock()
    if runs_per_reading == 1:
        for reading in range(readings):
            start = clock()
            run()
            wall[reading] = clock() - start
    else:
        for reading in range(readings):
            start = clock()
            for _ in repeat(None, runs_per_reading):
                run()
            wall[reading] = clock() - start
    cpu_ns, span_ns = process_time_ns() - busy, clock() - began
    return Block(array("q", wall), round(cpu_ns * sum(wall) / max(span_ns, 1)), runs_per_reading)


def warm_up(run: Run, limit_s: float, *, clock: Clock = perf_counter_ns) -> tuple[int, float]:
    """Runs until steady or until `limit_s`; the runs it took and the seconds one takes now.

    Steady: two windows in a row (20 ms or three runs each, whichever is longer) whose median is
    not 2 % under the best before them. A noisy neighbour makes windows slower, not faster, so it
    does not prolong the warm-up.
    """
    began, runs, best, steady = clock(), 0, math.inf, 0
    while steady < 2 and clock() - began <= limit_s * 1e9:
        window = _window(run, clock)
        runs += len(window)
        median = sorted(window)[len(window) // 2]
        steady = steady + 1 if median > best * STEADY_RATIO else 0
        best = min(best, median)
    return runs, max(best, 1) / 1e9


def _window(run: Run, clock: Clock) -> list[int]:
    """At least 20 ms of runs, at least three unless one alone takes longer than 20 ms."""
    taken = list[int]()
    began = clock()
    while len(taken) < 100_000:
        start = clock()
        run()
        end = clock()
        taken.append(end - start)
        if end - began > WINDOW_NS and (len(taken) >= 3 or taken[-1] > WINDOW_NS):
            break
    return taken


def blocks(runs: Sequence[Run], run_s: Sequence[float], slice_s: float) -> list[list[Block]]:
    """Blocks of every session within about `slice_s`, sessions taking turns: A B, B A, A B ...

    `run_s` is the time of one run of each, to begin with; how long a block gets follows what the
    last one took. Runs under 20 us get two kinds of block in turn: several runs a reading for the
    middle of the distribution, single runs for its tails.
    """
    taken: list[list[Block]] = [[] for _ in runs]
    pace_s = list(run_s)
    turns = max(1, min(BLOCKS, int(slice_s / max(sum(run_s), 1e-9))))
    share_s = slice_s / turns / len(runs)
    with quiet():
        for turn in range(turns):
            for place in _order(len(runs), turn):
                several = turn // len(runs) % 2 == 0
                batch = runs_per_reading(run_s[place]) if several else 1
                readings = max(1, min(int(share_s / (pace_s[place] * batch)), MOST_READINGS))
                block = time_block(runs[place], readings, batch)
                taken[place].append(block)
                pace_s[place] = max(sum(block.wall_ns), 1) / (1e9 * readings * batch)
    return taken


def _order(sessions: int, turn: int) -> range:
    return range(sessions) if turn % 2 == 0 else range(sessions - 1, -1, -1)


def runs_per_reading(run_s: float) -> int:
    """1 for runs of 20 us and more, else as many as fill 20 us."""
    run_ns = max(run_s * 1e9, 1)
    return 1 if run_ns >= READING_NS else -int(-READING_NS // run_ns)
