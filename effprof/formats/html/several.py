"""Several reports together: their order, each against the first, the trade-offs, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from effprof.base.metrics import CATALOGUE, is_share
from effprof.base.quantity import show, show_metric
from effprof.formats.html import figures
from effprof.formats.html.charts import Chart
from effprof.formats.judgement_text import partly
from effprof.report.bundle import Bundle
from effprof.report.comparison import Comparison, Row
from effprof.report.names import renamed
from effprof.report.ranking import Frontier, Ranking
from effprof.report.report import Metric, Report
from effprof.report.trend import MetricTrend, SeriesTrend

_ORIGINS = ("modelled", "emulated", "measured")  # weakest first
_SAID = {"undecided": "can't tell"}
_MOST_COMPARED = 8  # in full; of the others what they won and paid


@dataclass(frozen=True, slots=True)
class Several:
    rankings: list[dict[str, Any]]
    comparisons: list[dict[str, Any]]
    trades: list[str]
    beside: list[dict[str, Any]]
    trends: list[dict[str, Any]]
    charts: dict[str, Chart]


def several(bundle: Bundle) -> Several:
    """Empty lists where there is nothing to say."""
    names = labels(bundle.reports)
    reports = renamed(bundle.reports)
    charts: dict[str, Chart] = {}
    for at, ranking in enumerate(bundle.rankings):
        if ranking.frontier and (chart := frontier(ranking.frontier, reports, names)):
            charts[f"frontier-{at}"] = chart
    compared = bundle.comparisons[:_MOST_COMPARED]
    for at, one in enumerate(compared):
        if chart := forest(one):
            charts[f"forest-{at}"] = chart
    trends = []
    for at, series in enumerate(bundle.trends):
        told = _trend(series, at)
        charts |= {f"trend-{at}-{place}": trend(one) for place, one in enumerate(series.metrics)}
        trends.append(told)
    return Several(
        rankings=[_ranking(one, reports, names) for one in bundle.rankings],
        comparisons=[_comparison(one) for one in compared],
        trades=[
            f"{one.other.name} on {one.other.target}: {one.trade}"
            for one in bundle.comparisons[_MOST_COMPARED:]
        ],
        beside=beside(bundle.reports),
        trends=trends,
        charts=charts,
    )


def labels(reports: Sequence[Report]) -> list[str]:
    """A letter for each, so that a chart can name it in a small space."""
    return [_letters(at) for at in range(len(reports))]


def _letters(at: int) -> str:
    head = _letters(at // 26 - 1) if at >= 26 else ""
    return head + chr(ord("A") + at % 26)


def _ranking(one: Ranking, reports: Sequence[Report], names: Sequence[str]) -> dict[str, Any]:
    rows = []
    for place in one.places:
        report = reports[place.report]
        score = report.score
        assert score is not None
        rows.append(
            {
                "place": "" if place.place is None else f"{place.place}{'=' if place.tied else ''}",
                "label": names[place.report],
                "model": report.model.name,
                "target": report.target.id,
                "points": "no score" if score.points is None else f"{score.points:.1f}",
                "bar": score.points,
                "low": score.low,
                "high": score.high,
                "interval": _points(score.low, score.high),
                "shares": [
                    (name, show(share, "%"))
                    for name, share in (
                        ("measured", score.measured_share),
                        ("emulated", score.emulated_share),
                        ("modelled", score.modelled_share),
                    )
                    if share
                ],
                "reason": f"{partly(score)}{score.reason}" if score.reason else "",
            }
        )
    return {
        "profile": one.profile,
        "rows": rows,
        "tied": any(place.tied for place in one.places),
        "frontier": _frontier_words(one.frontier, names) if one.frontier else None,
    }


def _points(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.1f} to {high:.1f}"


def _frontier_words(found: Frontier, names: Sequence[str]) -> dict[str, Any]:
    told = []
    for one in found.points:
        by = "" if one.by is None else names[one.by]
        told.append(
            {
                "label": names[one.report],
                "standing": one.standing,
                "said": {
                    "frontier": "on the frontier, at its knee" if one.knee else "on the frontier",
                    "dominated": f"beaten by {by}",
                    "undecided": f"behind {by}, not told apart in {', '.join(one.unclear)}",
                    "refused": "its quality is under the least that the profile asks for",
                    "unknown": "one of the two is not known",
                }[one.standing],
            }
        )
    return {"metrics": found.metrics, "points": told, "not_alike": ", ".join(found.not_alike)}


def frontier(found: Frontier, reports: Sequence[Report], names: Sequence[str]) -> Chart | None:
    across, up = found.metrics[:2]
    points = []
    for one in found.points:
        metrics = reports[one.report].metrics
        if one.standing in ("refused", "unknown"):
            continue
        x, y = metrics[across], metrics[up]
        points.append(
            {
                "label": names[one.report],
                "name": f"{reports[one.report].model.name} on {reports[one.report].target.id}",
                "x": x.value,
                "y": y.value,
                "x1": x.low,
                "x2": x.high,
                "y1": y.low,
                "y2": y.high,
                "standing": one.standing,
                "knee": one.knee,
                "origin": weaker(x, y),
                "shown": [
                    show_metric(key, metric.value, metric.unit)
                    for key, metric in ((across, x), (up, y))
                ],
            }
        )
    if len(points) < 2:
        return None
    return {"kind": "frontier", "x": _axis(across), "y": _axis(up), "points": points}


def _axis(key: str) -> dict[str, str]:
    known = CATALOGUE[key]
    return {"key": key, "unit": known.unit, "better": known.better}


def weaker(*metrics: Metric) -> str:
    return min((one.origin for one in metrics), key=_ORIGINS.index)


def forest(found: Comparison) -> Chart | None:
    """The ratios with their intervals: what is left of 1 got less."""
    rows = [
        {
            "metric": row.metric,
            "ratio": row.ratio,
            "low": row.low,
            "high": row.high,
            "verdict": row.verdict or "none",
            "origin": weaker(row.base, row.other),
        }
        for row in found.rows
        if row.ratio and row.base and row.other and row.verdict
    ]
    return {"kind": "forest", "rows": rows} if rows else None


def _comparison(found: Comparison) -> dict[str, Any]:
    return {
        "base": found.base,
        "other": found.other,
        "trade": found.trade[:1].upper() + found.trade[1:],
        "rows": [_row(one) for one in found.rows],
        "findings": found.findings,
        "unlike": found.unlike,
        "cautions": found.cautions,
    }


def _row(one: Row) -> dict[str, Any]:
    return {
        "metric": one.metric,
        "base": _value(one.metric, one.base),
        "other": _value(one.metric, one.other),
        "base_origin": one.base.origin if one.base else "",
        "other_origin": one.other.origin if one.other else "",
        "change": change(one, one.ratio if one.difference is None else one.difference),
        "interval": _ends(one),
        "verdict": one.verdict or "",
        "said": _SAID.get(one.verdict or "", one.verdict or ""),
        "note": one.note or "",
    }


def change(one: Row, amount: float | None) -> str:
    """0.32x of the base; +0.8 pt of a share; a plain difference where there is no ratio."""
    if amount is None:
        return ""
    if one.difference is None:
        return f"{amount:.3g}×"  # noqa: RUF001
    if is_share(one.metric):
        return f"{amount * 100:+.2g} pt"
    return f"{'+' if amount > 0 else ''}{show_metric(one.metric, amount, one.unit)}"


def _ends(one: Row) -> str:
    if one.low is None or one.high is None or one.low == one.high:
        return ""
    return f"{change(one, one.low)} to {change(one, one.high)}"


def _value(key: str, metric: Metric | None) -> str:
    return "" if metric is None else show_metric(key, metric.value, metric.unit)


def beside(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """One row for each figure that stands at the top of any of them."""
    keys = figures.every_top_key(tuple(reports))
    return [
        {
            "key": key,
            "better": CATALOGUE[key].better,
            "cells": [
                figures.figure(key, one.metrics[key]) if key in one.metrics else _why(one, key)
                for one in reports
            ],
        }
        for key in keys
    ]


def _why(report: Report, key: str) -> str:
    """Why there is no figure, as the report says it."""
    return next((one.reason for one in report.missing if one.metric == key), "not in this report")


def _trend(series: SeriesTrend, at: int) -> dict[str, Any]:
    return {
        "title": f"{series.model} on {series.target}",
        "settings": ", ".join(filter(None, (series.machine, series.settings))),
        "metrics": [
            {
                "name": f"trend-{at}-{place}",
                "key": one.metric,
                "changes": [_change(one, change) for change in one.changes],
            }
            for place, one in enumerate(series.metrics)
        ],
    }


def _change(one: MetricTrend, change: Any) -> dict[str, str]:
    if change.ratio is not None:
        told = f"{change.ratio:.3g}×"  # noqa: RUF001
    else:
        told = show_metric(one.metric, change.difference or 0.0, one.unit)
    also = f"; also not the same: {', '.join(change.also)}" if change.also else ""
    return {
        "verdict": change.verdict or "",
        "said": f"{told} between {change.before.created} and {change.after.created}{also}",
    }


def trend(one: MetricTrend) -> Chart:
    return {
        "kind": "trend",
        "key": one.metric,
        "unit": one.unit,
        "origin": one.origin,
        "spots": [
            {"at": spot.created, "value": spot.value, "low": spot.low, "high": spot.high}
            for spot in one.spots
        ],
        "changes": [change.after.created for change in one.changes],
    }
