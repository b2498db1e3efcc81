"""How much slower the candidate is: of one worker, and of several with an interval.

Everything is a logarithm of candidate / base, so that a factor and its inverse weigh the same.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Literal

from effprof.base.stats import nearest_rank
from effprof.gate.sequential import reach

Clock = Literal["cpu", "wall"]

QUANTILE = 0.25
"""Of a block's readings: neighbours and interrupts make readings longer, never shorter."""
_MAD_TO_SIGMA = 1.4826  # 1 over the 75 % quantile of a normal of deviation 1
_MEDIAN_TO_MEAN = math.sqrt(math.pi / 2)
"""Standard error of a median over that of a mean, normal values."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Logarithm of candidate / base in one worker; its standard error as that worker saw it."""

    log: float
    error: float


@dataclass(frozen=True, slots=True)
class Unit:
    """One worker that held both models, or one pair of workers: both clocks."""

    cpu: Ratio
    wall: Ratio

    def by(self, clock: Clock) -> Ratio:
        return self.cpu if clock == "cpu" else self.wall


@dataclass(frozen=True, slots=True)
class Effect:
    """Over all units: the mean logarithm and its standard error."""

    log: float
    error: float
    units: int

    def low(self, alpha: float) -> float:
        """Lower bound of the logarithm at this look."""
        return self.log - self._arm(alpha)

    def high(self, alpha: float) -> float:
        return self.log + self._arm(alpha)

    def tail(self, least_log: float) -> float:
        """Chance of an estimate as high as this one if the truth were `least_log`."""
        from scipy.special import stdtr

        if not self.error:
            return 0.0 if self.log > least_log else 1.0
        return float(stdtr(self.units - 1, (least_log - self.log) / self.error))

    def _arm(self, alpha: float) -> float:
        return reach(alpha, self.units) * self.error if self.error else 0.0


def quartile(readings: Sequence[float]) -> float:
    """What one block says: the 25 % quantile of its readings."""
    return nearest_rank(readings, QUANTILE)


def ratio(base: Sequence[float], candidate: Sequence[float]) -> Ratio:
    """Median of the log ratios of neighbouring blocks, turn by turn."""
    logs = [math.log(b / a) for a, b in zip(base, candidate, strict=True)]
    middle = median(logs)
    sigma = _MAD_TO_SIGMA * median([abs(log - middle) for log in logs])
    return Ratio(middle, _MEDIAN_TO_MEAN * sigma / math.sqrt(len(logs)))


def effect(ratios: Sequence[Ratio]) -> Effect:
    """The mean over two or more units; its error is never smaller than what each saw in itself.

    Few units can agree by luck: then the scatter inside them is the honest error.
    """
    logs = [one.log for one in ratios]
    middle = fmean(logs)
    squares = sum((log - middle) ** 2 for log in logs)
    across = math.sqrt(squares / (len(logs) - 1) / len(logs))
    within = math.sqrt(sum(one.error**2 for one in ratios)) / len(ratios)
    return Effect(middle, max(across, within), len(ratios))
