"""Server scenario: queries arrive on a Poisson schedule, one at a time is answered.

Latency counts from the scheduled arrival, not from the moment the server got round to it, so that
a slow answer delays the ones behind it in the figures as it does in life ("coordinated omission";
MLPerf LoadGen's server scenario counts the same way).
"""

from array import array
from collections.abc import Sequence
from time import perf_counter_ns, process_time_ns, sleep

import numpy as np

from effprof.base.records import Block
from effprof.worker.loop import Run

SPIN_NS = 200_000
"""The last stretch before an arrival is spun: a sleep may overshoot by 0.1 ms."""


def arrivals(rate_hz: float, queries: int, seed: int) -> list[int]:
    """Offsets in ns from the start, exponential gaps of mean 1 / `rate_hz`, seeded."""
    gaps_s = np.random.default_rng(seed).exponential(1 / rate_hz, queries)
    return [int(offset) for offset in np.cumsum(gaps_s) * 1e9]


def answer(run: Run, offsets_ns: Sequence[int]) -> Block:
    """Runs every query in order; `wall_ns` is from its scheduled arrival to its answer."""
    wall = array("q", bytes(8 * len(offsets_ns)))
    busy = process_time_ns()
    start = perf_counter_ns()
    for query, offset in enumerate(offsets_ns):
        due = start + offset
        _wait(due)
        run()
        wall[query] = perf_counter_ns() - due
    return Block(wall, process_time_ns() - busy, 1)


def _wait(due_ns: int) -> None:
    left = due_ns - perf_counter_ns()
    if left > SPIN_NS:
        sleep((left - SPIN_NS) / 1e9)
    while perf_counter_ns() < due_ns:
        pass
