"""Every target that was asked for, measured and shown one after the other."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import typer

from effprof.base.errors import EffprofError, ExitCode, SetupError
from effprof.base.vocabulary import CountsAs
from effprof.cli.judged import Judges, judges, worst
from effprof.cli.kept import Keeper
from effprof.cli.output import Destination, tell
from effprof.formats.progress import Progress, silent
from effprof.formats.text import quiet_for, text_for
from effprof.host import describe
from effprof.judge.check import exit_code
from effprof.measure.asked import Asked
from effprof.measure.prepare import look, made_ready, prepare
from effprof.measure.prepared import Prepared
from effprof.measure.run import measure
from effprof.report.report import Report


@dataclass(frozen=True, slots=True)
class Desk:
    """Where finished reports go: to the reader, to the history, to files."""

    destination: Destination
    keeper: Keeper | None
    quiet: bool
    verbose: bool

    def progress(self) -> Progress:
        return silent() if self.quiet else Progress(sys.stderr)

    def take(self, report: Report) -> None:
        """Each way, whatever becomes of the others; the table is last."""
        stream = sys.stderr if self.destination.stdout_taken else sys.stdout
        show = quiet_for if self.quiet else partial(text_for, verbose=self.verbose)
        with ExitStack() as last:
            last.callback(tell, stream, show(stream, report))
            if self.keeper is not None:
                last.callback(self.keeper.keep, report)
            self.destination.add(report)

    def close(self) -> None:
        self.destination.finish()
        if self.keeper is not None:
            self.keeper.close()


def measure_all(
    asked: Sequence[Asked],
    profile: str | None,
    budget: Path | None,
    undecided: CountsAs | None,
    desk: Desk,
) -> ExitCode:
    """Shows each as it is done; the worst exit code. `undecided`: what a budget's counts as."""
    panels = [judges(profile or one.target.profile, budget) for one in asked]
    codes: list[ExitCode] = []
    try:
        for one, panel in zip(asked, panels, strict=True):
            codes += _codes(one, panel, undecided, desk, alone=len(asked) == 1)
            if ExitCode.INTERRUPTED in codes:
                break
    finally:  # also when Ctrl-C comes between two targets: what is finished is written
        desk.close()
    return worst(codes)


def _codes(
    asked: Asked, panel: Judges, undecided: CountsAs | None, desk: Desk, *, alone: bool
) -> Iterator[ExitCode]:
    """Of one target, measured and shown; an error of one among several does not stop the others."""
    try:
        with desk.progress() as progress:
            report, code = measure_one(asked, panel, desk.destination, progress)
        yield code
        yield exit_code(report.verdicts, undecided)
        desk.take(report)
    except EffprofError as error:
        if alone:
            raise
        error.show(sys.stderr)
        yield error.exit_code


def measure_one(
    asked: Asked, panel: Judges, destination: Destination, progress: Progress
) -> tuple[Report, ExitCode]:
    """The judged report; its trials so far are at the destination before the next one starts."""
    if asked.device is not None:
        report = _measure_attached(asked, asked.device, progress)
        return panel.judged(report), ExitCode.DONE
    progress.phase("looking at the model")
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        prepared = _with_setup(partial(prepare, asked, Path(scratch), progress.phase), progress)
        outcome = measure(prepared, describe(), progress, destination.keeper())
    return panel.judged(outcome.report), outcome.exit_code


def _with_setup(ready: Callable[[], Prepared], progress: Progress) -> Prepared:
    """What `ready` makes, once more where it lacked what could be set up meanwhile."""
    try:
        return ready()
    except SetupError as lack:
        if not _offered(lack, progress):
            raise
    return ready()


def _offered(lack: SetupError, progress: Progress) -> bool:
    """On a terminal: whether what is lacking was to be made now, and was. A script is told only."""
    from effprof.cli.setup import make

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    progress.close()
    typer.echo(f"effprof: {lack.message}", err=True)
    if not typer.confirm(f"Make it now (effprof setup {lack.setup})?", err=True):
        return False
    make(lack.setup)
    return True


def _measure_attached(asked: Asked, word: str, progress: Progress) -> Report:
    """On a phone. A request that makes no sense is refused before one is looked for, and whether
    there is one is known before the model is converted.
    """
    from effprof.device.adb import attach
    from effprof.measure import attached

    attached.check(asked, word)
    progress.phase("looking at the model")
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        looked = look(asked, Path(scratch))
        attached.check_file(looked)
        phone = attach(word)
        ready = partial(made_ready, looked, Path(scratch), progress.phase)
        return attached.measure(_with_setup(ready, progress), phone, describe(), progress).report
