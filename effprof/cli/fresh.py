"""A YAML file for a user to edit: what `targets new` and `profiles new` write."""

from collections.abc import Callable
from pathlib import Path

import typer

from effprof.base.errors import RequestError, reason


def begin(path: Path, kind: str, text_for: Callable[[str], str], error: type[RequestError]) -> None:
    """Where nothing is yet. `kind`: what it describes; `text_for` gets the name of that."""
    if path.suffix not in (".yaml", ".yml"):
        raise error(f"{path}: a {kind} file ends in .yaml", hint=f"write {path}.yaml")
    text = text_for(path.stem)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as bad:
        raise error(f"{path}: is there already", hint="choose another name") from bad
    except OSError as bad:
        raise error(f"{path}: {reason(bad)}", hint="does its folder exist?") from bad
    typer.echo(f"{path}: edit it, then: effprof {kind}s validate {path}")
