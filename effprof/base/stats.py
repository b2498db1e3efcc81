"""Quantiles, and intervals that respect how latencies were taken.

Runs inside one process are correlated, and whole processes differ, so the unit of resampling is
the trial, then the block within it, never the run (Kalibera & Jones, "Rigorous Benchmarking in
Reasonable Time", ISMM 2013). With few trials a percentile bootstrap is too narrow; its tails are
moved outwards as Student's t would (Hesterberg, "What Teachers Should Know About the Bootstrap",
The American Statistician 69(4), 2015, "expanded percentile interval").
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]  # how often each block is drawn, or (RESAMPLES, blocks) of it

CONFIDENCE = 0.95
RESAMPLES = 1000
LEAST_UNITS = 3
TAIL = 0.9
"""Quantiles from here on are tails."""
THIN_TO = 400
"""Readings a block contributes to an interval; its order statistics, evenly spaced."""


def nearest_rank(values: Sequence[float], quantile: float) -> float:
    """Smallest observed value that at least `quantile` of the values do not exceed."""
    if not values:
        raise ValueError("no values")
    rank = max(1, math.ceil(quantile * len(values)))
    return sorted(values)[rank - 1]


def runs_needed(quantile: float, confidence: float = 0.99) -> int:
    """Runs of which the largest bounds `quantile` at `confidence`: 44 for p90, 459 for p99."""
    return math.ceil(math.log(1 - confidence) / math.log(quantile))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A statistic of all readings pooled, and its interval over trials and blocks.

    `units` is how many trials there were. Under three there is no interval worth the name (it
    would hold the truth in two studies of three): `low` and `high` are not to be shown then.
    """

    value: float
    low: float
    high: float
    n: int
    units: int

    @property
    def sure(self) -> bool:
        return self.units >= LEAST_UNITS

    @property
    def half_width(self) -> float:
        """The larger arm of the interval, relative to the value; infinite where there is none."""
        if not self.sure:
            return math.inf
        return (
            max(self.high - self.value, self.value - self.low) / self.value if self.value else 0.0
        )


class Sample:
    """Readings in trials in blocks, ready for one or many pooled statistics.

    `trials[i][j]` are the readings of block j of trial i. Every statistic sees the same resamples.
    """

    def __init__(
        self, trials: "Sequence[Sequence[Sequence[float] | Floats]]", seed: int = 0
    ) -> None:
        import numpy as np

        kept = [[block for block in trial if len(block)] for trial in trials]
        self._trials = [trial for trial in kept if trial]
        if not self._trials:
            raise ValueError("no readings")
        blocks = [np.asarray(block, np.float64) for trial in self._trials for block in trial]
        self._pooled = np.sort(np.concatenate(blocks))
        self._sums = np.asarray([block.sum() for block in blocks])
        self._sizes = np.asarray([len(block) for block in blocks])
        thinned = [_thin(block) for block in blocks]
        owners = np.repeat(np.arange(len(blocks)), [len(block) for block in thinned])
        weights = np.repeat(
            [len(block) / len(thin) for block, thin in zip(blocks, thinned, strict=True)],
            [len(thin) for thin in thinned],
        )
        values = np.concatenate(thinned)
        order = np.argsort(values, kind="stable")
        self._values, self._owners, self._weights = values[order], owners[order], weights[order]
        self._seed = seed
        self._drawn: Counts | None = None

    @property
    def n(self) -> int:
        return len(self._pooled)

    def value_at(self, quantile: float) -> float:
        """Nearest-rank quantile of all readings, without an interval."""
        return float(self._pooled[max(1, math.ceil(quantile * self.n)) - 1])

    def quantile(self, quantile: float) -> Estimate:
        """Nearest-rank quantile of all readings, with its interval.

        A tail is ruled by the few slowest processes, which resampling a dozen of them misses too
        often: its interval reaches at least from the lowest to the highest quantile of any one.
        """
        drawn = self._estimate(
            self.value_at(quantile), lambda counts: self._drawn_quantiles(counts, quantile)
        )
        return drawn if quantile < TAIL else self._reaching(drawn, self._own(quantile))

    def mean(self) -> Estimate:
        return self._estimate(
            float(self._sums.sum() / self._sizes.sum()),
            lambda counts: (counts * self._sums).sum(axis=1) / (counts * self._sizes).sum(axis=1),
        )

    def _own(self, quantile: float) -> list[float]:
        """The quantile of each trial alone."""
        import numpy as np

        return [nearest_rank(np.concatenate(trial).tolist(), quantile) for trial in self._trials]

    def _reaching(self, drawn: Estimate, own: Sequence[float]) -> Estimate:
        if len(own) < 2:
            return drawn
        return replace(drawn, low=min(drawn.low, *own), high=max(drawn.high, *own))

    def typical(self) -> float:
        """The median, without an interval."""
        return self.value_at(0.5)

    def smallest(self) -> float:
        return float(self._pooled[0])

    def largest(self) -> float:
        return float(self._pooled[-1])

    def _estimate(self, value: float, statistic: "Callable[[Counts], Floats]") -> Estimate:
        """`statistic`: its value in each resample, which are the rows of what it is given."""
        import numpy as np

        if self._drawn is None:
            self._drawn = self._draw(self._seed)
        drawn = statistic(self._drawn)
        units = len(self._trials)
        tail = expanded_tail(units)
        low, high = np.quantile(drawn, [tail, 1 - tail])
        return Estimate(value, min(float(low), value), max(float(high), value), self.n, units)

    def _draw(self, seed: int) -> "Counts":
        """How often each block is drawn in each resample: shape (RESAMPLES, blocks).

        As many trials as there are, drawn with replacement; for each time a trial is drawn, as
        many of its blocks as it has. A trial drawn m times gives m such draws, which together are
        one multinomial draw.
        """
        import numpy as np

        rng = np.random.default_rng(seed)
        count = len(self._trials)
        times = rng.multinomial(count, np.full(count, 1 / count), RESAMPLES)
        drawn = [
            rng.multinomial(times[:, place] * len(trial), np.full(len(trial), 1 / len(trial)))
            for place, trial in enumerate(self._trials)
        ]
        return np.concatenate(drawn, axis=1)

    def _drawn_quantiles(self, counts: "Counts", quantile: float) -> "Floats":
        """Of the readings, each counted as often as its block was drawn.

        Readings lie in stretches, in order of their values. How much of each block lies in a
        stretch is the same for all resamples, so only one stretch of each is looked through.
        """
        import numpy as np

        stretches, length = self._stretches
        # Not `@`: the threads of a BLAS spin on after it, beside what is measured next.
        held = np.einsum("rb,bs->rs", counts.astype(np.float64), stretches)
        reached = np.cumsum(held, axis=1)
        wanted = quantile * reached[:, -1] * (1 - 1e-12)
        found = (reached < wanted[:, None]).sum(axis=1).clip(max=stretches.shape[1] - 1)
        rows = np.arange(len(counts))
        before = np.where(found > 0, reached[rows, found - 1], 0.0)
        places = (found * length)[:, None] + np.arange(length)
        places = places.clip(max=len(self._values) - 1)
        within = np.cumsum(
            counts[rows[:, None], self._owners[places]] * self._weights[places], axis=1
        )
        first = (before[:, None] + within < wanted[:, None]).sum(axis=1).clip(max=length - 1)
        drawn: Floats = self._values[places[rows, first]]
        return drawn

    @cached_property
    def _stretches(self) -> "tuple[Floats, int]":
        """Weight of each block (row) in each stretch (column) of the values; readings in one."""
        import numpy as np

        count, blocks = len(self._values), len(self._sizes)
        length = math.ceil(2 * math.sqrt(count))
        columns = math.ceil(count / length)
        cells = self._owners * columns + np.arange(count) // length
        table = np.bincount(cells, self._weights, blocks * columns).astype(np.float64)
        return table.reshape(blocks, columns), length


@cache
def expanded_tail(units: int, confidence: float = CONFIDENCE) -> float:
    """Share of resamples to leave out at each end for `units` independent units."""
    if units < 2:
        return 0.0
    from scipy.special import stdtrit

    reach = math.sqrt(units / (units - 1)) * float(stdtrit(units - 1, (1 + confidence) / 2))
    return NormalDist().cdf(-reach)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, JASA 22, 1927): inside 0..1, also for none or all."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share, spread = hits / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    arm = z / (1 + spread) * math.sqrt(share * (1 - share) / count + spread / count / 4)
    return max(0.0, middle - arm), min(1.0, middle + arm)


@dataclass(frozen=True, slots=True)
class Groups:
    """Two groups of values and the ratio of their medians."""

    fast: tuple[float, ...]
    slow: tuple[float, ...]
    ratio: float


def two_groups(values: Sequence[float], least_ratio: float = 1.08) -> Groups | None:
    """The values split at their widest gap, when they are plainly of two kinds.

    That is: the gap is a ratio of at least `least_ratio` and three times the wider group's range.
    """
    if len(values) < 3:
        return None
    logs = sorted(math.log(value) for value in values)
    gaps = [after - before for before, after in pairwise(logs)]
    cut = max(range(len(gaps)), key=gaps.__getitem__) + 1
    ranges = (logs[cut - 1] - logs[0], logs[-1] - logs[cut])
    if gaps[cut - 1] < max(math.log(least_ratio), 3 * max(ranges)):
        return None
    fast, slow = ([math.exp(log) for log in part] for part in (logs[:cut], logs[cut:]))
    return Groups(tuple(fast), tuple(slow), nearest_rank(slow, 0.5) / nearest_rank(fast, 0.5))


def _thin(block: Any) -> Any:
    """At most THIN_TO order statistics of the block, evenly spaced from its first to its last."""
    import numpy as np

    if len(block) <= THIN_TO:
        return block
    return np.sort(block)[np.linspace(0, len(block) - 1, THIN_TO).round().astype(int)]
