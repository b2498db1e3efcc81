"""The rounds of `effprof monitor`: measured, kept, looked at for a change, and when the next is."""

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from effprof.base.errors import EffprofError, ExitCode, UnfinishedError
from effprof.cli.judged import Judges, worst
from effprof.cli.kept import Keeper
from effprof.cli.measured import measure_one
from effprof.cli.output import Destination
from effprof.formats.progress import Progress
from effprof.formats.text import quiet_for
from effprof.formats.trend_text import change_line
from effprof.history.steps import LEAST
from effprof.history.trends import HEADLINES
from effprof.measure.asked import Asked
from effprof.report.report import Report
from effprof.report.trend import Change, MetricTrend

FRESH = LEAST + 2
"""Reports since a change up to which it is news to a monitor that has just begun."""


@dataclass(slots=True)
class Board:
    """What there is to serve: the newest report of each target, and how the rounds went."""

    newest: dict[str, Report] = field(default_factory=dict)
    changes: dict[tuple[str, str], Change] = field(default_factory=dict)  # by target and metric
    measured: int = 0
    failed: int = 0
    unkept: int = 0


@dataclass(slots=True)
class Rounds:
    """`every_s`: from the beginning of one round to that of the next."""

    asked: Sequence[Asked]
    panels: Sequence[Judges]
    keeper: Keeper
    every_s: float
    board: Board = field(default_factory=Board)
    _told: dict[tuple[str, str], list[Change]] = field(default_factory=dict)

    def run(self, count: int | None, sleep: Callable[[float], None] = time.sleep) -> ExitCode:
        """Until `count` rounds are done, or for ever; the worst exit code of them."""
        began_s, code = time.monotonic(), ExitCode.DONE
        done = 0
        while True:
            code = worst([code, self._round(first=done == 0)])
            done += 1
            if code is ExitCode.INTERRUPTED or done == count:
                return code
            sleep(wait_s(began_s, time.monotonic(), self.every_s))

    def _round(self, *, first: bool) -> ExitCode:
        codes = []
        for asked, panel in zip(self.asked, self.panels, strict=True):
            try:
                codes.append(self._one(asked, panel, first=first))
            except EffprofError as error:
                if first and not isinstance(error, UnfinishedError):
                    # What is wrong with the request or this machine will be so the next time.
                    raise
                error.show(sys.stderr)
                self.board.failed += 1
                codes.append(error.exit_code)
            if ExitCode.INTERRUPTED in codes:
                break
        return worst(codes)

    def _one(self, asked: Asked, panel: Judges, *, first: bool) -> ExitCode:
        with Progress(sys.stderr) as progress:
            report, code = measure_one(asked, panel, Destination(None, many=False), progress)
        sys.stdout.write(quiet_for(sys.stdout, report))
        sys.stdout.flush()
        self.board.measured += code is ExitCode.DONE
        self.board.failed += code not in (ExitCode.DONE, ExitCode.INTERRUPTED)
        kept = self.keeper.keep(report)
        self.board.unkept = self.keeper.waiting
        if report.unfinished is None:
            self.board.newest[report.target.id] = report
            if kept:
                self._look(report, first=first)
        return code

    def _look(self, report: Report, *, first: bool) -> None:
        """Warns of each change once; of older ones a monitor that has just begun says nothing."""
        for one in self.keeper.trends(report, HEADLINES):
            told = self._told.setdefault((report.target.id, one.metric), [])
            for change in one.changes:
                self.board.changes[report.target.id, one.metric] = change
                if any(_same(change, known) for known in told):
                    continue
                told.append(change)
                if not first or change.since <= FRESH:
                    _warn(report, one, change)


def _same(one: Change, other: Change) -> bool:
    """Whether the places they may be at overlap: the place of a change moves as reports come in."""
    return one.before.created < other.after.created and other.before.created < one.after.created


def _warn(report: Report, one: MetricTrend, change: Change) -> None:
    what = f"{report.model.name} on {report.target.id}: {change_line(one, change)}"
    EffprofError(what, hint=f"effprof history trend {report.model.name}").show(sys.stderr)


def wait_s(began_s: float, now_s: float, every_s: float) -> float:
    """Until the next multiple of `every_s` since the beginning."""
    return (math.floor((now_s - began_s) / every_s) + 1) * every_s - (now_s - began_s)
