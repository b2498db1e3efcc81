"""Where the level of a sequence of noisy values steps, and how surely.

The steps are proposed by an optimal partition (`partition.py`). Each is then tested against its
neighbours as the best of all places it could have been at, with the noise between measurements, not
within them, and with its memory from one to the next: a host has quiet and busy hours. A single
value far off is no step, and draws no level with it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from effprof.history.partition import partition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST = 3
"""Values that make a level."""
SURE = 0.01
"""Chance of a false step in a whole sequence without one."""
_PENALTY = 3.0  # times log n, for each step of the proposed partition; in squares of the noise
_FAR = 3.0  # times the noise from the values around it: no value pulls further than that
_LASTS = 6  # values of a level that is left again
_AROUND = 7  # values around it, itself among them
_MEMORY = 0.9  # the most correlation of one value with the next that is reckoned with
_KNOWN = 12  # values from which memory can be told from chance
_WITHIN = 3.84  # loss of fit within which a place may be the true one: chi-square, 95 %


@dataclass(frozen=True, slots=True)
class Step:
    """From value `at - 1` to value `at`, give or take: it lies behind `first` and up to `last`.

    `shift` is the difference of the levels, `low` and `high` its 95 % interval; `since` counts
    the values of the new level.
    """

    at: int
    first: int
    last: int
    shift: float
    low: float
    high: float
    since: int


def steps(values: Sequence[float], least_noise: float = 0.0) -> tuple[Step, ...]:
    """`least_noise`: standard deviation that a single value is known to have at the least."""
    import numpy as np

    if len(values) < 2 * LEAST:
        return ()
    plain = np.asarray(values, np.float64)
    noise = max(_noise(plain), least_noise, 1e-12 * float(np.abs(plain).max()), 1e-300)
    level = _tamed(plain, _FAR * noise)
    stretch = _stretch(level)
    even = level / (noise * math.sqrt(stretch))
    cuts = _lasting(partition(even, _PENALTY * math.log(len(even)), LEAST))
    while cuts:
        least = max(least_noise**2, _around(level, cuts))
        tested = [_Test(level, one, least, stretch) for one in _windows(cuts, len(level))]
        weakest = max(tested, key=lambda one: one.chance)
        if weakest.chance * len(level) <= SURE:
            return tuple(one.step() for one in tested)
        cuts.remove(weakest.at)
    return ()


def _noise(values: "Floats", apart: int = 1) -> float:
    """Standard deviation by values so far apart; a step or a value far off does not raise it.

    Where most are alike, as whole pages are, it is by the mean of what they differ.
    """
    import numpy as np

    differ = np.abs(values[apart:] - values[:-apart]) / math.sqrt(2)
    return 1.4826 * float(np.median(differ)) or math.sqrt(math.pi / 2) * float(differ.mean())


def _around(values: "Floats", cuts: Sequence[int]) -> float:
    """Variance around the levels between the cuts."""
    import numpy as np

    parts = np.split(values, cuts)
    rest = sum(float(((part - part.mean()) ** 2).sum()) for part in parts)
    return rest / (len(values) - len(parts))


def _tamed(values: "Floats", reach: float) -> "Floats":
    """No value further than `reach` from the median of those around it."""
    import numpy as np

    side = _AROUND // 2
    wide = np.pad(values, side, mode="reflect")  # repeated, the last value would be its own proof
    middle = np.median(np.lib.stride_tricks.sliding_window_view(wide, _AROUND), axis=1)
    return np.clip(values, middle - reach, middle + reach)


def _lasting(cuts: Sequence[int]) -> list[int]:
    """Without levels between two cuts that are too short: values far off come in clusters.

    The later cut stays: where the level came back, its test finds no step.
    """
    kept: list[int] = []
    for cut in cuts:
        if kept and cut - kept[-1] < _LASTS:
            kept.pop()
        kept.append(cut)
    return kept


def _windows(cuts: Sequence[int], count: int) -> list[tuple[int, int, int]]:
    """Each cut with the beginning of the level before it and the end of the one behind it."""
    ends = [0, *cuts, count]
    return [(ends[at], ends[at + 1], ends[at + 2]) for at in range(len(cuts))]


class _Test:
    """One step against no step, in the stretch between its neighbours."""

    def __init__(
        self, values: "Floats", window: tuple[int, int, int], least: float, stretch: float
    ) -> None:
        """`least`: variance of a value; `stretch`: see there."""
        from scipy.special import stdtr, stdtrit

        begin, self.at, end = window
        self._begin, self._part = begin, values[begin:end]
        old, new = values[begin : self.at], values[self.at : end]
        self._since = len(new)
        self._shift = float(new.mean() - old.mean())
        freedom = len(self._part) - 2
        rest = float(((old - old.mean()) ** 2).sum() + ((new - new.mean()) ** 2).sum())
        self._variance = max(rest / freedom, least) * stretch
        error = math.sqrt(self._variance * (1 / len(old) + 1 / len(new)))
        size = abs(self._shift) / error if error > 0 else math.inf
        self.chance = 2 * float(stdtr(freedom, -size)) if self._shift else 1.0
        self._reach = error * float(stdtrit(freedom, 0.975))

    def step(self) -> Step:
        first, last = self._places()
        shift, reach = self._shift, self._reach
        return Step(self.at, first, last, shift, shift - reach, shift + reach, self._since)

    def _places(self) -> tuple[int, int]:
        """The first and the last place that fit nearly as well."""
        import numpy as np

        count = len(self._part)
        left = np.arange(1, count)
        sums = np.cumsum(self._part)[:-1]
        means = sums / left - (self._part.sum() - sums) / (count - left)
        gain = left * (count - left) / count * means**2
        near = np.flatnonzero(gain >= gain.max() - _WITHIN * self._variance) + 1 + self._begin
        return min(int(near[0]), self.at), max(int(near[-1]), self.at)


def _stretch(values: "Floats") -> float:
    """By how much memory from one value to the next widens the variance of a mean.

    For memory r it is (1 + r) / (1 - r); r from the spread of values two apart over that of
    neighbours, 1 + r, which a few steps do not move.
    """
    spread = _noise(values), _noise(values, 2)
    if len(values) < _KNOWN or spread[0] == 0:
        return 1.0
    memory = min(max((spread[1] / spread[0]) ** 2 - 1, 0.0), _MEMORY)
    memory *= 1 - _KNOWN / 2 / len(values)
    return (1 + memory) / (1 - memory)
