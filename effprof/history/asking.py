"""Statements as text that SQLite and PostgreSQL both take, and whoever executes them.

Not SQLAlchemy's: importing that takes ten times as long as what is asked here; see `quick.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from effprof.history.wanted import Wanted

Ask = Callable[[str, Mapping[str, object]], Sequence[Sequence[Any]]]
"""Executes a statement with values by name, and returns the rows."""

_OF_A_SERIES = {
    "model": "s.model = :model",
    "target": "s.target = :target",
    "host": "substr(s.host, 1, length(:host)) = :host",
}
_OF_A_REPORT = {"branch": "r.branch = :branch"}


def of_series(wanted: Wanted) -> tuple[list[str], dict[str, object]]:
    """Conditions on a series `s`, and the values in them."""
    return _given(wanted, _OF_A_SERIES)


def of_reports(wanted: Wanted) -> tuple[list[str], dict[str, object]]:
    """On a report `r` alone."""
    return _given(wanted, _OF_A_REPORT)


def _given(wanted: Wanted, known: Mapping[str, str]) -> tuple[list[str], dict[str, object]]:
    values = {name: getattr(wanted, name) for name in known}
    values = {name: value for name, value in values.items() if value is not None}
    return [known[name] for name in values], values


def where(conditions: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""
