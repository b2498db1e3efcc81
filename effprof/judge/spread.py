"""What the intervals of its parts make of a score: one set of draws for each instrument.

Figures that one instrument read in one run rise and fall together (a slow hour slows the p99 and
the jitter), those of different instruments do not. So every instrument gets its own standard
normal draws, shared by its metrics and turned so that positive is worse. A metric's 95 % interval
is taken as two half normals that meet at its value, in the logarithm where it is above 0
(K. F. Wallis, "The two-piece normal, binormal, or double Gaussian distribution", Statistical
Science 29(1), 2014).
"""

import math
import re
from collections.abc import Sequence
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING
from zlib import crc32

from effprof.base.stats import CONFIDENCE
from effprof.profile import Aim
from effprof.report.report import Metric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 2000
_REACH = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)  # standard deviations to an end: 1.96
_TAIL = (1 - CONFIDENCE) / 2


def points_interval(
    found: Sequence[tuple[Aim, Metric]], floor: float
) -> tuple[float, float] | None:
    """2.5 % and 97.5 % quantile of the points; None where no part has an interval."""
    if all(metric.low is None or metric.high is None for _, metric in found):
        return None
    import numpy as np

    total = sum(aim.weight for aim, _ in found)
    mean = np.zeros(DRAWS)
    for aim, metric in sorted(found, key=lambda one: one[0].metric):
        mean += aim.weight / total * np.log(np.maximum(floor, _credits(aim, metric)))
    low, high = np.quantile(100 * np.exp(mean), [_TAIL, 1 - _TAIL])
    return float(low), float(high)


def _credits(aim: Aim, metric: Metric) -> "Floats":
    """Desirability of the metric in each draw."""
    import numpy as np

    lower_is_better = aim.good < aim.poor
    steps = _draws(instrument(metric.source)) * (1.0 if lower_is_better else -1.0)
    value, low, high = _ends(metric)
    scale = math.log(aim.good) - math.log(aim.poor)
    if low > 0:
        logs = _two_piece(math.log(value), math.log(low), math.log(high), steps)
        return np.clip((logs - math.log(aim.poor)) / scale, 0.0, 1.0)
    with np.errstate(all="ignore"):  # what has no logarithm is replaced, beyond all floats clipped
        values = np.nan_to_num(_two_piece(value, low, high, steps))
        credit = np.clip((np.log(values) - math.log(aim.poor)) / scale, 0.0, 1.0)
    return np.where(values > 0, credit, 1.0 if lower_is_better else 0.0)


def _ends(metric: Metric) -> tuple[float, float, float]:
    """Value, low, high; a value outside its interval widens it."""
    low = metric.value if metric.low is None else min(metric.low, metric.value)
    high = metric.value if metric.high is None else max(metric.high, metric.value)
    return metric.value, low, high


def _two_piece(middle: float, low: float, high: float, steps: "Floats") -> "Floats":
    import numpy as np

    return middle + np.where(steps < 0, middle - low, high - middle) * steps / _REACH


def instrument(source: str) -> str:
    """The clock of `clock:perf_counter_ns, 2 runs a reading`."""
    return re.split("[:,]", source, maxsplit=1)[0].strip()


@cache
def _draws(name: str) -> "Floats":
    """Evenly spaced quantiles of the normal in an order that depends on the name alone."""
    import numpy as np

    normal = NormalDist()
    steps = np.array([normal.inv_cdf((at + 0.5) / DRAWS) for at in range(DRAWS)])
    return np.random.default_rng([0, crc32(name.encode())]).permutation(steps)
