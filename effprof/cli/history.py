"""`effprof history`: what was measured before."""

from typing import Annotated

import typer

from effprof.base.errors import RequestError
from effprof.cli import complete, options, words

EPILOG = """Examples:

  effprof history list model.onnx -t edge

  effprof history trend model.onnx --metric latency.p50

  effprof history export - --db postgresql://db.example.org/team
"""

# What each takes beside --db; --json where it has something to say.
_TAKES = {
    "list": {"--target", "--host", "--branch", "--last", "--json"},
    "show": {"--json"},
    "trend": {"--target", "--host", "--branch", "--metric", "--last", "--json"},
    "prune": {"--target", "--host", "--branch", "--keep", "--older-than", "--yes"},
    "export": {"--target", "--host", "--branch"},
    "import": set[str](),
}
_OF_A_MODEL = ("list", "trend", "prune")
_NEEDED = {"show": "effprof history list shows ids", "import": "a file of JSON lines, or -"}
_LISTED = 20


def history(
    action: Annotated[
        str,
        typer.Argument(metavar="[list|show|trend|prune|export|import]", help="What to do."),
    ] = "list",
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL|ID|FILE]",
            help="list, trend, prune: a model's name; show: an id; export, import: a file or -.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            "-t",
            metavar="TARGET",
            help="Of this target only.",
            autocompletion=complete.targets,
        ),
    ] = None,
    host: Annotated[
        str | None, typer.Option(metavar="HOST", help="Of hosts whose fingerprint begins so.")
    ] = None,
    branch: Annotated[
        str | None, typer.Option(metavar="NAME", help="Measured on this git branch only.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="M",
            help="trend: of this metric, or all; may repeat.",
            autocompletion=complete.metrics,
        ),
    ] = None,
    last: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="The newest N: list 20, trend 1000 a series."),
    ] = None,
    keep: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="prune: all but the newest N a series.")
    ] = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="TIME", help="prune: those older than this, as 90d.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="prune: without asking.")] = False,
    json: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="list, show, trend: write it as JSON.")
    ] = None,
    db: options.DbRead = None,
) -> None:
    """The reports that were kept: list them, show one, how a metric went and where it changed.

    prune removes reports for good; export and import move them as JSON lines.
    """
    from pathlib import Path

    from effprof.history.place import chosen
    from effprof.history.wanted import Wanted

    given = {
        "--target": target, "--host": host, "--branch": branch, "--metric": metric,
        "--last": last, "--keep": keep, "--older-than": older_than, "--yes": yes or None,
        "--json": json,
    }  # fmt: skip
    _check(action, what, {flag for flag, value in given.items() if value is not None})
    where, word = chosen(db), what or "-"
    model = Path(what).name if what is not None and action in _OF_A_MODEL else None
    wanted = Wanted(model, target, host, branch)
    if action == "list":
        from effprof.cli.listed import listed

        listed(where, wanted, last or _LISTED, json)
        return
    if action in ("show", "trend"):
        from effprof.cli import recall

        if action == "show":
            recall.shown(where, word, json)
        else:
            recall.trend(where, wanted, metric or (), last, json)
        return
    from effprof.cli import upkeep

    if action == "prune":
        upkeep.prune(where, wanted, keep, older_than, sure=yes)
    elif action == "export":
        upkeep.export(where, wanted, word)
    else:
        upkeep.bring(where, word)


def _check(action: str, what: str | None, flags: set[str]) -> None:
    words.refuse_other_action("history", action, _TAKES)
    if idle := sorted(flags - _TAKES[action]):
        hint = f"it takes {', '.join(sorted({*_TAKES[action], '--db'}))}"
        raise RequestError(f"{idle[0]} says nothing to history {action}", hint=hint)
    if what is None and action in _NEEDED:
        raise RequestError(f"history {action}: which one?", hint=_NEEDED[action])
