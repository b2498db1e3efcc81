"""The list of a history that is a file, read with the standard library alone.

SQLAlchemy takes 0.2 s to import, the list of 100,000 reports a tenth of that. Whatever is not as
it should be is left to the long way, which says what is wrong, or makes the tables.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from effprof.history import listing
from effprof.history.file import open_file
from effprof.history.place import VERSION, Place
from effprof.history.wanted import Wanted
from effprof.report.history import Entry

Listed = tuple[tuple[Entry, ...], int]


def listed(where: Place, wanted: Wanted, last: int) -> Listed:
    """The newest of those wanted, and how many there are."""
    if where.file is not None and where.file.exists():
        with suppress(sqlite3.Error):
            if (found := _of_file(where.file, wanted, last)) is not None:
                return found
    from effprof.history.store import History

    with History(where) as history:
        return history.entries(wanted, last), history.count(wanted)


def _of_file(file: Path, wanted: Wanted, last: int) -> Listed | None:
    """None where its tables are of another version."""
    with closing(open_file(file)) as plain:

        def ask(statement: str, values: Mapping[str, object]) -> Sequence[Sequence[Any]]:
            return plain.execute(statement, values).fetchall()

        plain.execute("BEGIN")  # both statements see the same
        if ask("SELECT version FROM effprof_history", {}) != [(VERSION,)]:
            return None
        return listing.entries(ask, wanted, last), listing.count(ask, wanted)
