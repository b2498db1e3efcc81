"""How the time of single runs was spread: what a median and three percentiles cannot show."""

from collections.abc import Sequence

from effprof.measure.trial import Trial, singles
from effprof.report.report import BinPart

BINS = 60
_BODY = 0.99
"""Bins reach this quantile, each the same factor wide; what is slower shares one more."""
_LEAST = 20


def bins(trials: Sequence[Trial]) -> tuple[BinPart, ...]:
    """Of all processes together; nothing where fewer than twenty runs were timed one by one."""
    import numpy as np

    taken = singles(trials)
    runs_s = np.sort(np.concatenate(taken)) if taken else np.empty(0)
    if len(runs_s) < _LEAST or runs_s[0] <= 0:
        return ()
    least, most = float(runs_s[0]), float(runs_s[-1])
    body = float(runs_s[int(_BODY * (len(runs_s) - 1))])
    if least == most:
        return (BinPart(least, most, len(runs_s)),)
    edges = np.geomspace(least, body, BINS + 1) if body > least else np.array([least])
    edges = np.append(edges, most) if most > body else edges
    counts, _ = np.histogram(runs_s, edges)
    return tuple(
        BinPart(float(low), float(high), int(runs))
        for low, high, runs in zip(edges[:-1], edges[1:], counts, strict=True)
    )
