"""The list of reports: a line about each; and one of them whole."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from effprof.base.errors import HistoryError
from effprof.history.asking import Ask, of_reports, of_series, where
from effprof.history.times import stamp
from effprof.history.wanted import Wanted
from effprof.report.history import Entry

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
_NAMED = 5
"""Reports that a word may mean, told where there are several."""


def entries(ask: Ask, wanted: Wanted, last: int) -> tuple[Entry, ...]:
    """The newest first."""
    narrowed, values = _narrowed(wanted)
    columns = ", ".join(_COLUMNS.values())
    statement = (
        f"SELECT {columns} FROM effprof_reports r {_SERIES} {_POINT} {narrowed}"  # noqa: S608 - ours
        " ORDER BY r.created DESC, r.number DESC LIMIT :last"
    )
    rows = ask(statement, {**values, "last": last})
    return tuple(_entry(dict(zip(_COLUMNS, row, strict=True))) for row in rows)


def count(ask: Ask, wanted: Wanted) -> int:
    narrowed, values = _narrowed(wanted)
    joined = f"{_SERIES} {narrowed}" if values else ""
    ((found,),) = ask(f"SELECT count(*) FROM effprof_reports r {joined}", values)  # noqa: S608 - ours
    return int(found)


def document(ask: Ask, word: str) -> tuple[str, str]:
    """Id and JSON of the report of this id, or of the only one whose id begins so."""
    found = ask("SELECT id, number FROM effprof_reports WHERE id = :word", {"word": word})
    found = found or ask(
        "SELECT id, number FROM effprof_reports WHERE substr(id, 1, length(:word)) = :word"
        " ORDER BY id LIMIT :most",
        {"word": word.upper(), "most": _NAMED + 1},
    )
    if len(found) != 1:
        raise HistoryError(_unfound(word, found), hint="effprof history list shows ids")
    ((name, number),) = found
    ((held,),) = ask(
        "SELECT json FROM effprof_documents WHERE report = :number", {"number": number}
    )
    return str(name), _plain(held, str(name))


def _unfound(word: str, found: Sequence[Sequence[Any]]) -> str:
    if not found:
        return f"history show {word}: no report of that id"
    names = ", ".join(str(name) for name, _ in found[:_NAMED])
    more = " and more" if len(found) > _NAMED else ""
    return f"history show {word}: begins the ids of several: {names}{more}"


def _plain(held: str | bytes, name: str) -> str:
    """SQLite holds it compressed; see `tables.Document`."""
    if isinstance(held, str):
        return held
    try:
        return zlib.decompress(held).decode()
    except (zlib.error, ValueError) as bad:
        raise HistoryError(f"history show {name}: damaged: {bad}") from bad


def _narrowed(wanted: Wanted) -> tuple[str, Mapping[str, object]]:
    """A condition made of fixed words, and the values for it."""
    (series, of_them), (reports, of_those) = of_series(wanted), of_reports(wanted)
    return where([*series, *reports]), {**of_them, **of_those}


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(**{**row, "created": stamp(row["created"])})
