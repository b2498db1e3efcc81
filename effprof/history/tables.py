"""The tables of a history, the same in SQLite and PostgreSQL.

`reports` is narrow, so that a list reads no report; the reports themselves lie in `documents`.
`points` lies in the order a trend reads it: one series and metric is one stretch of its key.
"""

import zlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine


class Document(TypeDecorator[str]):
    """JSON text, compressed where the database does not do that itself."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        plain = dialect.name != "sqlite"
        return dialect.type_descriptor(Text() if plain else LargeBinary())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return zlib.compress(value.encode())

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if value is None or dialect.name != "sqlite":
            return value  # type: ignore[no-any-return]
        return zlib.decompress(value).decode()


class Moment(TypeDecorator[datetime]):
    """A time in UTC; SQLite keeps none of the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


metadata = MetaData()
_Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up whole INTEGERs alone

versions = Table(
    "effprof_history", metadata, Column("version", Integer, primary_key=True, autoincrement=False)
)

series = Table(
    "effprof_series",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("key", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("machine", Text, nullable=False),
    UniqueConstraint("key"),
    Index("effprof_series_by_model", "model"),
)

reports = Table(
    "effprof_reports",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("series", _Number, nullable=False),
    Column("created", Moment, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("commit", Text),
    Column("branch", Text),
    Column("effprof", Text, nullable=False),
    Column("runtime", Text, nullable=False),
    Column("noisy", Boolean, nullable=False),
    Column("unfinished", Text),
    Column("verdict", Text),
    Column("points", Double),
    UniqueConstraint("id"),
    Index("effprof_reports_by_time", "created", "number"),
    Index("effprof_reports_by_series", "series", "created", "number"),
    sqlite_autoincrement=True,
)

documents = Table(
    "effprof_documents",
    metadata,
    Column("report", _Number, primary_key=True, autoincrement=False),
    Column("json", Document, nullable=False),
)

points = Table(
    "effprof_points",
    metadata,
    Column("series", _Number, primary_key=True, autoincrement=False),
    Column("metric", Text, primary_key=True),
    Column("created", Moment, primary_key=True),
    Column("report", _Number, primary_key=True, autoincrement=False),
    Column("value", Double, nullable=False),
    Column("low", Double),
    Column("high", Double),
    Column("n", _Number),
    Column("origin", Text, nullable=False),
    Column("unit", Text, nullable=False),
    sqlite_with_rowid=False,
)
