"""One candidate and its baseline on one target, from files to a finding; and several concluded."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec.structs import replace as with_changes

from effprof.base.errors import EffprofError, ExitCode
from effprof.base.metrics import family
from effprof.budget import Budget
from effprof.gate import drift, judgement, stored
from effprof.gate.drift import Spread
from effprof.gate.run import RACED, Found, Wanted, gate
from effprof.history.place import Place
from effprof.host import Host
from effprof.judge.check import check
from effprof.measure.asked import Asked
from effprof.measure.collect import Watcher
from effprof.measure.prepare import prepare
from effprof.report import codec
from effprof.report.report import Report

_STEADY = ("size", "compute", "quality", "memory")


@dataclass(frozen=True, slots=True)
class Job:
    """`asked` is of the candidate; the baseline is asked for alike but for file and runtime.

    `baseline` is a model or a saved report; `history` says where a host's drift is known from.
    """

    asked: Asked
    baseline: Path
    baseline_runtime: str | None
    wanted: Wanted
    budget: Budget | None = None
    normalise: bool = False
    history: Place | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What a job found, not yet judged among the others."""

    job: Job
    found: Found

    @property
    def interrupted(self) -> bool:
        return self.found.race is not None and self.found.race.stopped == "interrupted"

    @property
    def exit_code(self) -> ExitCode:
        """How the measuring ended; the verdict may still change DONE."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        failed = self.found.race is not None and self.found.race.failed is not None
        return ExitCode.UNFINISHED if failed else ExitCode.DONE


def run(job: Job, jobs: int, host: Host, watcher: Watcher) -> Done:
    """`jobs`: how many there are in all, each of which could fail by chance."""
    asked = job.wanted.metrics
    wanted = replace(
        job.wanted,
        rule=replace(job.wanted.rule, lines=jobs),
        whole=job.budget is not None
        or any(key != RACED and family(key) not in _STEADY for key in asked),
    )
    watcher.phase("looking at the models")
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        found = _found(job, wanted, Path(scratch), host, watcher)
    if job.budget is not None:
        found.candidate = with_changes(found.candidate, verdicts=check(found.candidate, job.budget))
    return Done(job, found)


def _found(job: Job, wanted: Wanted, scratch: Path, host: Host, watcher: Watcher) -> Found:
    began = time.monotonic()
    if is_report(job.baseline):
        base = stored.of_target(codec.load(job.baseline), job.asked, job.baseline)
        candidate = prepare(stored.asked_alike(job.asked, base), scratch, watcher.phase)
        metrics = wanted.metrics or (RACED,)
        known, lack = _spreads(base, job, metrics)
        found = stored.gate(base, candidate, wanted, host, watcher, known, normalise=job.normalise)
        found.notes += [f"this host's history was not read: {lack}"] if lack else []
        found.seconds = time.monotonic() - began
        return found
    other = replace(job.asked, model=job.baseline, runtime=job.baseline_runtime)
    sides = []
    for name, asked in (("base", other), ("candidate", job.asked)):
        folder = scratch / name
        folder.mkdir()
        sides.append(prepare(asked, folder, watcher.phase))
    return gate(sides[0], sides[1], wanted, host, watcher, began)


def _spreads(base: Report, job: Job, metrics: Sequence[str]) -> tuple[Mapping[str, Spread], str]:
    """What history knows, or why it cannot be asked: the gate is only wider without it."""
    try:
        return drift.spreads(base, job.asked.model, job.history, metrics), ""
    except EffprofError as bad:
        return {}, bad.message


def is_report(path: Path) -> bool:
    """By its name: no model is JSON."""
    return path.suffix.lower() == ".json"


def conclude(done: Sequence[Done]) -> list[Report]:
    """A report each, every line judged among all the others."""
    found = [judgement.lines(one.found, one.job.wanted, one.job.asked.target.means) for one in done]
    return [
        judgement.report(one.found, lines, one.job.wanted)
        for one, lines in zip(done, judgement.corrected(found), strict=True)
    ]
