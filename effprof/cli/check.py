"""`effprof check`: a saved report against absolute limits."""

from pathlib import Path
from typing import Annotated

import typer

from effprof.base.vocabulary import CountsAs
from effprof.cli import options

EPILOG = """Examples:

  effprof check report.json --budget limits.yaml

  effprof check reports/*.json --budget limits.yaml --undecided fail
"""


def check(
    reports: options.Reports,
    budget: Annotated[Path, typer.Option(metavar="FILE", help="The limits, as YAML.")],
    undecided: Annotated[
        CountsAs | None,
        typer.Option(help="What undecided counts as; default: exit code 5."),
    ] = None,
    json: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Write the report with its verdicts.")
    ] = None,
) -> None:
    """Check reports against a budget: pass, fail or undecided, line by line."""
    import sys

    from msgspec.structs import replace

    from effprof.base.errors import ExitCode
    from effprof.budget import read
    from effprof.formats import judgement_text as text
    from effprof.formats.text_look import look_of, render
    from effprof.judge.check import check, exit_code
    from effprof.report import codec, save

    limits = read(budget)
    loaded = [report for path in reports for report in codec.load(path)]
    checked = [replace(one, verdicts=check(one, limits)) for one in loaded]
    if json:
        save.put(codec.dump(checked if len(checked) > 1 else checked[0]), json)
    stream = sys.stderr if json == "-" else sys.stdout
    look = look_of(stream)
    sections = [
        [*text.about(one, look), *text.unfinished(one, look), *text.verdicts(one.verdicts, look)]
        for one in checked
    ]
    stream.write("\n".join(render(lines, look) for lines in sections))
    verdicts = [verdict for one in checked for verdict in one.verdicts]
    code = exit_code(verdicts, undecided)
    if code is not ExitCode.FAILED and any(one.unfinished for one in checked):
        code = ExitCode.UNFINISHED  # nobody looked, whatever undecided counts as
    raise typer.Exit(code)
