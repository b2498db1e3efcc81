"""`effprof schema`: the JSON Schema of each kind of file."""

from typing import Annotated

import typer

from effprof.base.errors import RequestError, nearest_name

EPILOG = "Example: effprof schema report"


def schema(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="[report|target|profile|budget|comparison|variants|history|trend]",
            help="Kind of file.",
        ),
    ] = "report",
) -> None:
    """Print the JSON Schema of a kind of file."""
    import json

    from effprof.report import save
    from effprof.report.schema import KINDS, schema

    for known in KINDS:
        if kind == known:
            save.put(json.dumps(schema(known), indent=2) + "\n", "-")
            return
    raise RequestError(f"schema {kind}: no such kind of file", hint=nearest_name(kind, KINDS))
