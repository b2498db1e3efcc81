"""The trends of every series that is wanted: points out of the database, changes found in them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from effprof.history.asking import Ask, of_reports, of_series, where
from effprof.history.times import stamp
from effprof.history.trend import trend
from effprof.history.wanted import Wanted
from effprof.report.trend import MetricTrend, SeriesTrend, Spot

LOOKED_AT = 1000
"""Reports of a series that a trend looks at, where nothing else is said."""
HEADLINES = (
    "latency.p50",
    "latency.p99",
    "throughput.items",
    "latency.load",
    "latency.first",
    "memory.peak",
    "memory.ram",
    "energy.inference",
    "size.model",
    "size.flash",
    "compute.cycles",
    "quality.accuracy",
    "quality.agreement",
)
"""What is looked at where no metric is named."""


_SERIES = ("number", "model", "target", "host", "machine", "settings", "project")
_POINT = ("value", "low", "high", "n", "origin", "unit")
_REPORT = ("created", "id", "commit", "sha256", "runtime", "effprof", "noisy")

Row = Mapping[str, Any]


def trends(ask: Ask, wanted: Wanted, metrics: Sequence[str], last: int) -> Iterator[SeriesTrend]:
    """Each series wanted, the one measured last first; those without such a metric left out.

    `last`: its newest reports.
    """
    for line in _lines(ask, wanted):
        if told := _metrics(ask, line["number"], wanted, metrics, last):
            yield SeriesTrend(
                model=line["model"],
                target=line["target"],
                host=line["host"],
                machine=line["machine"],
                settings=line["settings"],
                metrics=told,
                project=line["project"],
            )


def of(ask: Ask, key: str, metrics: Sequence[str], last: int) -> Sequence[MetricTrend]:
    """Those of one series, by its key."""
    found = ask("SELECT number FROM effprof_series WHERE key = :key", {"key": key})
    return _metrics(ask, found[0][0], Wanted(), metrics, last) if found else ()


def _metrics(
    ask: Ask, line: int, wanted: Wanted, metrics: Sequence[str], last: int
) -> tuple[MetricTrend, ...]:
    found = (_metric(ask, line, wanted, one, last) for one in metrics)
    return tuple(one for one in found if one is not None)


def _lines(ask: Ask, wanted: Wanted) -> Sequence[Row]:
    (series, of_them), (reports, of_those) = of_series(wanted), of_reports(wanted)
    newest = where(["r.series = s.number", *reports])
    columns = ", ".join(f"s.{name}" for name in _SERIES)
    statement = (
        f"SELECT {columns}, (SELECT max(r.created) FROM effprof_reports r {newest}) AS newest"  # noqa: S608 - ours
        f" FROM effprof_series s {where(series)} ORDER BY newest DESC, s.number DESC"
    )
    names = (*_SERIES, "newest")
    rows = ask(statement, {**of_them, **of_those})
    found = (dict(zip(names, row, strict=True)) for row in rows)
    return [line for line in found if line["newest"] is not None]


def _metric(ask: Ask, line: int, wanted: Wanted, metric: str, last: int) -> MetricTrend | None:
    """Of the newest `last` reports of the series; None where none has it."""
    reports, values = of_reports(wanted)
    columns = [f"p.{name}" for name in _POINT] + [f'r."{name}"' for name in _REPORT]
    statement = (
        f"SELECT {', '.join(columns)} FROM effprof_points p"  # noqa: S608 - ours
        " JOIN effprof_reports r ON r.number = p.report"
        f" {where(['p.series = :series', 'p.metric = :metric', *reports])}"
        " ORDER BY p.created DESC, p.report DESC LIMIT :last"
    )
    values |= {"series": line, "metric": metric, "last": last}
    found = [dict(zip((*_POINT, *_REPORT), row, strict=True)) for row in ask(statement, values)]
    if not found:
        return None
    kind = found[0]["origin"], found[0]["unit"]
    alike = [row for row in found if (row["origin"], row["unit"]) == kind]
    told = [_spot(row) for row in reversed(alike)]
    origin, unit = kind
    return trend(metric, unit, origin, told, len(found) - len(alike))


def _spot(row: Row) -> Spot:
    return Spot(
        report=row["id"],
        created=stamp(row["created"]),
        value=row["value"],
        low=row["low"],
        high=row["high"],
        n=row["n"],
        commit=row["commit"],
        sha256=row["sha256"],
        runtime=row["runtime"],
        effprof=row["effprof"],
        noisy=bool(row["noisy"]),
    )
