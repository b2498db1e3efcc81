"""What `measure` and its like do for the history: a report is kept once it has been shown.

Whatever goes wrong there is a warning on stderr: the report is not lost and the exit code stays.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from effprof.base.errors import EffprofError, ReportError, RequestError
from effprof.history.place import Place, own, place
from effprof.history.provenance import Provenance, provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from effprof.history.store import History
    from effprof.report.history import MadeBy
    from effprof.report.report import Report
    from effprof.report.trend import MetricTrend


def keeper_for(
    model: Path, *, history: bool | None, db: str | None, made_by: "MadeBy" = "measure"
) -> "Keeper | None":
    """None with --no-history, and where EFFPROF_DB is `off` and no option says otherwise."""
    if history is False:
        if db is not None:
            raise RequestError("--db says nothing with --no-history", hint="leave one of them out")
        return None
    where = place(db)
    if where is None and history is None:
        return None
    return Keeper(where or own(), model, made_by)


class Keeper:
    """Opens the history with the first report; the library behind it is imported no sooner."""

    def __init__(self, where: Place, model: Path, made_by: "MadeBy") -> None:
        self.where, self._model, self._made_by = where, model, made_by
        self._origin: Provenance | None = None
        self._history: History | None = None
        self._waiting: list[Report] = []

    def keep(self, report: "Report") -> bool:
        """Whether it is in the history now, with all that could not be kept before."""
        self._waiting.append(report)
        try:
            self._put()
        except (EffprofError, ImportError, OSError) as bad:
            if isinstance(bad, ReportError):  # never to be kept, and in no other's way
                self._waiting.pop()
            told = bad.message if isinstance(bad, EffprofError) else str(bad)
            hint = getattr(bad, "hint", "") or "--no-history leaves it out"
            EffprofError(f"not kept in the history: {told}", hint=hint).show(sys.stderr)
            return False
        return True

    @property
    def waiting(self) -> int:
        """Reports that could not be kept yet."""
        return len(self._waiting)

    def trends(self, report: "Report", metrics: "Sequence[str]") -> "Sequence[MetricTrend]":
        """Of the series of a report that was kept; nothing where they cannot be had now."""
        assert self._history is not None
        project = self._origin.project if self._origin else None
        try:
            return self._history.trends_of(report, project, metrics)
        except EffprofError as bad:
            bad.show(sys.stderr)
            return ()

    def close(self) -> None:
        if self._history is not None:
            self._history.close()

    def _put(self) -> None:
        from effprof.history.store import History
        from effprof.report.history import HISTORY, Kept

        if self._origin is None:
            self._origin = provenance((self._model.resolve().parent, Path.cwd()))
        if self._history is None:
            self._history = History(self.where, new=True)
        one = self._origin
        batch = [
            Kept(HISTORY, self._made_by, report, one.commit, one.branch, one.project)
            for report in self._waiting
        ]
        self._history.keep(batch)
        self._waiting.clear()
