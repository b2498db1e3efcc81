"""What a queue would make of known service times: where its deadline breaks, before it is tried.

One query at a time is Lindley's recursion (Lindley, "The Theory of Queues with a Single Server",
1952). Batches that form in the queue are played through by the rule of `worker/serve.py`; a batch
takes as long as the line through the two that were timed has it.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

P99 = 0.99
QUERIES, QUERIES_IN_BATCHES = 20_000, 5_000
"""Played through at each load: 200 and 50 lie beyond the p99. Batches form in a loop of Python, at
a tenth of the speed; the prediction only says where the first real probe goes.
"""
LEAST_LOAD, MOST_LOAD = 0.001, 0.99
"""Shares of what a server could answer at most. At 1 a queue has no end; a thousandth is as good as
none, and a probe there would take longer than anyone waits.
"""
HALVINGS = 12
"""Of the span between those: to 1 / 4096, finer than a real probe tells."""
STEPS, STEP = 24, 1.3
"""Loads tried where batches form, from the most down: to 1 / 400 of it. The search by real probes
moves by factors of 1.25 and 1.5, so a finer step would be lost.
"""


@dataclass(frozen=True, slots=True)
class Batching:
    """`most` queries a batch; `delay_s`: what the oldest may be held for; `growth`: what one query
    more adds to the time of a batch, as a share of that of one query alone.
    """

    most: int = 1
    delay_s: float = 0.0
    growth: float = 1.0

    def times(self, batch: int) -> float:
        """How many times as long as one query alone a batch takes."""
        return 1 + self.growth * (batch - 1)

    @property
    def gain(self) -> float:
        """How many times the queries of one at a time full batches answer."""
        return self.most / self.times(self.most)


ALONE = Batching()


def predicted_rate_hz(
    services_s: list[float], deadline_s: float, seed: int, batching: Batching = ALONE
) -> float:
    """Highest rate whose p99 keeps the deadline with these service times; 0 if none does.

    The same random gaps at every rate.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    services = rng.choice(
        np.asarray(services_s), QUERIES if batching.most == 1 else QUERIES_IN_BATCHES
    )
    gaps = rng.exponential(1.0, len(services))
    capacity_hz = batching.gain / float(np.mean(services))

    def keeps(load: float) -> bool:
        apart = gaps / (load * capacity_hz)
        if batching.most == 1:
            waits = _lindley(services, apart)
        else:
            waits = np.asarray(list(_batched(services.tolist(), np.cumsum(apart), batching)))
        return float(np.quantile(waits, P99)) <= deadline_s

    if batching.most == 1:
        return _bisected(keeps) * capacity_hz
    # Not bisected: at a low rate a batch is held for the whole delay, and may break what a higher
    # rate, whose batches fill sooner, keeps.
    loads = (MOST_LOAD / STEP**step for step in range(STEPS))
    return next((load for load in loads if keeps(load)), 0.0) * capacity_hz


def _bisected(keeps: Callable[[float], bool]) -> float:
    """The highest load that keeps the deadline, where a higher one never does better; 0 if none."""
    low, high = LEAST_LOAD, MOST_LOAD
    for _ in range(HALVINGS):
        load = (low + high) / 2
        low, high = (load, high) if keeps(load) else (low, load)
    return low if low > LEAST_LOAD else 0.0


def _lindley(services: "Floats", gaps: "Floats") -> "Floats":
    """Time from arrival to answer of each query, first come first served.

    w[n+1] = max(0, w[n] + s[n] - gap[n+1]), unrolled as a running minimum.
    """
    import numpy as np

    walk = np.cumsum(services[:-1] - gaps[1:])
    waits = walk - np.minimum(np.minimum.accumulate(walk), 0)
    return np.concatenate([[0.0], waits]) + services


def _batched(services: Sequence[float], due: "Floats", batching: Batching) -> Iterator[float]:
    """The same where the server takes up to `most` that wait, and holds them for `delay_s`."""
    times, queries, most = due.tolist(), len(due), batching.most
    first, free_s = 0, 0.0
    while first < queries:
        full = first + most - 1
        ready_s = times[first] + batching.delay_s
        ready_s = min(times[full], ready_s) if full < queries else ready_s
        start_s = max(free_s, ready_s)
        last = bisect_right(times, start_s, first, min(first + most, queries))
        free_s = start_s + services[first] * batching.times(last - first)
        for query in range(first, last):
            yield free_s - times[query]
        first = last
