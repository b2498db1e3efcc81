"""`effprof score`: saved reports against a priority profile."""

from typing import TYPE_CHECKING, Annotated

import typer

from effprof.cli import complete, options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from effprof.formats.text_look import Line, Look
    from effprof.profile import Profile
    from effprof.report.ranking import Ranking
    from effprof.report.report import Report

EPILOG = """Examples:

  effprof score a.json b.json --profile edge

  effprof score *.json --frontier latency.p99,size.model --sensitivity
"""


def score(
    reports: options.Reports,
    profile: Annotated[
        str | None,
        typer.Option(
            help="Profile to judge by; default: the target's own.",
            autocompletion=complete.profiles,
        ),
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Score what is there; say how much of the weight.")
    ] = False,
    frontier: Annotated[
        str | None,
        typer.Option(
            metavar="METRIC,METRIC[,METRIC]",
            help="Metrics to trade off. Default: the profile's two heaviest, from 3 reports on.",
        ),
    ] = None,
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="Does the order hold if weights move by 20 %?")
    ] = False,
    json: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Write the reports, scored, as JSON.")
    ] = None,
) -> None:
    """Score saved reports again, rank them, show the trade-offs."""
    import sys

    from effprof.formats.text_look import look_of, render
    from effprof.judge.frontier import metrics_of
    from effprof.judge.ranking import rankings
    from effprof.report import codec, save

    keys = metrics_of(frontier) if frontier else None
    loaded = [report for path in reports for report in codec.load(path)]
    _refuse_idle_flags(loaded, {"--frontier": frontier, "--sensitivity": sensitivity})
    scored = _scored(loaded, profile, partial=partial)
    found = rankings(scored, keys, firmness=sensitivity)
    if json:
        save.put(codec.dump(scored, found) if len(scored) > 1 else codec.dump(scored[0]), json)
    stream = sys.stderr if json == "-" else sys.stdout
    look = look_of(stream)
    stream.write("\n".join(render(lines, look) for lines in _sections(scored, found, look)))


def _refuse_idle_flags(reports: "Sequence[Report]", flags: dict[str, str | bool | None]) -> None:
    from effprof.base.errors import RequestError

    idle = [flag for flag, value in flags.items() if value]
    if len(reports) < 2 and idle:
        raise RequestError(f"{idle[0]} says nothing of one report", hint="name two or more")


def _scored(reports: "Sequence[Report]", name: str | None, *, partial: bool) -> "list[Report]":
    from msgspec.structs import replace

    from effprof.judge.advice import advise
    from effprof.judge.score import score
    from effprof.profile import load

    names = [name or one.target.profile or one.target.environment for one in reports]
    profiles: dict[str, Profile] = {one: load(one) for one in dict.fromkeys(names)}
    scored = [
        replace(one, score=score(one, profiles[its], partial=partial))
        for one, its in zip(reports, names, strict=True)
    ]
    return [replace(one, advice=advise(one)) for one in scored]


def _sections(
    reports: "Sequence[Report]", found: "Sequence[Ranking]", look: "Look"
) -> "Iterator[list[Line]]":
    """One a profile: points by different profiles have nothing to do with each other."""
    from effprof.formats import judgement_text as text
    from effprof.formats.ranking_text import ranking

    among = {place.report for one in found for place in one.places}
    for at, report in enumerate(reports):
        if at not in among and report.score:
            yield [
                *text.about(report, look),
                *text.score(report.score, look),
                *([[], *text.advice(report.advice, look)] if report.advice else []),
            ]
    for one in found:
        yield ranking(one, reports, look)
