"""The list of reports: a line about each, by statements that SQLite and PostgreSQL both take.

They are text, not SQLAlchemy's, because importing that takes ten times as long as the list does;
see `quick.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from effprof.history.wanted import Wanted
from effprof.report.history import Entry

Ask = Callable[[str, Mapping[str, object]], Sequence[Sequence[Any]]]
"""Executes a statement with values by name, and returns the rows."""

_COLUMNS = {
    "id": "r.id",
    "created": "r.created",
    "made_by": "r.made_by",
    "model": "s.model",
    "target": "s.target",
    "host": "s.host",
    "settings": "s.settings",
    "sha256": "r.sha256",
    "project": "s.project",
    "commit": 'r."commit"',
    "branch": "r.branch",
    "unfinished": "r.unfinished",
    "verdict": "r.verdict",
    "points": "r.points",
    "latency": "p.value",
    "origin": "p.origin",
}
_SERIES = "JOIN effprof_series s ON s.number = r.series"
_POINT = (
    "LEFT JOIN effprof_points p ON p.series = r.series AND p.metric = 'latency.p50'"
    " AND p.created = r.created AND p.report = r.number"
)
_CONDITIONS = {
    "model": "s.model = :model",
    "target": "s.target = :target",
    "host": "substr(s.host, 1, length(:host)) = :host",
    "branch": "r.branch = :branch",
}


def entries(ask: Ask, wanted: Wanted, last: int) -> tuple[Entry, ...]:
    """The newest first."""
    where, values = _narrowed(wanted)
    columns = ", ".join(_COLUMNS.values())
    statement = (
        f"SELECT {columns} FROM effprof_reports r {_SERIES} {_POINT} {where}"  # noqa: S608 - ours
        " ORDER BY r.created DESC, r.number DESC LIMIT :last"
    )
    rows = ask(statement, {**values, "last": last})
    return tuple(_entry(dict(zip(_COLUMNS, row, strict=True))) for row in rows)


def count(ask: Ask, wanted: Wanted) -> int:
    where, values = _narrowed(wanted)
    joined = f"{_SERIES} {where}" if values else ""
    ((found,),) = ask(f"SELECT count(*) FROM effprof_reports r {joined}", values)  # noqa: S608 - ours
    return int(found)


def _narrowed(wanted: Wanted) -> tuple[str, Mapping[str, object]]:
    """A condition made of fixed words, and the values for it."""
    given = {name: getattr(wanted, name) for name in _CONDITIONS}
    values = {name: value for name, value in given.items() if value is not None}
    words = " AND ".join(_CONDITIONS[name] for name in values)
    return (f"WHERE {words}" if words else ""), values


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(**{**row, "created": stamp(row["created"])})


def stamp(when: datetime | str) -> str:
    """To the second, in UTC: SQLite has it as text, PostgreSQL in the zone of the session."""
    text = when if isinstance(when, str) else when.astimezone(UTC).isoformat(" ")
    return f"{text[:10]}T{text[11:19]}Z"
