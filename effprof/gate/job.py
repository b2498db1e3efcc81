"""One candidate and its baseline on one target, from files to a finding; and several concluded."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from effprof.base.errors import ExitCode
from effprof.gate import judgement
from effprof.gate.run import Found, Wanted, gate
from effprof.host import Host
from effprof.measure.collect import Watcher
from effprof.measure.prepare import Asked, prepare
from effprof.report.report import Report


@dataclass(frozen=True, slots=True)
class Job:
    """`asked` is of the candidate; the baseline is asked for alike but for file and runtime."""

    asked: Asked
    baseline: Path
    baseline_runtime: str | None
    wanted: Wanted


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
    asked = job.asked
    wanted = replace(job.wanted, rule=replace(job.wanted.rule, lines=jobs))
    watcher.phase("looking at the models")
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        folders = [Path(scratch) / name for name in ("base", "candidate")]
        for folder in folders:
            folder.mkdir()
        base = replace(asked, model=job.baseline, runtime=job.baseline_runtime)
        sides = [
            prepare(one, folder, watcher.phase)
            for one, folder in zip((base, asked), folders, strict=True)
        ]
        return Done(job, gate(sides[0], sides[1], wanted, host, watcher))


def conclude(done: Sequence[Done]) -> list[Report]:
    """A report each, every line judged among all the others."""
    found = [judgement.lines(one.found, one.job.wanted, one.job.asked.target.means) for one in done]
    return [
        judgement.report(one.found, lines, one.job.wanted)
        for one, lines in zip(done, judgement.corrected(found), strict=True)
    ]
