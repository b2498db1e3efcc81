"""`effprof score`: saved reports against a priority profile."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from effprof.formats.judgement_text import Place
    from effprof.formats.text_look import Line, Look
    from effprof.report.report import Report, Score

EPILOG = "Example: effprof score a.json b.json --profile edge"


def score(
    reports: Annotated[list[Path], typer.Argument(metavar="REPORT ...", help="Saved reports.")],
    profile: Annotated[
        str | None, typer.Option(help="Profile to judge by; default: the target's own.")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Score what is there; say how much of the weight.")
    ] = False,
    json: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Write the reports, scored, as JSON.")
    ] = None,
) -> None:
    """Score saved reports again, rank them, show the trade-offs."""
    import sys

    from effprof.formats.text_look import look_of, render
    from effprof.report import codec, save

    scored = [
        _scored(report, profile, partial=partial) for path in reports for report in codec.load(path)
    ]
    if json:
        save.put(codec.dump(scored if len(scored) > 1 else scored[0]), json)
    stream = sys.stderr if json == "-" else sys.stdout
    look = look_of(stream)
    stream.write("\n".join(render(lines, look) for lines in _sections(scored, look)))


def _scored(report: "Report", name: str | None, *, partial: bool) -> "Report":
    from msgspec.structs import replace

    from effprof.judge.score import score
    from effprof.profile import load

    profile = load(name or report.target.profile or report.target.environment)
    return replace(report, score=score(report, profile, partial=partial))


def _sections(reports: "Sequence[Report]", look: "Look") -> "Iterator[list[Line]]":
    """One section a profile: points by different profiles have nothing to do with each other."""
    from effprof.formats import judgement_text as text

    by_profile: dict[str, list[tuple[Report, Score]]] = {}
    for report in reports:
        if report.score:
            by_profile.setdefault(report.score.profile, []).append((report, report.score))
    for name, scored in by_profile.items():
        if len(scored) == 1:
            report, points = scored[0]
            yield [*text.about(report, look), *text.score(points, look)]
        else:
            yield [
                *text.title(f"Ranking by profile {name}", look),
                *text.ranking(_places(scored), look),
            ]


def _places(scored: "Sequence[tuple[Report, Score]]") -> "list[Place]":
    from effprof.formats.judgement_text import Place
    from effprof.judge.score import ranked, told_apart

    order = ranked(scored)
    above = [None, *(points for _, points in order)]
    return [
        Place(report, points, before is not None and not told_apart(before, points))
        for before, (report, points) in zip(above, order, strict=False)
    ]
