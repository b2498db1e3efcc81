"""`effprof compare`: what got better, what got worse, what cannot be told apart."""

from pathlib import Path
from typing import Annotated

import typer

EPILOG = """Examples:

  effprof compare fp32.json int8.json

  effprof compare here.json there.json --anyway
"""


def compare(
    base: Annotated[Path, typer.Argument(metavar="BASE", help="The report to compare with.")],
    others: Annotated[
        list[Path], typer.Argument(metavar="OTHER ...", help="The reports that are compared.")
    ],
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Also where host, target, batch or the like differ."),
    ] = False,
    json: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Write the comparisons as JSON.")
    ] = None,
) -> None:
    """Compare reports with BASE: every metric side by side, and the trade in one sentence.

    Better or worse is told by the interval of the ratio. A modelled figure is never held against
    a measured one. Reports whose figures mean different things are refused, by name.
    """
    import sys

    from effprof.formats.comparison_text import comparison
    from effprof.formats.text_look import look_of, render
    from effprof.judge.compare import compare as beside
    from effprof.judge.compare import pairs
    from effprof.report import codec, save
    from effprof.report.comparison import COMPARISON, Comparisons

    loaded = [report for path in others for report in codec.load(path)]
    found = [beside(*pair, anyway=anyway) for pair in pairs(codec.load(base), loaded)]
    if json:
        save.put(codec.dump_plain(Comparisons(COMPARISON, tuple(found))), json)
    stream = sys.stderr if json == "-" else sys.stdout
    look = look_of(stream)
    stream.write("\n".join(render(comparison(one, look), look) for one in found))
