"""The trends of every series that is wanted: points out of the database, changes found in them."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from effprof.history import tables
from effprof.history.listing import stamp
from effprof.history.query import narrowed
from effprof.history.trend import trend
from effprof.history.wanted import Wanted
from effprof.report.trend import MetricTrend, SeriesTrend, Spot

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


def trends(
    connection: Connection, wanted: Wanted, metrics: Sequence[str], last: int
) -> Iterator[SeriesTrend]:
    """Each series wanted, the one measured last first; those without such a metric left out."""
    for line in _lines(connection, wanted):
        if told := _metrics(connection, line.number, wanted, metrics, last):
            yield SeriesTrend(
                model=line.model,
                target=line.target,
                host=line.host,
                machine=line.machine,
                settings=line.settings,
                metrics=told,
                project=line.project,
            )


def of(
    connection: Connection, key: str, metrics: Sequence[str], last: int
) -> Sequence[MetricTrend]:
    """Those of one series, by its key."""
    line = connection.scalar(select(tables.series.c.number).where(tables.series.c.key == key))
    return () if line is None else _metrics(connection, line, Wanted(), metrics, last)


def _metrics(
    connection: Connection, line: int, wanted: Wanted, metrics: Sequence[str], last: int
) -> tuple[MetricTrend, ...]:
    found = (_metric(connection, line, wanted, one, last) for one in metrics)
    return tuple(one for one in found if one is not None)


def _lines(connection: Connection, wanted: Wanted) -> Sequence[Any]:
    lines, rows = tables.series, tables.reports
    newest = func.max(rows.c.created)
    query = (
        select(lines)
        .join(rows, rows.c.series == lines.c.number)
        .group_by(*lines.c)
        .order_by(newest.desc(), lines.c.number.desc())
    )
    return connection.execute(narrowed(query, wanted)).all()


def _metric(
    connection: Connection, line: int, wanted: Wanted, metric: str, last: int
) -> MetricTrend | None:
    """Of the newest `last` reports of the series; None where none has it."""
    spots, rows = tables.points, tables.reports
    query = (
        select(
            spots, rows.c.id, rows.c.commit, rows.c.sha256, rows.c.runtime, rows.c.effprof,
            rows.c.noisy,
        )
        .join(rows, rows.c.number == spots.c.report)
        .where(spots.c.series == line, spots.c.metric == metric)
        .order_by(spots.c.created.desc(), spots.c.report.desc())
        .limit(last)
    )  # fmt: skip
    if wanted.branch is not None:
        query = query.where(rows.c.branch == wanted.branch)
    found = connection.execute(query).all()
    if not found:
        return None
    newest = found[0]
    alike = [row for row in found if (row.origin, row.unit) == (newest.origin, newest.unit)]
    told = [_spot(row) for row in reversed(alike)]
    return trend(metric, newest.unit, newest.origin, told, len(found) - len(alike))


def _spot(row: Any) -> Spot:
    return Spot(
        report=row.id,
        created=stamp(row.created),
        value=row.value,
        low=row.low,
        high=row.high,
        n=row.n,
        commit=row.commit,
        sha256=row.sha256,
        runtime=row.runtime,
        effprof=row.effprof,
        noisy=row.noisy,
    )
