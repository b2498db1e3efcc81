"""`effprof report`: saved reports written down for other readers than the terminal's."""

from typing import TYPE_CHECKING, Annotated

import typer

from effprof.cli import options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from effprof.report.bundle import Bundle
    from effprof.report.report import Report
    from effprof.report.trend import SeriesTrend

EPILOG = """Examples:

  effprof report report.json --html report.html

  effprof report fp32.json int8.json --html compared.html

  effprof report base.json new.json --markdown comment.md --junit verdicts.xml

  effprof report reports/*.json --csv - > figures.csv

  effprof report report.json --openmetrics effprof.prom
"""


def report(
    reports: options.Reports,
    html: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="A page that opens offline: charts, tables, advice."),
    ] = None,
    markdown: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="For a pull request: verdicts, the rest folded."),
    ] = None,
    junit: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="XML: each verdict is a test case.")
    ] = None,
    csv: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="A row for each metric of each report.")
    ] = None,
    openmetrics: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="What Prometheus reads, as text.")
    ] = None,
    history: Annotated[
        bool | None,
        typer.Option("--history/--no-history", help="Trends of several reports. Default: shown."),
    ] = None,
    db: options.DbRead = None,
    format_: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="NAME=FILE", help="A format of a plugin; may repeat."),
    ] = None,
) -> None:
    """Write saved reports down in other formats; without one, show them as measure did.

    Several reports are also compared with the first, and ranked where they are scored.
    """
    import sys

    from effprof.cli.over_time import trends_of
    from effprof.formats.text import text_for
    from effprof.report import codec

    loaded = [one for path in reports for one in codec.load(path)]
    wanted = {"html": html, "markdown": markdown, "junit": junit, "csv": csv}
    wanted["openmetrics"] = openmetrics
    wanted |= _named(format_ or ())
    if not any(wanted.values()):
        sys.stdout.write("\n".join(text_for(sys.stdout, one) for one in loaded))
    write(loaded, wanted, trends_of(loaded, history=history, db=db) if html else ())


def _named(words: "Sequence[str]") -> "dict[str, str | None]":
    """Destinations by the name of the format, out of `NAME=FILE`."""
    from effprof.base.errors import RequestError

    pairs = [word.partition("=") for word in words]
    for word, (name, _, where) in zip(words, pairs, strict=True):
        if not (name and where):
            raise RequestError(f"--format {word}: not NAME=FILE", hint="as in --format text=a.txt")
    return {name: where for name, _, where in pairs}


def write(
    reports: "Sequence[Report]",
    wanted: "Mapping[str, str | None]",
    trends: "Sequence[SeriesTrend]" = (),
) -> None:
    """Each format that has a destination, by its name among the plugins; `-` is stdout."""
    from effprof import plugins
    from effprof.base.errors import RequestError
    from effprof.report import save

    given = {name: where for name, where in wanted.items() if where is not None}
    if list(given.values()).count("-") > 1:
        flags = " and ".join(f"--{name}" for name, where in given.items() if where == "-")
        raise RequestError(f"{flags} cannot both be stdout", hint="name a file for one of them")
    writers = {name: plugins.format_(name) for name in given}
    bundle = together(reports, trends) if given else None
    for name, where in given.items():
        assert bundle is not None
        save.put(writers[name](bundle), where)


def together(reports: "Sequence[Report]", trends: "Sequence[SeriesTrend]" = ()) -> "Bundle":
    """The reports with what is judged of them: all against the first, and their order."""
    from effprof.base.errors import ReportError
    from effprof.base.pareto import knee_of_sweep
    from effprof.judge.compare import compare
    from effprof.judge.ranking import rankings
    from effprof.report.bundle import Bundle

    compared, apart = [], []
    for other in reports[1:]:
        try:
            compared.append(compare(reports[0], other, anyway=True))
        except ReportError as why:
            apart.append(why.message)
    return Bundle(
        tuple(reports),
        tuple(compared),
        rankings(reports),
        tuple(apart),
        knees=tuple(knee_of_sweep(one.sweep) for one in reports),
        trends=tuple(trends),
    )
