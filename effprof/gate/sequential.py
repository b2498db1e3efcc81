"""Looking again and again at growing evidence, with one error rate for all the looks together.

A look is taken after each of the 4th to the 12th worker. The error rate is spent over them by the
O'Brien-Fleming-like function of K. K. G. Lan and D. L. DeMets, "Discrete sequential boundaries for
clinical trials", Biometrika 70(3), 1983: hardly any at the first looks, nearly all at the last.
What a look may spend is the level of its own t-test. By Bonferroni's inequality the sum holds
whatever the correlation of the looks, so no multivariate integral is needed; the price is a
slightly wider interval.
"""

import math
from collections.abc import Sequence
from functools import cache
from statistics import NormalDist

FIRST, LAST = 4, 12
"""Workers at the first and at the last look."""
ALPHA = 0.025
"""One side: an interval that is open to both sides holds the truth at 95 %, over all looks."""
_LARGEST = 0.15
"""Up to here (z above 1) every look's share grows with the rate, as `p_value` needs it."""


def spent(alpha: float, workers: int) -> float:
    """Of `alpha`, what may be spent up to the look after this many workers."""
    if workers < FIRST:
        return 0.0
    z = -NormalDist().inv_cdf(alpha) / math.sqrt(min(workers, LAST) / LAST)
    return math.erfc(z / math.sqrt(2)) / 2


@cache
def level(alpha: float, workers: int) -> float:
    """One-sided level of the t-test at this look alone; 0 where no look is taken."""
    return spent(alpha, workers) - spent(alpha, workers - 1)


@cache
def reach(alpha: float, workers: int) -> float:
    """How many standard errors the one-sided bound of this look lies away from the estimate."""
    from scipy.special import stdtrit

    return float(-stdtrit(workers - 1, level(alpha, workers)))


def p_value(tails: Sequence[tuple[int, float]]) -> float:
    """The smallest error rate at which one of the looks would have rejected; 1 for none under 0.15.

    `tails`: workers, and the one-sided tail probability of that look's t-statistic.
    """
    return min((_rate(workers, tail) for workers, tail in tails), default=1.0)


def _rate(workers: int, tail: float) -> float:
    """Bisection of `level` for the rate whose share at this look is `tail`."""
    if not FIRST <= workers <= LAST or tail > _share(_LARGEST, workers):
        return 1.0
    low, high = 1e-300, _LARGEST
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _share(middle, workers) >= tail else (middle, high)
    return high


def _share(alpha: float, workers: int) -> float:
    return spent(alpha, workers) - spent(alpha, workers - 1)


def holm(p_values: Sequence[float], alpha: float = ALPHA) -> tuple[bool, ...]:
    """Which hypotheses fall, any wrong one with a chance of at most `alpha` in all.

    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6(2), 1979.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    fallen = [False] * len(p_values)
    for rank, place in enumerate(order):
        if p_values[place] > alpha / (len(order) - rank):
            break
        fallen[place] = True
    return tuple(fallen)
