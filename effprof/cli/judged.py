"""What `measure` adds to a fresh report: its score by a profile, its verdicts by a budget."""

from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from effprof.base.errors import ExitCode
from effprof.budget import Budget
from effprof.budget import read as read_budget
from effprof.judge.check import check, exit_code
from effprof.judge.score import score
from effprof.profile import Profile
from effprof.profile import load as load_profile
from effprof.report.report import Report


@dataclass(frozen=True, slots=True)
class Judges:
    """Read before the measurement, so that a bad file costs no time."""

    profile: Profile
    budget: Budget | None

    def judged(self, report: Report) -> Report:
        """With score and verdicts; a report cut short gets none: it holds part of a run."""
        if report.unfinished:
            return report
        report = replace(report, score=score(report, self.profile))
        if self.budget is None:
            return report
        return replace(report, verdicts=check(report, self.budget))


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


def verdict_code(report: Report, undecided: str | None) -> ExitCode:
    mapped = undecided if undecided in ("pass", "fail") else None
    return exit_code(report.verdicts, mapped)  # type: ignore[arg-type]
