"""The history itself: reports put in, listed, found again, taken out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, select, text

from effprof.history import listing, prune, query, tables, trends
from effprof.history.asking import Ask
from effprof.history.database import Database
from effprof.history.place import Place
from effprof.history.rows import Ready
from effprof.history.series import series
from effprof.history.wanted import Wanted
from effprof.report import codec
from effprof.report.history import HISTORY, Entry, Kept
from effprof.report.report import Report
from effprof.report.trend import MetricTrend, SeriesTrend

__all__ = ["History", "Wanted"]

T = TypeVar("T")
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

    def answered(self, question: Callable[[Ask], T]) -> T:
        """The answer of one reading: see `quick.answered`."""
        with self._database.reading() as connection:
            return question(_asked(connection))

    def entries(self, wanted: Wanted, last: int) -> tuple[Entry, ...]:
        """The newest first."""
        return self.answered(lambda ask: listing.entries(ask, wanted, last))

    def count(self, wanted: Wanted) -> int:
        return self.answered(lambda ask: listing.count(ask, wanted))

    def find(self, word: str) -> Report:
        """By id, or the beginning of one that no other shares."""
        name, held = self.answered(lambda ask: listing.document(ask, word))
        return codec.parse(held, name)

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
        """See `trends.trends`."""
        with self._database.reading() as connection:
            yield from trends.trends(_asked(connection), wanted, metrics, last)

    def trends_of(
        self, report: Report, project: str | None, metrics: Sequence[str]
    ) -> Sequence[MetricTrend]:
        """Those of the series that the report is of."""
        key = series(report, project).key
        return self.answered(lambda ask: trends.of(ask, key, metrics, trends.LOOKED_AT))

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


def _asked(connection: Connection) -> Ask:
    def ask(statement: str, values: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        return [tuple(row) for row in connection.execute(text(statement), dict(values))]

    return ask
