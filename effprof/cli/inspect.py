"""`effprof inspect`: what a model is, without running it."""

from pathlib import Path
from typing import Annotated

import typer

EPILOG = """Examples:

  effprof inspect model.onnx --dim sequence=128

  effprof inspect kws_int8.tflite --verbose
"""


def inspect(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="An ONNX or TFLite file.")],
    dim: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=N", help="Size of a symbolic dimension: --dim sequence=128."),
    ] = None,
    shape: Annotated[
        list[str] | None,
        typer.Option(metavar="INPUT=SHAPE", help="Shape of an input: --shape x=1x3x224x224."),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="Write it as JSON to FILE; - is stdout, alone."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Every operator, not only the largest.")
    ] = False,
) -> None:
    """Inputs, outputs, parameters, MACs and bytes of a model, per operator. Runs nothing."""
    import sys

    from effprof.formats.inspect_json import inspect_json
    from effprof.formats.inspect_text import inspect_text
    from effprof.formats.text_look import look_of, render
    from effprof.model.flags import parse_dims, parse_shapes
    from effprof.model.inspection import inspect
    from effprof.report import save

    found = inspect(model, parse_dims(dim or ()), parse_shapes(shape or ()))
    if json:
        save.put(inspect_json(found), json)
    if json != "-":
        look = look_of(sys.stdout)
        sys.stdout.write(render(inspect_text(found, look, verbose=verbose), look))
