"""How a metric of one series went: its values in time, and the changes of its level."""

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Literal, NamedTuple

from effprof.base.metrics import CATALOGUE, family, never_varies
from effprof.base.vocabulary import OriginName
from effprof.history.steps import Step, steps
from effprof.report.trend import Change, MetricTrend, Spot

MARGIN = 0.01
"""A change whose interval reaches under this is none worth a word: the default of the gate."""
_WIDE = 2 * 1.96  # standard deviations that a 95 % interval is wide
_REPEATED = ("quality",)  # read on the same items each time: their interval is not noise between


def trend(
    metric: str, unit: str, origin: OriginName, spots: Sequence[Spot], left_out: int = 0
) -> MetricTrend:
    """`spots`, one or more, in the order of time and all of one origin."""
    found = _exact(spots) if exact(metric, origin, spots) else _sampled(metric, origin, spots)
    values = [one.value for one in spots]
    return MetricTrend(
        metric,
        unit,
        origin,
        first=median(values[: found[0].at if found else None]),
        now=median(values[found[-1].at if found else 0 :]),
        spots=tuple(spots),
        changes=tuple(_change(metric, spots, one, end) for one, end in _ended(found, len(spots))),
        left_out=left_out,
    )


def exact(metric: str, origin: OriginName, spots: Sequence[Spot]) -> bool:
    """Any other value is a change."""
    return all(never_varies(metric, origin, one.n) for one in spots)


class _Found(NamedTuple):
    """A change between the values `first - 1` and `last`, taken to be at `at`."""

    at: int
    first: int
    last: int
    size: Mapping[str, float]


def _exact(spots: Sequence[Spot]) -> list[_Found]:
    places = [at for at in range(1, len(spots)) if spots[at].value != spots[at - 1].value]
    return [_Found(at, at, at, _size(spots[at - 1].value, spots[at].value)) for at in places]


def _size(old: float, new: float) -> Mapping[str, float]:
    return {"ratio": new / old} if min(old, new) > 0 else {"difference": new - old}


def _sampled(metric: str, origin: OriginName, spots: Sequence[Spot]) -> list[_Found]:
    repeated = family(metric) in _REPEATED
    as_ratio = all(one.value > 0 for one in spots) and not repeated
    values = [math.log(one.value) if as_ratio else one.value for one in spots]
    within = _within(spots, as_ratio=as_ratio) if origin == "measured" and not repeated else 0.0
    found = [_sized(one, as_ratio=as_ratio) for one in steps(values, within)]
    return [one for one in found if not _slight(one.size)]


def _within(spots: Sequence[Spot], *, as_ratio: bool) -> float:
    """Standard deviation that the reports' own intervals speak of; levels are no surer than it."""
    widths = []
    for one in spots:
        if one.low is None or one.high is None or (as_ratio and one.low <= 0):
            continue
        ends = (math.log(one.low), math.log(one.high)) if as_ratio else (one.low, one.high)
        widths.append(ends[1] - ends[0])
    return median(widths) / _WIDE if widths else 0.0


def _sized(step: Step, *, as_ratio: bool) -> _Found:
    if as_ratio:
        names, turned = ("ratio", "low", "high"), math.exp
    else:
        names, turned = ("difference", "low", "high"), float
    ends = (step.shift, step.low, step.high)
    size = {name: turned(one) for name, one in zip(names, ends, strict=True)}
    return _Found(step.at, step.first, step.last, size)


def _slight(size: Mapping[str, float]) -> bool:
    return "ratio" in size and size["low"] < 1 + MARGIN and size["high"] > 1 - MARGIN


def _ended(found: Sequence[_Found], count: int) -> list[tuple[_Found, int]]:
    """Each with the place at which its level ends."""
    ends = [*(one.at for one in found[1:]), count]
    return list(zip(found, ends, strict=False))


def _change(metric: str, spots: Sequence[Spot], found: _Found, end: int) -> Change:
    before, after = spots[found.first - 1], spots[found.last]
    level = spots[found.at : end]
    return Change(
        before,
        after,
        since=len(level),
        noisy=sum(one.noisy for one in level),
        verdict=_verdict(metric, found.size),
        also=_also(before, after),
        **found.size,
    )


def _verdict(metric: str, size: Mapping[str, float]) -> Literal["better", "worse"] | None:
    known = CATALOGUE.get(metric)
    if known is None or known.better == "neither":
        return None
    up = size["ratio"] > 1 if "ratio" in size else size["difference"] > 0
    return "better" if up == (known.better == "higher") else "worse"


def _also(before: Spot, after: Spot) -> tuple[str, ...]:
    versions = {
        "runtime": (before.runtime, after.runtime),
        "effprof": (before.effprof, after.effprof),
    }
    file = ("model file",) if before.sha256 != after.sha256 else ()
    told = (
        f"{name} {old or 'none'} → {new or 'none'}"
        for name, (old, new) in versions.items()
        if old != new
    )
    return (*file, *told)
