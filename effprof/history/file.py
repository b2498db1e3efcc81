"""A history that is a file of SQLite, opened."""

import os
import sqlite3
import time
from pathlib import Path

PATIENCE_S = 10.0
"""How long one writer waits for another."""
_STEP_S = 0.05


def open_file(file: Path) -> sqlite3.Connection:
    """With a write-ahead log: readers and a writer do not wait for each other."""
    if _sealed(file):
        return _open(file, "mode=ro&immutable=1")
    connection = _open(file, "mode=rwc")
    try:
        _log_ahead(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _open(file: Path, how: str) -> sqlite3.Connection:
    uri = f"{file.absolute().as_uri()}?{how}"
    return sqlite3.connect(uri, uri=True, timeout=PATIENCE_S, isolation_level=None)


def _sealed(file: Path) -> bool:
    """On a disk that is read only: there is nowhere to put a log, and nobody writes one."""
    log = file.with_name(file.name + "-wal")
    if not file.exists() or log.exists():
        return False
    return bool(os.statvfs(file.parent).f_flag & os.ST_RDONLY)


def _log_ahead(connection: sqlite3.Connection) -> None:
    """The switch does not wait by itself for others that open the same new file."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as busy:
            if "locked" not in str(busy) or time.monotonic() > deadline_s:
                raise
            time.sleep(_STEP_S)
        else:
            return
