"""The history itself: reports put in, listed, found again, taken out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import select, text

from effprof.base.errors import HistoryError
from effprof.history import listing, prune, query, tables, trends
from effprof.history.database import Database
from effprof.history.place import Place
from effprof.history.rows import Ready
from effprof.history.series import series
from effprof.history.wanted import Wanted
from effprof.report import codec
from effprof.report.history import HISTORY, Entry, Kept
from effprof.report.report import Report
from effprof.report.trend import MetricTrend, SeriesTrend

__all__ = ["LOOKED_AT", "History", "Wanted"]

LOOKED_AT = 1000
"""Reports of a series that a trend looks at, where nothing else is said."""
_AT_ONCE = 200  # reports in memory while all are read


class History:
    """Opened on the spot; raises HistoryError or LackingError in one clear line."""

    def __init__(self, place: Place, *, new: bool = False) -> None:
        self._database = Database(place, new=new)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def keep(self, batch: Sequence[Kept]) -> int:
        """All of them or none, in one transaction; how many were not there before."""
        ready = [Ready(one) for one in batch]
        with self._database.writing() as connection:
            return sum(one.put(connection) for one in ready)

    def entries(self, wanted: Wanted, last: int) -> tuple[Entry, ...]:
        """The newest first."""
        return listing.entries(self._ask, wanted, last)

    def count(self, wanted: Wanted) -> int:
        return listing.count(self._ask, wanted)

    def find(self, word: str) -> Report:
        """By id, or the beginning of one that no other shares."""
        rows = tables.reports.c
        ids = select(rows.id, rows.number)
        begins = rows.id.startswith(word.upper(), autoescape=True)
        with self._database.reading() as connection:
            found: Sequence[Any] = connection.execute(ids.where(rows.id == word)).all()
            found = found or connection.execute(ids.where(begins).limit(2)).all()
            if len(found) != 1:
                raise HistoryError(_unfound(word, found), hint="effprof history list shows ids")
            texts = select(tables.documents.c.json)
            told = connection.scalar(texts.where(tables.documents.c.report == found[0].number))
        return codec.parse(str(told), found[0].id)

    def all(self, wanted: Wanted) -> Iterator[Kept]:
        """Every report, oldest first."""
        rows, lines, texts = tables.reports, tables.series, tables.documents
        every = (
            select(rows, lines.c.project, texts.c.json)
            .join(lines, lines.c.number == rows.c.series)
            .join(texts, texts.c.report == rows.c.number)
            .order_by(rows.c.created, rows.c.number)
            .execution_options(yield_per=_AT_ONCE)
        )
        with self._database.reading() as connection:
            for row in connection.execute(query.narrowed(every, wanted)):
                report = codec.parse(row.json, row.id)
                named = row.project or None
                yield Kept(HISTORY, row.made_by, report, row.commit, row.branch, named)

    def trends(self, wanted: Wanted, metrics: Sequence[str], last: int) -> Iterator[SeriesTrend]:
        """Each series wanted, the one measured last first; `last`: its newest reports."""
        with self._database.reading() as connection:
            yield from trends.trends(connection, wanted, metrics, last)

    def trends_of(
        self, report: Report, project: str | None, metrics: Sequence[str], last: int = LOOKED_AT
    ) -> Sequence[MetricTrend]:
        """Those of the series that the report is of."""
        key = series(report, project).key
        with self._database.reading() as connection:
            return trends.of(connection, key, metrics, last)

    def doomed(self, wanted: Wanted, keep: int, before: datetime | None) -> int:
        """How many reports `prune` would remove."""
        with self._database.reading() as connection:
            return len(prune.doomed(connection, wanted, keep, before))

    def prune(self, wanted: Wanted, keep: int, before: datetime | None) -> int:
        """Removes reports older than `before`, all but the newest `keep` of each series."""
        with self._database.writing() as connection:
            numbers = prune.doomed(connection, wanted, keep, before)
            prune.remove(connection, numbers)
        self._database.compact()
        return len(numbers)

    def _ask(self, statement: str, values: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        with self._database.reading() as connection:
            return connection.execute(text(statement), dict(values)).all()


def _unfound(word: str, found: Sequence[Any]) -> str:
    if not found:
        return f"history show {word}: no report of that id"
    return f"history show {word}: begins the ids of several: {found[0].id}, {found[1].id}"
