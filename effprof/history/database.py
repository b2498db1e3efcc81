"""A connection to the history: opened, checked, its tables made once; its failures in one line."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from effprof.base.errors import HistoryError
from effprof.history import tables
from effprof.history.complaint import complaint
from effprof.history.file import PATIENCE_S, open_file
from effprof.history.place import VERSION, Place

_CONNECT_S = 5
_LOCK = 0x65666670  # "effp": the advisory lock under which the tables are made


class Database:
    """Transactions on one history. `new`: whether it may be made where there is none."""

    def __init__(self, place: Place, *, new: bool) -> None:
        self._place = place
        if place.file is not None and not new and not place.file.exists():
            raise HistoryError(
                f"{place.shown}: no history there", hint="effprof measure begins one; see --db"
            )
        with self._told():
            self._engine = _postgresql(place.url) if place.file is None else _sqlite(place.file)
            self._writer = self._engine.execution_options(effprof_writes=True)
            try:
                self._settle()
            except BaseException:
                self._engine.dispose()
                raise

    @property
    def sqlite(self) -> bool:
        return self._place.file is not None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._told(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """All of it or, after any error, nothing."""
        with self._told(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    def compact(self) -> None:
        """Gives room that was freed back to the disk, where it can be done now."""
        if self._place.file is not None:
            with suppress(sqlite3.Error), closing(open_file(self._place.file)) as plain:
                plain.execute("VACUUM")

    def _settle(self) -> None:
        """Makes the tables where there are none; refuses those of a newer effprof."""
        if not inspect(self._engine).has_table(tables.versions.name):
            with self._writer.begin() as connection:
                if not self.sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                tables.metadata.create_all(connection)
                if connection.scalar(select(tables.versions.c.version)) is None:
                    connection.execute(insert(tables.versions).values(version=VERSION))
        with self._engine.connect() as connection:
            found = connection.scalar(select(tables.versions.c.version))
        if found != VERSION:
            told = f"a history of version {found}, this effprof reads {VERSION}"
            raise HistoryError(f"{self._place.shown}: {told}", hint="upgrade effprof")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError) as bad:
            raise complaint(self._place.shown, bad) from bad


def _postgresql(url: str) -> Engine:
    patience_ms = int(PATIENCE_S * 1000)
    arguments = {
        "connect_timeout": _CONNECT_S,
        "tcp_user_timeout": patience_ms,  # a network that went away is not waited for
        "application_name": "effprof",
        "options": f"-c lock_timeout={patience_ms}",
    }
    return create_engine(url, pool_pre_ping=True, connect_args=arguments)


def _sqlite(file: Path) -> Engine:
    """Writers take the lock as they begin: two that read first could each wait for the other."""
    file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine("sqlite://", poolclass=QueuePool, creator=lambda: open_file(file))

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("effprof_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def inserting(connection: Connection, table: Any) -> Any:
    """An INSERT that can be told to do nothing where the row is there."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as into_sqlite

        return into_sqlite(table)
    from sqlalchemy.dialects.postgresql import insert as into_postgresql

    return into_postgresql(table)
