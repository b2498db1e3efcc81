"""What a page of several reports says of time: their series in the history, else themselves."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from effprof.base.errors import EffprofError, RequestError
from effprof.history.place import place

if TYPE_CHECKING:
    from effprof.history.place import Place
    from effprof.report.report import Report
    from effprof.report.trend import MetricTrend, SeriesTrend, Spot

_METRICS = ("latency.p50", "energy.inference", "memory.peak", "memory.ram", "size.model")
_LAST = 200
_LEAST = 2


def trends_of(
    reports: "Sequence[Report]", *, history: bool | None, db: str | None
) -> "list[SeriesTrend]":
    """Of every series that two reports or more are of; nothing for one report."""
    if history is False and db is not None:
        raise RequestError("--db says nothing with --no-history", hint="leave one of them out")
    where = None if history is False else place(db)
    if len(reports) < _LEAST:
        return []
    kept = list(_kept(where, reports, asked=bool(history or db))) if where else []
    known = {spot.report for one in kept for metric in one.metrics for spot in metric.spots}
    rest = [report for report in reports if report.id not in known]
    return [*kept, *_among(rest)]


def _kept(where: "Place", reports: "Sequence[Report]", *, asked: bool) -> "Iterator[SeriesTrend]":
    """A history that cannot be read is a warning: the page is about the reports."""
    if where.file is not None and not where.file.exists() and not asked:
        return
    from effprof.history.store import History
    from effprof.history.wanted import Wanted

    ids = {report.id for report in reports}
    series = {(one.model.name, one.target.id, one.host.fingerprint): None for one in reports}
    try:
        with History(where) as opened:
            for model, target, host in series:
                for one in opened.trends(Wanted(model, target, host), _METRICS, _LAST):
                    spots = [spot for metric in one.metrics for spot in metric.spots]
                    if len(spots) > len(one.metrics) and ids & {spot.report for spot in spots}:
                        yield one
    except EffprofError as bad:
        bad.show(sys.stderr)


def _among(reports: "Sequence[Report]") -> "Iterator[SeriesTrend]":
    """Of the reports themselves, in the order they were measured in."""
    from effprof.history.series import series
    from effprof.report.trend import SeriesTrend

    found: dict[str, list[Report]] = {}
    for report in sorted(reports, key=lambda one: one.created):
        if not report.unfinished:
            found.setdefault(series(report, None).key, []).append(report)
    for group in found.values():
        if len(group) < _LEAST:
            continue
        of, metrics = series(group[0], None), [_metric(key, group) for key in _METRICS]
        told = tuple(one for one in metrics if one is not None)
        yield SeriesTrend(of.model, of.target, of.host, of.machine, of.settings, told)


def _metric(key: str, reports: "Sequence[Report]") -> "MetricTrend | None":
    """Of one origin, that of the newest report: others cannot stand beside it."""
    from effprof.history.trend import trend

    known = [(one, one.metrics[key]) for one in reports if key in one.metrics]
    if not known:
        return None
    newest = known[-1][1]
    spots = [_spot(one, key) for one, metric in known if metric.origin == newest.origin]
    return trend(key, newest.unit, newest.origin, spots, len(known) - len(spots))


def _spot(report: "Report", key: str) -> "Spot":
    from effprof.report.trend import Spot

    metric = report.metrics[key]
    return Spot(
        report.id,
        report.created,
        metric.value,
        metric.low,
        metric.high,
        metric.n,
        sha256=report.model.sha256,
        effprof=report.effprof,
    )
