"""The catalogue: every target file in the folders searched, and the one a word names.

First found wins: ./targets, the user's folder, those shipped.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from effprof.base.errors import TargetError, nearest_name, reason
from effprof.base.folders import catalogue_folders
from effprof.target.file import Target, is_id, read

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry; `target` is None where the file is broken, and `error` says how."""

    id: str
    path: Path
    target: Target | None
    error: str = ""


_TELLING = 4
"""Characters of a part's number that name one, as u575; m4 or v8 would name many."""


def load(word: str) -> Target:
    """The target that an environment (`edge`), an id (`cloud-cpu`) or a YAML path names."""
    if "/" in word or word.lower().endswith(_SUFFIXES):
        return _at_path(Path(word))
    for path in _files():
        if path.stem == word and is_id(word):
            return _entry(path)
    raise _unknown(word)


def catalogue() -> tuple[Listed, ...]:
    """Every target that a word can name, by id; a broken file is listed with its error."""
    found: dict[str, Listed] = {}
    for path in _files():
        if path.stem not in found:
            found[path.stem] = _listed(path)
    return tuple(found[name] for name in sorted(found))


def folders() -> tuple[Path, ...]:
    """Where targets are looked for, in order; some may not exist."""
    return catalogue_folders("targets")


def _files() -> Iterator[Path]:
    for folder in folders():
        try:
            paths = [path for path in folder.iterdir() if path.suffix in _SUFFIXES]
            yield from sorted(path for path in paths if path.is_file())
        except OSError:  # not there, not a folder, not ours to read
            continue


def _listed(path: Path) -> Listed:
    try:
        return Listed(path.stem, path, _entry(path))
    except TargetError as bad:
        return Listed(path.stem, path, None, bad.message)


def _entry(path: Path) -> Target:
    """A file of the catalogue is found by its name, so the name inside must be the same."""
    target = read(path)
    if target.id != path.stem:
        raise TargetError(
            f"{path}: name: {target.id} is not what the file is called",
            hint=f"write `name: {path.stem}` or rename the file to {target.id}.yaml",
        )
    return target


def _at_path(path: Path) -> Target:
    if path.suffix.lower() not in _SUFFIXES:
        raise TargetError(
            f"{_shown(str(path))}: a target file ends in .yaml or .yml",
            hint="give a target's id or its YAML file; `effprof targets` lists them",
        )
    try:
        path.stat()
    except OSError as bad:
        near = path.stem if path.stem in {entry.id for entry in catalogue()} else ""
        hint = f"there is a target of that name: -t {near}" if near else ""
        raise TargetError(f"{_shown(str(path))}: {reason(bad)}", hint=hint) from bad
    return read(path)


def _unknown(word: str) -> TargetError:
    listed = catalogue()
    near = _of_the_part(word.lower(), listed)
    hint = f"did you mean {' or '.join(near)}?" if near else ""
    hint = hint or nearest_name(word.lower(), [entry.id for entry in listed])
    return TargetError(f"{_shown(word)}: unknown target", hint=hint)


def _of_the_part(word: str, listed: Sequence[Listed]) -> list[str]:
    """Boards that carry the part whose number is in the word: f746 of nucleo-f746zg, say."""
    numbers = [one for one in re.findall(r"[a-z]+[0-9]+", word) if len(one) >= _TELLING]
    return [
        entry.id
        for entry in listed
        if entry.target and numbers and numbers[-1] in f"{entry.id} {entry.target.summary}".lower()
    ]


def _shown(word: str) -> str:
    """A word from the command line, safe in one line of a terminal."""
    plain = re.sub(r"[^\x20-\x7e]", "?", word) if not word.isprintable() else word
    return (plain if len(plain) <= 80 else plain[:77] + "...") or "''"
