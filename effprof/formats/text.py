"""A report as a person reads it on a terminal: what it costs, how sure that is, what to do next."""

from typing import TextIO

from effprof.formats import gate_text, judgement_text
from effprof.formats.text_detail import busiest, operators, sweep, trials
from effprof.formats.text_firmware import firmware
from effprof.formats.text_headline import heading, headline
from effprof.formats.text_look import Line, Look, Span, Style, look_of, render, wrap
from effprof.formats.text_metrics import here, metrics, missing
from effprof.formats.text_next import next_step
from effprof.formats.text_run import settings
from effprof.formats.text_sustained import sustained
from effprof.formats.text_table import entries
from effprof.report.bundle import Bundle
from effprof.report.report import Report

_NARROWEST = 40
_ONE_LINE = 1000


def text(
    report: Report,
    *,
    width: int = 80,
    verbose: bool = False,
    colour: bool = False,
    ascii_only: bool = False,
) -> str:
    """The whole report, no line wider than `width` (40 at least), ending in a newline."""
    look = Look(max(width, _NARROWEST), colour, ascii_only)
    limits = gate_text.limits_of(report)
    sections = [
        [*heading(report, look), *_unfinished(report, look)],
        metrics(report, look),
        here(report, look),
        firmware(report, look),
        *([sweep(report, look), operators(report, look)] if verbose else [busiest(report, look)]),
        sustained(report, look, verbose=verbose),
        _titled("Score", judgement_text.score(report.score, look) if report.score else []),
        gate_text.gate(report, look),
        _titled("Budget", judgement_text.verdicts(limits, look) if limits else []),
        judgement_text.advice(report.advice, look),
        missing(report.missing, look),
        _warnings(report, look),
        settings(report, look),
        trials(report, look) if verbose else [],
        next_step(report, look, verbose=verbose),
    ]
    lines: list[Line] = []
    for section in filter(None, sections):
        lines += [[], *section] if lines else section
    return render(lines, look)


def plain(bundle: Bundle) -> str:
    """Every report, as `report` shows it in a pipe."""
    return "\n".join(text(report) for report in bundle.reports)


def text_for(stream: TextIO, report: Report, *, verbose: bool = False) -> str:
    """The text as `stream` can show it: its width, colour on a terminal, its encoding."""
    look = look_of(stream)
    return text(
        report,
        width=look.width,
        verbose=verbose,
        colour=look.colour,
        ascii_only=look.ascii_only,
    )


def quiet(report: Report, *, ascii_only: bool = False) -> str:
    """The first line alone, for --quiet; as long as it needs to be. What failed says why."""
    look = Look(_ONE_LINE, ascii_only=ascii_only)
    why = [Span(f": {report.unfinished}")] if report.unfinished else []
    return render([[*headline(report, look), *why]], look)


def quiet_for(stream: TextIO, report: Report) -> str:
    """The first line alone, in marks that `stream` can encode."""
    return quiet(report, ascii_only=look_of(stream).ascii_only)


def _unfinished(report: Report, look: Look) -> list[Line]:
    if not report.unfinished:
        return []
    why = f"{report.unfinished.rstrip('.')}. What was measured until then:"
    return [[Span(line, Style.DOUBT)] for line in wrap(why, look.width, look)]


def _titled(title: str, lines: list[Line]) -> list[Line]:
    return [[Span(title, Style.STRONG)], *lines] if lines else []


def _warnings(report: Report, look: Look) -> list[Line]:
    pairs = [
        (Span(warning.code, Style.DOUBT), [warning.text, f"→ {warning.advice}"])
        for warning in report.warnings
    ]
    return _titled("Warnings", entries(pairs, look))
