"""The gates of all models and targets: run in turn, judged together, shown and kept."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TextIO

from effprof.base.errors import EffprofError, ExitCode
from effprof.base.vocabulary import CountsAs
from effprof.cli.judged import worst
from effprof.cli.kept import Keeper
from effprof.cli.output import Destination, tell
from effprof.formats.gate_text import verdict_line, whole
from effprof.formats.progress import Progress, silent
from effprof.formats.text_look import look_of, render
from effprof.gate.job import Done, Job, conclude, run
from effprof.host import describe
from effprof.judge.check import exit_code
from effprof.report.report import Report


def gate_all(
    jobs: Sequence[Job],
    undecided: CountsAs | None,
    destination: Destination,
    keeper: Keeper | None,
    *,
    quiet: bool,
) -> ExitCode:
    """Every target; then all lines together, one verdict, the worst exit code."""
    stream = sys.stderr if destination.stdout_taken else sys.stdout
    with silent() if quiet else Progress(sys.stderr) as progress:
        done, codes = _run_all(jobs, progress)
    reports = conclude(done)
    codes += [_code(exit_code(report.verdicts, undecided), report) for report in reports]
    with ExitStack() as rest:  # each, whatever becomes of the others: files, verdict, history
        if keeper is not None:
            rest.callback(keeper.close)
            rest.callback(_keep, reports, keeper)
        rest.callback(tell, stream, _shown(reports, stream, quiet=quiet))
        for report in reports:
            destination.add(report)
        destination.finish()
    return worst(codes)


def _code(judged: ExitCode, report: Report) -> ExitCode:
    """What was not looked at is no verdict, whatever `--undecided` says."""
    return ExitCode.UNFINISHED if report.unfinished else judged


def _keep(reports: Sequence[Report], keeper: Keeper) -> None:
    for report in reports:
        keeper.keep(report)


def _shown(reports: Sequence[Report], stream: TextIO, *, quiet: bool) -> str:
    if quiet:
        return "".join(f"{verdict_line(report)}\n" for report in reports)
    look = look_of(stream)
    return "\n".join(render(whole(report, look), look) for report in reports)


def _run_all(jobs: Sequence[Job], progress: Progress) -> tuple[list[Done], list[ExitCode]]:
    """What was gated, and the codes of what could not be."""
    host = describe()
    done: list[Done] = []
    codes: list[ExitCode] = []
    for job in jobs:
        try:
            one = run(job, len(jobs), host, progress)
        except EffprofError as error:
            if len(jobs) == 1:
                raise
            progress.close()
            error.show(sys.stderr)
            codes.append(error.exit_code)
            continue
        except KeyboardInterrupt:
            if not done:
                raise
            codes.append(ExitCode.INTERRUPTED)
            break
        done.append(one)
        codes.append(one.exit_code)
        if one.interrupted:
            break
    return done, codes
