"""What `measure` adds to a fresh report: its score by a profile, its verdicts by a budget."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from effprof.base.errors import ExitCode
from effprof.budget import Budget
from effprof.budget import read as read_budget
from effprof.judge.advice import advise
from effprof.judge.check import check
from effprof.judge.score import score
from effprof.profile import Profile
from effprof.profile import load as load_profile
from effprof.report.report import MissingPart, Report


@dataclass(frozen=True, slots=True)
class Judges:
    """Read before the measurement, so that a bad file costs no time."""

    profile: Profile
    budget: Budget | None

    def judged(self, report: Report) -> Report:
        """With score, advice and verdicts; a report cut short gets none: it holds part of a run."""
        report = _with_absent(report, self._wanted())
        if report.unfinished:
            return report
        report = replace(report, score=score(report, self.profile))
        report = replace(report, advice=advise(report))
        if self.budget is None:
            return report
        return replace(report, verdicts=check(report, self.budget))

    def _wanted(self) -> Iterable[str]:
        limits = self.budget.limits if self.budget else ()
        names = (*(aim.metric for aim in self.profile.aims), *(one.metric for one in limits))
        return dict.fromkeys(names)


def _with_absent(report: Report, wanted: Iterable[str]) -> Report:
    """Also what a profile or budget asked for and no part of the target speaks of is `missing`."""
    known = {*report.metrics, *(part.metric for part in report.missing)}
    absent = tuple(_absent(metric, report) for metric in wanted if metric not in known)
    return replace(report, missing=report.missing + absent)


def _absent(metric: str, report: Report) -> MissingPart:
    if metric in ("throughput.peak", "throughput.peak_batch", "throughput.scaling"):
        hint = "--scenario offline --batch 1,8,32"
        return MissingPart(metric, "it takes a sweep over several batches", hint)
    if metric in ("latency.under_load.p99", "deadline.miss_rate", "throughput.at_deadline"):
        hint = "--scenario server --deadline 50ms"
        return MissingPart(metric, "it takes the server scenario", hint)
    reason = f"nothing on target {report.target.id} measures it or works it out"
    return MissingPart(metric, reason)


def judges(profile: str, budget: Path | None) -> Judges:
    return Judges(load_profile(profile), read_budget(budget) if budget else None)


def worst(codes: list[ExitCode]) -> ExitCode:
    """Of several targets: what stopped the work outweighs a verdict, a failure an indecision."""
    order = (
        ExitCode.DONE,
        ExitCode.UNDECIDED,
        ExitCode.FAILED,
        ExitCode.UNFINISHED,
        ExitCode.LACKING,
        ExitCode.REQUEST,
        ExitCode.INTERRUPTED,
    )
    return max(codes, key=order.index, default=ExitCode.DONE)
