"""A report as rows of the tables."""

from sqlalchemy import Connection, insert, select

from effprof.history import tables
from effprof.history.database import inserting
from effprof.history.series import Series, series
from effprof.history.times import moment
from effprof.report import codec
from effprof.report.history import Kept
from effprof.report.report import Report

_NOISY = ("noisy-host", "stolen-time")


class Ready:
    """A report as rows; whatever is wrong with it is said before the lock is taken."""

    def __init__(self, kept: Kept) -> None:
        report = kept.report
        self._series: Series = series(report, kept.project)
        self._json = codec.compact(report)
        self._created = moment(report)
        self._row = {
            "id": report.id,
            "created": self._created,
            "made_by": kept.made_by,
            "sha256": report.model.sha256,
            "commit": kept.commit,
            "branch": kept.branch,
            "effprof": report.effprof,
            "runtime": ", ".join(f"{name} {one}" for name, one in report.host.packages.items()),
            "noisy": any(one.code in _NOISY for one in report.warnings),
            "unfinished": report.unfinished,
            "verdict": _verdict(report),
            "points": report.score.points if report.score else None,
        }
        # What was cut short holds part of a run: no point of a trend.
        self._metrics = {} if report.unfinished else report.metrics

    def put(self, connection: Connection) -> int:
        """1, or 0 where a report of that id is there already."""
        line = self._number(connection)
        fresh = inserting(connection, tables.reports).values(**self._row, series=line)
        number = connection.scalar(
            fresh.on_conflict_do_nothing().returning(tables.reports.c.number)
        )
        if number is None:
            return 0
        connection.execute(insert(tables.documents), {"report": number, "json": self._json})
        spots = [
            {
                "series": line,
                "metric": key,
                "created": self._created,
                "report": number,
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "n": one.n,
                "origin": one.origin,
                "unit": one.unit,
            }
            for key, one in self._metrics.items()
        ]
        if spots:
            connection.execute(insert(tables.points), spots)
        return 1

    def _number(self, connection: Connection) -> int:
        one = self._series
        query = select(tables.series.c.number).where(tables.series.c.key == one.key)
        found = connection.scalar(query)
        if found is None:
            row = {name: getattr(one, name) for name in one.__slots__}
            fresh = inserting(connection, tables.series).values(key=one.key, **row)
            connection.execute(fresh.on_conflict_do_nothing())
            found = connection.scalar(query)
        assert found is not None
        return int(found)


def _verdict(report: Report) -> str | None:
    said = {one.verdict for one in report.verdicts}
    return next((word for word in ("fail", "undecided", "pass") if word in said), None)
