"""`effprof profiles`: what counts where, and how much."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from effprof.base.errors import ProfileError, RequestError
from effprof.cli import complete, words

if TYPE_CHECKING:
    from effprof.formats.text_look import Line, Look

_ACTIONS = ("list", "show", "validate", "new")

EPILOG = """Examples:

  effprof profiles show edge

  effprof profiles new doorbell.yaml --from edge
"""


def profiles(
    action: Annotated[
        str,
        typer.Argument(
            metavar="[list|show|validate|new]", help="What to do.", autocompletion=complete.actions
        ),
    ] = "list",
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID|FILE]",
            help="show: a name; validate, new: a file.",
            autocompletion=complete.profiles,
        ),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="ID|FILE",
            help="new: the profile to start from.",
            autocompletion=complete.profiles,
        ),
    ] = None,
) -> None:
    """The priority profiles: what counts in an environment, and how much.

    `show` explains one in words, `new` copies one to a file for you to edit.
    """
    import sys
    from functools import partial

    from effprof.cli.fresh import begin
    from effprof.formats.text_look import look_of, render
    from effprof.profile import copied

    words.refuse_other_action("profiles", action, _ACTIONS)
    if action != "list" and name is None:
        example = {"new": "new my.yaml --from edge", "show": "show edge"}.get(
            action, "validate FILE"
        )
        raise RequestError(f"profiles {action}: which one?", hint=f"effprof profiles {example}")
    if from_ is not None and action != "new":
        raise RequestError(f"--from says nothing to profiles {action}", hint="profiles new FILE")
    if action == "new":
        begin(Path(str(name)), "profile", partial(copied, from_ or "edge"), ProfileError)
        return
    look = look_of(sys.stdout)
    lines = _list(look) if name is None or action == "list" else _one(action, name, look)
    sys.stdout.write(render(lines, look))


def _list(look: "Look") -> "list[Line]":
    """A profile that cannot be read is listed with its error: it must not hide the others."""
    from effprof.formats import judgement_text
    from effprof.profile import known_profiles, read

    rows = []
    for name, path in known_profiles().items():
        try:
            rows.append((name, read(path).summary))
        except ProfileError as bad:
            rows.append((name, bad.message))
    return judgement_text.catalogue(rows, look)


def _one(action: str, name: str, look: "Look") -> "list[Line]":
    from effprof.formats import judgement_text, profile_text
    from effprof.profile import load, read

    if action == "show":
        return profile_text.profile(load(name), look)
    valid = read(Path(name))
    text = f"{name}: valid; profile {valid.name} with {len(valid.aims)} metrics"
    return judgement_text.title(text, look)
