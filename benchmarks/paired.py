"""Statistics of comparisons taken in turn: medians of paired differences, and their intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median, stdev


@dataclass(frozen=True, slots=True)
class Middle:
    """A median and its 95 % interval; for under 6 values that is their whole range."""

    value: float
    low: float
    high: float
    n: int


def middle(values: Sequence[float]) -> Middle:
    """By order statistics (sign test): holds whatever the distribution, outliers included."""
    ordered = sorted(values)
    n = len(ordered)
    below = math.floor((n - 1.96 * math.sqrt(n)) / 2) if n >= 6 else 0
    below = max(0, min(below, (n - 1) // 2))
    return Middle(median(ordered), ordered[below], ordered[n - 1 - below], n)


def differences(ours: Sequence[float], theirs: Sequence[float]) -> Middle:
    return middle([one - other for one, other in zip(ours, theirs, strict=True)])


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Middle:
    return middle([one / other for one, other in zip(ours, theirs, strict=True)])


@dataclass(frozen=True, slots=True)
class Variation:
    """Coefficient of variation (standard deviation / mean) and its 95 % interval."""

    value: float
    low: float
    high: float
    n: int


def variation(values: Sequence[float]) -> Variation:
    """Interval by chi-square, as for normal values."""
    from scipy.stats import chi2

    n = len(values)
    share = stdev(values) / mean(values)
    low, high = (math.sqrt((n - 1) / float(chi2.ppf(q, n - 1))) for q in (0.975, 0.025))
    return Variation(share, share * low, share * high, n)


def variation_ratio(ours: Variation, theirs: Variation) -> Variation:
    """How many times theirs ours is; interval by the F distribution, as for normal values."""
    from scipy.stats import f

    ratio = ours.value / theirs.value
    high, low = (
        ratio / math.sqrt(float(f.ppf(q, ours.n - 1, theirs.n - 1))) for q in (0.025, 0.975)
    )
    return Variation(ratio, low, high, ours.n)


def turn_order(count: int, turn: int) -> range:
    """A B C, then C B A, then A B C again: drift falls on all alike."""
    return range(count) if turn % 2 == 0 else range(count - 1, -1, -1)
