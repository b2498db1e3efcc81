"""Which reports are to go, and how they do: a list's row, its document, its points."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, select

from effprof.history import tables
from effprof.history.query import narrowed
from effprof.history.wanted import Wanted

_AT_ONCE = 500  # numbers in one statement


def doomed(
    connection: Connection, wanted: Wanted, keep: int, before: datetime | None
) -> list[tuple[int, int]]:
    """(series, report) of those wanted, without the newest `keep` of each series.

    `before`: older ones only.
    """
    rows = tables.reports.c
    place = func.row_number().over(
        partition_by=rows.series, order_by=(rows.created.desc(), rows.number.desc())
    )
    ranked = narrowed(
        select(rows.series, rows.number, rows.created, place.label("place")).join(
            tables.series, tables.series.c.number == rows.series
        ),
        wanted,
    ).subquery()
    query = select(ranked.c.series, ranked.c.number).where(ranked.c.place > keep)
    if before is not None:
        query = query.where(ranked.c.created < before)
    return [(series, number) for series, number in connection.execute(query)]


def remove(connection: Connection, doomed: Sequence[tuple[int, int]]) -> None:
    """In the caller's transaction. A series stays: another writer may be about to add to it."""
    for begin in range(0, len(doomed), _AT_ONCE):
        part = doomed[begin : begin + _AT_ONCE]
        numbers = [number for _, number in part]
        lines = sorted({series for series, _ in part})
        spots, texts, rows = tables.points, tables.documents, tables.reports
        # By series first: that is how the points lie.
        where = and_(spots.c.series.in_(lines), spots.c.report.in_(numbers))
        connection.execute(delete(spots).where(where))
        connection.execute(delete(texts).where(texts.c.report.in_(numbers)))
        connection.execute(delete(rows).where(rows.c.number.in_(numbers)))
