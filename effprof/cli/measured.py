"""Every target that was asked for, measured and shown one after the other."""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
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
from effprof.measure.prepare import prepare
from effprof.measure.run import measure
from effprof.report.report import Report


def measure_all(
    asked: Sequence[Asked],
    profile: str | None,
    budget: Path | None,
    undecided: CountsAs | None,
    destination: Destination,
    keeper: Keeper | None,
    *,
    quiet: bool,
    verbose: bool,
) -> ExitCode:
    """Shows each as it is done; the worst exit code. `undecided`: what a budget's counts as."""
    stream = sys.stderr if destination.stdout_taken else sys.stdout
    panels = [judges(profile or one.target.profile, budget) for one in asked]
    codes: list[ExitCode] = []
    try:
        for one, panel in zip(asked, panels, strict=True):
            try:
                with silent() if quiet else Progress(sys.stderr) as progress:
                    report, code = measure_one(one, panel, destination, progress)
                codes += [code, exit_code(report.verdicts, undecided)]
                show = quiet_for if quiet else partial(text_for, verbose=verbose)
                with ExitStack() as last:  # each, whatever becomes of the others; the table is last
                    last.callback(tell, stream, show(stream, report))
                    if keeper is not None:
                        last.callback(keeper.keep, report)
                    destination.add(report)
            except EffprofError as error:
                if len(asked) == 1:
                    raise
                error.show(sys.stderr)
                codes.append(error.exit_code)
            if ExitCode.INTERRUPTED in codes:
                break
    finally:  # also when Ctrl-C comes between two targets: what is finished is written
        destination.finish()
        if keeper is not None:
            keeper.close()
    return worst(codes)


def measure_one(
    asked: Asked, panel: Judges, destination: Destination, progress: Progress
) -> tuple[Report, ExitCode]:
    """The judged report; its trials so far are at the destination before the next one starts."""
    if asked.device is not None:
        report = _measure_attached(asked, asked.device, progress)
        return panel.judged(report), ExitCode.DONE
    progress.phase("looking at the model")
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        try:
            prepared = prepare(asked, Path(scratch), progress.phase)
        except SetupError as lack:
            if not _offered(lack, progress):
                raise
            prepared = prepare(asked, Path(scratch), progress.phase)
        outcome = measure(prepared, describe(), progress, destination.keeper())
    return panel.judged(outcome.report), outcome.exit_code


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
    """On a phone; whether there is one is known before the model is looked at."""
    from effprof.device.adb import attach
    from effprof.measure import attached

    attached.check(asked)
    phone = attach(word)
    progress.phase("looking at the model")
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        prepared = prepare(asked, Path(scratch))
        outcome = attached.measure(prepared, phone, asked.benchmark_binary, describe(), progress)
    return outcome.report
