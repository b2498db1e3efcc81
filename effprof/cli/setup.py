"""`effprof setup`: environments of their own for runtimes and converters."""

from typing import TYPE_CHECKING, Annotated

import typer

from effprof.base.errors import RequestError, nearest_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from effprof.environment import Spec

EPILOG = """Examples:

  effprof setup mobile

  effprof setup cuda

  effprof setup onnxruntime==1.24.4
"""


def setup(
    what: Annotated[
        str,
        typer.Argument(
            metavar="[RUNTIME==VERSION|mobile|cuda|list]",
            help="A runtime; mobile: the converters; cuda: NVIDIA GPUs; list: what there is.",
        ),
    ] = "list",
    remove: Annotated[bool, typer.Option("--remove", help="Take it away again.")] = False,
) -> None:
    """Make an environment of its own for a runtime or a converter, once, beside this one.

    Needs the network once; `effprof measure --runtime RUNTIME==VERSION`, and conversion for the
    target mobile, then use it offline.
    """
    if remove:
        _remove(what)
    elif what == "list":
        _list()
    else:
        make(what)


def make(what: str) -> None:
    """Each environment that `what` stands for, unless it is ready."""
    from effprof.environment import locate, make

    for spec in _specs(what):
        already = locate(spec) is not None
        python = make(spec, _say)
        typer.echo(f"{spec.key}: {'was ready' if already else 'is ready'}, {python}")


def _specs(what: str) -> "Sequence[Spec]":
    """Those of a set by its name, or that of one pinned runtime."""
    from effprof.environment import SETS, parse_requirement

    try:
        return SETS.get(what) or (parse_requirement(what),)
    except RequestError as bad:
        near = nearest_name(what, (*SETS, "list"))
        raise RequestError(
            bad.message, hint=near if near.startswith("did you mean") else bad.hint
        ) from bad


def _remove(what: str) -> None:
    from effprof.environment import made, remove

    if what == "list":
        raise RequestError(
            "setup --remove: remove which?", hint="effprof setup lists what there is"
        )
    keys = [spec.key for spec in _specs(what)]
    removed = [key for key in keys if remove(key, _say)]
    if not removed:
        there = ", ".join(one.key for one in made()) or "none"
        raise RequestError(f"{' and '.join(keys)}: is not set up", hint=f"set up: {there}")
    for key in removed:
        typer.echo(f"{key}: removed")


def _list() -> None:
    import sys

    from effprof.environment import made
    from effprof.formats import catalogue_text
    from effprof.formats.text_look import look_of, render

    look = look_of(sys.stdout)
    sys.stdout.write(render(catalogue_text.environments(made(), look), look))


def _say(line: str) -> None:
    typer.echo(line, err=True)
