"""How far this host's own runs of one model lie apart, as its history has it."""

import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import stdev

from effprof.base.errors import EffprofError
from effprof.history.place import Place
from effprof.history.provenance import provenance
from effprof.report.report import Report

METRICS = ("latency.p50", "latency.p99", "latency.mean", "throughput.items", "energy.inference")
LEAST = 6
"""Runs since the last change of level, below which a spread is a rumour."""


def sigmas(base: Report, model: Path, where: Place | None) -> dict[str, float]:
    """By metric, of the logarithm; nothing where there is no history or it knows too little."""
    if where is None:
        return {}
    with suppress(EffprofError, ImportError, OSError):
        return _known(base, model, where)
    return {}


def _known(base: Report, model: Path, where: Place) -> dict[str, float]:
    from effprof.history.store import History

    project = provenance((model.resolve().parent, Path.cwd())).project
    with History(where) as history:
        trends = history.trends_of(base, project, METRICS)
    found = {}
    for trend in trends:
        since = trend.changes[-1].since if trend.changes else len(trend.spots)
        values = [spot.value for spot in trend.spots[-since:] if spot.value > 0]
        if len(values) >= LEAST:
            found[trend.metric] = spread(values)
    return found


def spread(values: Sequence[float]) -> float:
    """Of the logarithm; wider for few values, whose own spread is uncertain by 1 / sqrt(2(n-1))."""
    logs = [math.log(value) for value in values]
    return stdev(logs) * (1 + 1 / math.sqrt(2 * (len(logs) - 1)))
