"""`effprof doctor`: what can be measured on this machine, what not, and how to mend it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from effprof.base.errors import ExitCode
from effprof.cli import complete

if TYPE_CHECKING:
    from collections.abc import Sequence

    from effprof.cli.checks.finding import Finding
    from effprof.cli.checks.target import Examined
    from effprof.formats.text_look import Line, Look

EPILOG = """Examples:

  effprof doctor

  effprof doctor -t edge
"""


def doctor(
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            "-t",
            metavar="TARGET",
            help="Only this target: environment, id or YAML path.",
            autocompletion=complete.targets,
        ),
    ] = None,
    json: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Write the findings as JSON.")
    ] = None,
) -> None:
    """What can be measured on this machine, what not, and how to mend it.

    Exit code 0 when the target asked for can be measured here, 3 when it cannot.
    """
    import sys

    from effprof.cli.checks.installation import installation
    from effprof.cli.checks.machine import machine
    from effprof.cli.checks.target import find
    from effprof.formats.text_look import look_of, render

    examined = find(target)
    here = (*machine(), *installation())
    if json:
        _put(here, examined, json)
    if json != "-":
        look = look_of(sys.stdout)
        sys.stdout.write(render(_text(here, examined, look), look))
    if target is not None and not all(one.measurable for one in examined):
        raise typer.Exit(ExitCode.LACKING)


def _text(
    machine: "Sequence[Finding]", examined: "Sequence[Examined]", look: "Look"
) -> "list[Line]":
    from effprof.formats.text_look import Span, Style

    lines: list[Line] = [[Span("this machine", Style.STRONG)], *_findings(machine, look)]
    for one in examined:
        done = {"model": "worked out", "emulate": "emulated"}.get(one.means, "measured")
        verdict = f"{'can' if one.measurable else 'cannot'} be {done} here"
        style = Style.GOOD if one.measurable else Style.BAD
        head = [Span(f"target {one.id}: ", Style.STRONG), Span(verdict, style)]
        lines += [[], head, *_findings(one.findings, look)]
    return lines


def _findings(findings: "Sequence[Finding]", look: "Look") -> "list[Line]":
    from effprof.formats.text_look import Span, Style
    from effprof.formats.text_table import entries

    styles = {"ok": Style.GOOD, "note": Style.DOUBT, "lack": Style.BAD}
    pairs = []
    for one in findings:
        label = Span(f"{one.state:<4}  {one.subject}", styles[one.state])
        advice = [Span(one.advice, Style.DIM)] if one.advice else []
        pairs.append((label, [Span(one.text), *advice]))
    return entries(pairs, look)


def _put(machine: "Sequence[Finding]", examined: "Sequence[Examined]", where: str) -> None:
    from dataclasses import asdict

    from effprof import __version__, host
    from effprof.cli.output import put_json

    document: dict[str, Any] = {
        "schema": "effprof.doctor/1",
        "effprof": __version__,
        "host": asdict(host.describe()),
        "machine": [asdict(one) for one in machine],
        "targets": [{**asdict(one), "measurable": one.measurable} for one in examined],
    }
    put_json(document, where)
