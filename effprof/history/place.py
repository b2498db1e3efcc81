"""Which database holds the history: the word of --db, else EFFPROF_DB, else a file of our own.

Nothing is imported or opened here, so that a wrong word is refused before anything is measured.
"""

import os
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from effprof.base.errors import HistoryError, LackingError
from effprof.base.folders import data_folder

OFF = "off"
VERSION: Final = 1
"""Of the tables in it."""
_HINT = "a file (runs.db), sqlite:///PATH or postgresql://HOST/DATABASE"


@dataclass(frozen=True, slots=True)
class Place:
    """A SQLite file or the URL of a PostgreSQL database; `shown` carries no password."""

    file: Path | None
    url: str
    shown: str


def place(word: str | None) -> Place | None:
    """None where EFFPROF_DB is `off` and no --db says otherwise."""
    word = word or os.environ.get("EFFPROF_DB") or None
    if word == OFF:
        return None
    return _named(word) if word else own()


def chosen(word: str | None) -> Place:
    """The same where there must be one."""
    where = place(word)
    if where is None:
        raise HistoryError("the history is off (EFFPROF_DB=off)", hint="name one with --db")
    return where


def own() -> Place:
    """The user's own history."""
    return _at(data_folder() / "history.db")


def _named(word: str) -> Place:
    kind, mark, _ = word.partition("://")
    if not mark and re.search(r"\b(dbname|password)\s*=", word):
        raise HistoryError("--db: a connection string of PostgreSQL is not read", hint=_HINT)
    if not mark:
        return _at(Path(word))
    if kind == "sqlite":
        path = unquote(word.removeprefix("sqlite:///"))
        if not word.startswith("sqlite:///") or not path:
            raise HistoryError(f"--db {word}: names no file", hint=_HINT)
        return _at(Path(path))
    if kind in ("postgresql", "postgres", "postgresql+psycopg"):
        return _server(word)
    raise HistoryError(f"--db {without_password(word)}: no such kind of database", hint=_HINT)


def _at(path: Path) -> Place:
    return Place(path, "", str(path))


def _server(word: str) -> Place:
    shown = without_password(word)
    if not _readable(word):
        raise HistoryError(
            f"--db {shown}: cannot be read as a URL",
            hint="in a password write @ as %40, / as %2F, : as %3A",
        )
    if find_spec("psycopg") is None:
        raise LackingError(
            f"--db {shown}: psycopg is not installed", hint="pip install 'effprof[postgres]'"
        )
    return Place(None, "postgresql+psycopg://" + word.partition("://")[2], shown)


def _readable(url: str) -> bool:
    """Its own message may hold a part of the password, so none is passed on."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.netloc.count("@") <= 1


def without_password(word: str) -> str:
    """A word of the command line as it may be shown and kept; rather too much is hidden."""
    word = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", word)
    return re.sub(r"((?:^|[?&\s])password\s*=\s*)('[^']*'|[^&\s]*)", r"\1***", word)
