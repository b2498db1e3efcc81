"""How far this host's own runs of one model lie apart, as its history has it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import stdev

from effprof.history.place import Place
from effprof.history.provenance import provenance
from effprof.history.times import moment
from effprof.report.report import Report
from effprof.report.trend import MetricTrend, Spot

LEAST = 6
"""Runs since the last change of level, below which a spread is a rumour."""
_COVERED = 0.5
"""Of the baseline's age, what those runs must span: an hour of them says nothing of next week."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Of the logarithm of one metric over so many runs: its standard deviation."""

    sigma: float
    runs: int


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the logarithm of a ratio reaches further to either side at 95 %, and why so far."""

    reach: float
    why: str


def spreads(
    base: Report,
    model: Path,
    where: Place | None,
    metrics: Sequence[str],
    now: datetime | None = None,
) -> Mapping[str, Spread]:
    """By metric; nothing where there is no history, or where it knows too little.

    Raises EffprofError where there is one that cannot be read.
    """
    if where is None or (where.file is not None and not where.file.exists()):
        return {}
    age_s = ((now or datetime.now(UTC)) - moment(base)).total_seconds()
    trends = _trends(base, model, where, metrics)
    found = {one.metric: _spread(_level(one), age_s) for one in trends}
    return {metric: one for metric, one in found.items() if one is not None}


def _trends(
    base: Report, model: Path, where: Place, metrics: Sequence[str]
) -> Sequence[MetricTrend]:
    """Of the series that the baseline is of: this model, host and target, the same settings."""
    from effprof.history.store import History

    project = provenance((model.resolve().parent, Path.cwd())).project
    with History(where) as history:
        return history.trends_of(base, project, metrics)


def _level(trend: MetricTrend) -> Sequence[Spot]:
    """The runs since the last change."""
    since = trend.changes[-1].since if trend.changes else len(trend.spots)
    return [spot for spot in trend.spots[-since:] if spot.value > 0]


def _spread(spots: Sequence[Spot], age_s: float) -> Spread | None:
    if len(spots) < LEAST:
        return None
    first, last = (datetime.fromisoformat(spot.created) for spot in (spots[0], spots[-1]))
    if (last - first).total_seconds() < _COVERED * age_s:
        return None
    return Spread(spread([spot.value for spot in spots]), len(spots))


def spread(values: Sequence[float]) -> float:
    """Of the logarithm; wider for few values, whose own spread is uncertain by 1 / sqrt(2(n-1))."""
    logs = [math.log(value) for value in values]
    return stdev(logs) * (1 + 1 / math.sqrt(2 * (len(logs) - 1)))
