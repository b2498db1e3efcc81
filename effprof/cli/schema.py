"""`effprof schema`: the JSON Schema of each kind of file, and a dashboard of what they hold."""

from typing import Annotated

import typer

from effprof.base.errors import RequestError, nearest_name

EPILOG = """Examples:

  effprof schema report

  effprof schema dashboard > effprof.json
"""


def schema(
    kind: Annotated[
        str,
        typer.Argument(
            metavar=(
                "[report|target|profile|budget|comparison|variants|history|trend|project|dashboard]"
            ),
            help="Kind of file, or what Grafana imports.",
        ),
    ] = "report",
) -> None:
    """Print the JSON Schema of a kind of file; `dashboard` prints one for Grafana."""
    from importlib.resources import files

    from effprof.cli.output import put_json
    from effprof.report import save
    from effprof.report.schema import KINDS, schema

    for known in KINDS:
        if kind == known:
            put_json(schema(known), "-")
            return
    if kind == "dashboard":
        save.put(files("effprof.formats").joinpath("grafana.json").read_text("utf-8"), "-")
        return
    known_too = (*KINDS, "dashboard")
    raise RequestError(f"schema {kind}: no such kind of file", hint=nearest_name(kind, known_too))
