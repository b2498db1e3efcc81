"""Which reports are meant, and a line about each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from effprof.history import tables
from effprof.report.history import Entry

_HEADLINE = "latency.p50"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reports: None is any. `host` may be the beginning of a fingerprint."""

    model: str | None = None
    target: str | None = None
    host: str | None = None
    branch: str | None = None


def entries(connection: Connection, wanted: Wanted, last: int) -> tuple[Entry, ...]:
    """The newest first."""
    rows, lines, spots = tables.reports, tables.series, tables.points
    spot = and_(
        spots.c.series == rows.c.series,
        spots.c.metric == _HEADLINE,
        spots.c.created == rows.c.created,
        spots.c.report == rows.c.number,
    )
    named = (lines.c[name] for name in ("project", "model", "target", "host", "settings"))
    query = (
        select(rows, *named, spots.c.value.label("latency"), spots.c.origin)
        .join(lines, lines.c.number == rows.c.series)
        .outerjoin(spots, spot)
        .order_by(rows.c.created.desc(), rows.c.number.desc())
        .limit(last)
    )
    return tuple(map(_entry, connection.execute(narrowed(query, wanted))))


def count(connection: Connection, wanted: Wanted) -> int:
    query = select(func.count()).select_from(tables.reports)
    if wanted != Wanted():
        query = query.join(tables.series, tables.series.c.number == tables.reports.c.series)
    return connection.scalar(narrowed(query, wanted)) or 0


def narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """A query of reports and series to those wanted."""
    lines = tables.series.c
    if wanted.model is not None:
        query = query.where(lines.model == wanted.model)
    if wanted.target is not None:
        query = query.where(lines.target == wanted.target)
    if wanted.host is not None:
        query = query.where(lines.host.startswith(wanted.host, autoescape=True))
    if wanted.branch is not None:
        query = query.where(tables.reports.c.branch == wanted.branch)
    return query


def _entry(row: Any) -> Entry:
    plain = {name: getattr(row, name) for name in Entry.__struct_fields__ if name != "created"}
    return Entry(created=stamp(row.created), **plain)


def stamp(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
