"""Server scenario: queries arrive on a Poisson schedule, are queued, and answered in batches.

Latency counts from the scheduled arrival, not from the moment the server got round to it, so that
a slow answer delays the ones behind it in the figures as it does in life ("coordinated omission";
MLPerf LoadGen's server scenario counts the same way).

Batches form as in Triton's dynamic batcher: once the server is free it answers all that wait, up to
the largest batch; if fewer wait it holds them until the batch is full or the oldest of them has
waited for the delay allowed. A largest batch of one answers every query by itself.
"""

from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter_ns, process_time_ns, sleep
from typing import Any

import numpy as np
from numpy.typing import NDArray

from effprof.base.records import Block
from effprof.ports import Session
from effprof.worker.loop import Clock, Run

SPIN_NS = 200_000
"""The last stretch before an arrival is spun: a sleep may overshoot by 0.1 ms."""


@dataclass(frozen=True, slots=True)
class Served:
    """`block` counts from the arrival to the answer of each query, `queue_ns` to its dispatch."""

    block: Block
    queue_ns: Sequence[int]
    batches: Sequence[int]


def arrivals(rate_hz: float, queries: int, seed: int) -> list[int]:
    """Offsets in ns from the start, exponential gaps of mean 1 / `rate_hz`, seeded."""
    gaps_s = np.random.default_rng(seed).exponential(1 / rate_hz, queries)
    return [int(offset) for offset in np.cumsum(gaps_s) * 1e9]


def runs_by_batch(
    session: Session,
    arrays: Mapping[str, NDArray[Any]],
    axes: Mapping[str, int],
    most: int,
    full: Run | None = None,
) -> list[Run]:
    """A call for each batch of 1 to `most`, on the first items of `arrays`, which hold `most`.

    `axes`: the inputs that carry the batch, and where. `full`: the call of `most`, where it is
    bound and warm already. Each has run, so that no batch of the window is the first of its size.
    """
    runs = list[Run]()
    for size in range(1, most + (full is None)):
        fed = {
            name: _first(array, axes[name], size) if name in axes else array
            for name, array in arrays.items()
        }
        session.run(fed)
        runs.append(session.bind(fed))
        runs[-1]()
    return runs if full is None else [*runs, full]


def _first(whole: NDArray[Any], axis: int, items: int) -> NDArray[Any]:
    """Of the first axis it is no copy."""
    return np.ascontiguousarray(whole[(slice(None),) * axis + (slice(items),)])


def answer(
    runs: Sequence[Run],
    offsets_ns: Sequence[int],
    delay_ns: int = 0,
    *,
    clock: Clock = perf_counter_ns,
) -> Served:
    """Every query in order of arrival; `runs[n - 1]` answers n of them at once.

    Nothing but two readings of the clock and their keeping stands between a batch and the next.
    """
    queries = len(offsets_ns)
    began, ended, sizes = (array("q", bytes(8 * queries)) for _ in range(3))
    busy, start = process_time_ns(), clock()
    first = batches = 0
    while first < queries:
        _wait(start + _ready(offsets_ns, first, len(runs), delay_ns), clock)
        now = clock() - start
        last = bisect_right(offsets_ns, now, first, min(first + len(runs), queries))
        runs[last - first - 1]()
        ended[batches], began[batches], sizes[batches] = clock() - start, now, last - first
        first, batches = last, batches + 1
    cpu_ns = process_time_ns() - busy
    due, several = np.asarray(offsets_ns, np.int64), np.asarray(sizes[:batches])
    wall = np.repeat(np.asarray(ended[:batches]), several) - due
    queued = np.repeat(np.asarray(began[:batches]), several) - due
    return Served(Block(wall.tolist(), cpu_ns, 1), queued.tolist(), several.tolist())


def _ready(offsets_ns: Sequence[int], first: int, most: int, delay_ns: int) -> int:
    """When a free server takes the next batch: full, or its oldest query has waited enough."""
    patience = offsets_ns[first] + delay_ns
    full = first + most - 1
    return min(offsets_ns[full], patience) if full < len(offsets_ns) else patience


def _wait(due_ns: int, clock: Clock) -> None:
    left = due_ns - clock()
    if left > SPIN_NS:
        sleep((left - SPIN_NS) / 1e9)
    while clock() < due_ns:
        pass
