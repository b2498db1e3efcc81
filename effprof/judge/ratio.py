"""How one metric of a report stands to the same metric of another: ratio, interval, verdict.

The interval of the ratio is that of the difference of the logarithms, put together from the two
95 % intervals by MOVER: each end is as far away as the square root of the sum of the squared arms
that point there (G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures: a
general approach", Statistics in Medicine 27(10), 2008). It needs no more than the two intervals,
and keeps their skew. Shares of quality are differenced instead, by the same rule, which with
Wilson's intervals is R. G. Newcombe's method 10 (Statistics in Medicine 17(8), 1998). Items that
both models answered are taken as if they were not the same ones: wider than need be, never
narrower.
"""

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

from effprof.base.metrics import CATALOGUE, never_varies
from effprof.judge.spread import instrument
from effprof.report.comparison import Relation, Row
from effprof.report.report import Metric

# Of two figures that one model worked out for one machine, the machine's own constant cancels. What
# is left is what remains of the model once it is calibrated on that machine: 22 % for watts from
# CPU time, held against 96 published points with RAPL as reference.
RESIDUAL = {"cpu-power-model": 1.22}
_DIFFERENCED = ("quality.accuracy", "quality.agreement", "quality.cosine")


class Span(NamedTuple):
    value: float
    low: float
    high: float


def row(
    key: str,
    base: Metric | None,
    other: Metric | None,
    *,
    one_machine: bool = True,
    timing: tuple[Metric, Metric] | None = None,
) -> Row:
    """One line of a comparison. `one_machine`: both figures are of the same target and host.

    `timing`: the mean runs that modelled energies were worked out from, whose noise is theirs too.
    """
    unit = (base or other or _NONE).unit
    bare = Row(key, unit, base, other)
    if base is None or other is None:
        return bare
    scale: Literal["ratio", "difference"] = (
        "difference" if key in _DIFFERENCED or min(base.value, other.value) <= 0 else "ratio"
    )
    shared = _shared(base, other) if one_machine else None
    reason = _undecidable(key, base, other)
    if shared is not None and timing is not None:
        reason = reason or _undecidable("latency.mean", *timing)
    span = between(base, other, scale, shared, timing)
    if reason:
        span = Span(span.value, math.nan, math.nan)
    return Row(
        key,
        unit,
        base,
        other,
        ratio=_finite(span.value) if scale == "ratio" else None,
        difference=_finite(span.value) if scale == "difference" else None,
        low=_finite(span.low),
        high=_finite(span.high),
        verdict=_verdict(key, span, 1.0 if scale == "ratio" else 0.0),
        note=reason,
    )


def between(
    base: Metric,
    other: Metric,
    scale: Literal["ratio", "difference"],
    shared: float | None = None,
    timing: tuple[Metric, Metric] | None = None,
) -> Span:
    """other / base or other - base, with its interval.

    `shared`: a stated factor to either side instead of it, widened by the noise of `timing`.
    """
    if scale == "difference":
        return _mover(_ends(base, float), _ends(other, float))
    ratio = other.value / base.value
    if shared is not None:
        down, up = _arms(timing) if timing else (0.0, 0.0)
        arms = (math.hypot(math.log(shared), one) for one in (down, up))
        low, high = (_exp(one) for one in arms)
        return Span(ratio, ratio / low, ratio * high)
    logs = _mover(_ends(base, _log), _ends(other, _log))
    if logs.low == logs.high:
        return Span(ratio, ratio, ratio)
    return Span(ratio, min(math.exp(logs.low), ratio), max(_exp(logs.high), ratio))


def _arms(timing: tuple[Metric, Metric]) -> tuple[float, float]:
    """How far the logarithm of the ratio of the two reaches down and up."""
    base, other = timing
    span = _mover(_ends(base, _log), _ends(other, _log))
    return span.value - span.low, span.high - span.value


def _mover(base: Span, other: Span) -> Span:
    value = other.value - base.value
    return Span(
        value,
        value - math.hypot(other.value - other.low, base.high - base.value),
        value + math.hypot(other.high - other.value, base.value - base.low),
    )


def _ends(metric: Metric, turned: Callable[[float], float]) -> Span:
    low = metric.value if metric.low is None else min(metric.low, metric.value)
    high = metric.value if metric.high is None else max(metric.high, metric.value)
    return Span(turned(metric.value), turned(low), turned(high))


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _undecidable(key: str, base: Metric, other: Metric) -> str | None:
    """Why no interval could decide; None where it can."""
    if base.origin != other.origin:
        return f"{other.origin} against {base.origin}"
    for metric in (base, other):
        if metric.low is None and not never_varies(key, metric.origin, metric.n):
            return "no interval"
    return None


def _shared(base: Metric, other: Metric) -> float | None:
    if base.origin != "modelled" or other.origin != "modelled" or base.source != other.source:
        return None
    return RESIDUAL.get(instrument(base.source))


def _verdict(key: str, span: Span, even: float) -> Relation | None:
    known = CATALOGUE.get(key)
    if known is None or known.better == "neither":
        return None
    if span.low == span.high == even:
        return "same"
    if span.low > even or span.high < even:  # NaN is neither
        return "better" if (span.low > even) == (known.better == "higher") else "worse"
    return "undecided"


_NONE = Metric(0.0, "1", "modelled", "")
