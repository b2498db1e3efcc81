"""A command whose outputs never take the place of what it reads: refused before anything is read.

An output is an option whose metavar is `FILE|-` or, with a format before it, `NAME=FILE`. All that
is written is text, so that a binary file (a model, its weights, arrays, a database) is never
replaced by it either, whoever reads that.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from typer.core import TyperCommand

from effprof.base.errors import RequestError

_OUTPUTS = ("FILE|-", "NAME=FILE")
_IN_PLACE = ("check", "score")
"""What these write is the one report that they read, with more in it."""
_SNIFFED_BYTES = 4096

Named = tuple[str, Path]
"""The word a person knows it by (`--json`, `MODEL`), and the file."""


class Command(TyperCommand):
    def invoke(self, ctx: Any) -> Any:
        outputs, inputs = _files(ctx)
        if ctx.command.name in _IN_PLACE:
            reports = [one for one in inputs if one[0].startswith("REPORT")]
            if len(reports) == 1:
                inputs.remove(reports[0])
        refuse_replaced(outputs, inputs)
        return super().invoke(ctx)


def refuse_replaced(outputs: Sequence[Named], inputs: Iterable[Named]) -> None:
    """RequestError where an output is an input, another output, or a binary file."""
    known = list(inputs)
    for name, path in outputs:
        if other := next((word for word, one in known if _same(path, one)), None):
            raise RequestError(
                f"{name} {path}: is the file that {other} names, and would replace it",
                hint="name another file",
            )
        if _binary(path):
            raise RequestError(
                f"{name} {path}: is there already and no text: not replaced by one",
                hint="name another file, or remove it first",
            )
        known.append((name, path))


def outputs_of(ctx: Any) -> Sequence[Named]:
    """Of what was given to a command."""
    return _files(ctx)[0]


def _files(ctx: Any) -> tuple[list[Named], list[Named]]:
    """Outputs and inputs among the words that were given."""
    outputs: list[Named] = []
    inputs: list[Named] = []
    for param in ctx.command.params:
        name = _known_as(param)
        for word in _words(ctx.params.get(param.name)):
            if param.metavar not in _OUTPUTS:
                inputs += [(name, one) for one in _paths(word)]
            elif word != "-":
                where = str(word).partition("=")[2] if "=" in param.metavar else word
                outputs.append((name, Path(where)))
    return outputs, inputs


def _known_as(param: Any) -> str:
    if param.param_type_name == "argument":
        return str(param.metavar or param.name).removesuffix(" ...")
    return str(max(param.opts, key=len))


def _words(value: Any) -> Iterator[str | Path]:
    if isinstance(value, str | Path):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _words(one)


def _paths(word: str | Path) -> Iterator[Path]:
    """A bare word (`edge`, `list`) is a name; one that is more may be a file, as x=noise.npy is."""
    if isinstance(word, Path):
        yield word
        return
    for one in (word, word.partition("=")[2]):
        if any(mark in one for mark in "./\\"):
            yield Path(one)


def _same(path: Path, other: Path) -> bool:
    """Also by a link or another way to it, and where neither is there yet."""
    try:
        if path.exists() or other.exists():
            return path.is_file() and other.is_file() and path.samefile(other)
        return path.resolve() == other.resolve()
    except (OSError, ValueError, RuntimeError):  # no name of a file: nothing is lost
        return False


def _binary(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return b"\0" in file.read(_SNIFFED_BYTES)
    except (OSError, ValueError):
        return False
