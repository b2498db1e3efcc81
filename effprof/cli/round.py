"""Every variant on one target, measured one after the other: timing wants the machine alone."""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from effprof.base.errors import EffprofError, ExitCode
from effprof.base.standing import Standing
from effprof.cli.judged import Judges, worst
from effprof.formats.progress import Progress
from effprof.host import describe
from effprof.judge.recommend import Candidate
from effprof.measure.asked import Asked
from effprof.measure.prepare import prepare
from effprof.measure.prepared import Prepared
from effprof.measure.run import measure
from effprof.report.report import Report

Wanted = Sequence[tuple[str, Asked | str]]


class Pace:
    """How many there are, how many are done, and so how long the rest may take."""

    def __init__(self, total: int) -> None:
        self._total, self._at, self._began_s = total, 0, time.monotonic()

    def next(self, name: str) -> str:
        """Words of the one that begins now."""
        done, self._at = self._at, self._at + 1
        told = f"{self._at} of {self._total}"
        if done:
            each_s = (time.monotonic() - self._began_s) / done
            told += f", about {max(1, round(each_s * (self._total - done) / 60))} min left"
        return f"{name} ({told})"


class Headed:
    """A watcher that says which variant it is before what is done with it."""

    def __init__(self, head: str, progress: Progress) -> None:
        self._head, self._progress = head, progress
        self.phase("preparing")

    def phase(self, text: str) -> None:
        self._progress.phase(f"{self._head}: {text}")

    def trial(self, now: Standing) -> None:
        """How the trials of one stand says less here than which one it is."""


def measured(
    wanted: Wanted, panel: Judges, reports: list[Report], pace: Pace
) -> tuple[list[Candidate], ExitCode]:
    """Every variant, or why not; the reports are added to `reports`.

    The exit code is that of the errors where no variant could be measured, else 0; where Ctrl-C
    came it says so, and what is left is named among the candidates.
    """
    tried: list[Candidate] = []
    codes: list[ExitCode] = []
    before = len(reports)
    try:
        for candidate, code in _each(wanted, panel, pace, len(reports)):
            tried.append(candidate)
            codes += [] if code is None else [code]
            reports += [] if candidate.report is None else [candidate.report]
    except KeyboardInterrupt:
        left = wanted[len(tried) :]
        tried += [
            Candidate(name, None, why="interrupted before it was measured") for name, _ in left
        ]
        return tried, ExitCode.INTERRUPTED
    return tried, worst(codes) if len(reports) == before else ExitCode.DONE


def _each(
    wanted: Wanted, panel: Judges, pace: Pace, place: int
) -> Iterator[tuple[Candidate, ExitCode | None]]:
    seen: dict[str, str] = {}  # sha256 of what runs -> the variant that it is
    for name, asked in wanted:
        if isinstance(asked, str):
            yield Candidate(name, None, why=asked), None
            continue
        try:
            with Progress(sys.stderr) as progress:
                head = Headed(pace.next(f"{name} on {asked.target.id}"), progress)
                found = _one(asked, panel, head, name, seen)
        except EffprofError as bad:
            yield Candidate(name, None, why=bad.message), bad.exit_code
            continue
        if isinstance(found, str):
            yield Candidate(name, None, why=f"the file it becomes is that of {found}"), None
        elif found.unfinished:
            why = f"not finished: {found.unfinished}"
            yield Candidate(name, None, why=why), ExitCode.UNFINISHED
        else:
            yield Candidate(name, found, place), None
            place += 1


def _one(
    asked: Asked, panel: Judges, head: Headed, name: str, seen: dict[str, str]
) -> Report | str:
    """The report, or the variant before that is the same file: it is not measured again."""
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        prepared = prepare(asked, Path(scratch), head.phase)
        twin = seen.setdefault(_deployed(prepared), name)
        if twin != name:
            return twin
        outcome = measure(prepared, describe(), head, None)
    if outcome.exit_code is ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    return panel.judged(outcome.report)


def _deployed(prepared: Prepared) -> str:
    return " ".join(model.sha256 for model in prepared.deployed.models.values())
