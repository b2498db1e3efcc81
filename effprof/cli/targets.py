"""`effprof targets`: the catalogue of targets."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from effprof.base.errors import RequestError, TargetError
from effprof.cli import complete, words

if TYPE_CHECKING:
    from effprof.base.quantity import Quantity
    from effprof.formats.text_look import Line
    from effprof.target import Listed, Target

EPILOG = """Examples:

  effprof targets

  effprof targets show nrf52840

  effprof targets new targets/my-board.yaml
"""

_ACTIONS = ("list", "show", "validate", "new")


def targets(
    action: Annotated[
        str,
        typer.Argument(
            metavar="[list|show|validate|new]", help="What to do.", autocompletion=complete.actions
        ),
    ] = "list",
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID|FILE]",
            help="show: a target's id; validate: its file; new: file to write.",
            autocompletion=complete.targets,
        ),
    ] = None,
    json: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Write the list or the target as JSON.")
    ] = None,
) -> None:
    """The catalogue of targets: list them, show one, check a file, start one of your own.

    A target is one YAML file. It is looked for in ./targets, in your own folder, in the catalogue.
    """
    words.refuse_other_action("targets", action, _ACTIONS)
    if action == "list":
        _list(json)
    elif action == "show":
        _show(_given(what, "show", "an id", "edge"), json)
    elif action == "validate":
        _validate(Path(_given(what, "validate", "a file", "targets/my-board.yaml")))
    else:
        _new(what)


def _given(what: str | None, action: str, kind: str, example: str) -> str:
    if what is None:
        raise RequestError(
            f"targets {action}: needs {kind}", hint=f"effprof targets {action} {example}"
        )
    return what


def _list(json: str | None) -> None:
    import sys

    from effprof.cli.output import put_json
    from effprof.formats import catalogue_text
    from effprof.formats.text_look import look_of
    from effprof.target import catalogue, folders

    listed = catalogue()
    if json:
        put_json({"schema": "effprof.targets/1", "targets": [_entry(one) for one in listed]}, json)
    if json != "-":
        _print(catalogue_text.targets(listed, folders(), look_of(sys.stdout)))


def _show(word: str, json: str | None) -> None:
    import sys

    from effprof.cli.output import put_json
    from effprof.formats import catalogue_text
    from effprof.formats.text_look import look_of
    from effprof.target import load

    target = load(word)
    if json:
        put_json({"schema": "effprof.target/1", **_told(target)}, json)
    if json != "-":
        _print(catalogue_text.target(target, look_of(sys.stdout)))


def _validate(path: Path) -> None:
    from effprof import plugins
    from effprof.measure.emulated import check_board
    from effprof.target import read

    target = read(path)
    if target.means == "emulate" and target.backend is not None:
        check_board(target, plugins.backend(target.backend))
    typer.echo(f"{path}: a valid target, {target.id}")


def _new(what: str | None) -> None:
    from effprof.cli.fresh import begin
    from effprof.target.template import TEMPLATE

    if what is None:
        typer.echo(TEMPLATE, nl=False)
    else:
        begin(Path(what), "target", _template, TargetError)


def _template(name: str) -> str:
    from effprof.target.file import is_id
    from effprof.target.template import TEMPLATE

    if not is_id(name):
        raise TargetError(
            f"{name!r} cannot name a target",
            hint="lower-case letters, digits and hyphens, like jetson-orin-nano.yaml",
        )
    return TEMPLATE.replace("my-board", name)


def _entry(listed: "Listed") -> dict[str, Any]:
    if listed.target is None:
        return {"id": listed.id, "path": str(listed.path), "error": listed.error}
    return _told(listed.target)


def _told(target: "Target") -> dict[str, Any]:
    """The values of the file, spelled as in the file; quantities in base units."""
    facts = {}
    for key, fact in target.facts.items():
        facts[key] = {"text": fact.text, "source": fact.source, **_amount(fact.quantity)}
    return {
        "id": target.id,
        "path": str(target.path),
        "sha256": target.sha256,
        "environment": target.environment,
        "summary": target.summary,
        "means": target.means,
        "backend": target.backend,
        "estimator": target.estimator,
        "options": dict(target.options),
        "memory_limit_bytes": target.memory_limit_bytes,
        "meters": list(target.meters),
        "profile": target.profile,
        "device": dict(target.device),
        "facts": facts,
    }


def _amount(quantity: "Quantity | None") -> dict[str, Any]:
    return {"value": quantity.value, "unit": quantity.unit} if quantity else {}


def _print(lines: "list[Line]") -> None:
    import sys

    from effprof.formats.text_look import look_of, render

    sys.stdout.write(render(lines, look_of(sys.stdout)))
