"""What was converted before, by the hash of all it was made from. A damaged entry is remade."""

import errno
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from effprof.base import digest
from effprof.base.errors import LackingError, reason
from effprof.base.folders import data_folder, no_space

_TOLD = "told.json"
_MAKING = "making-"
_ABANDONED_S = 24 * 3600.0
RECIPE = 5
"""Raised when a step does something else than before with the same words."""

Told = dict[str, Any]


def folder() -> Path:
    return data_folder().absolute() / "converted"


def key_of(parts: Mapping[str, Any]) -> str:
    text = json.dumps({"recipe": RECIPE, **parts}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def kept(
    parts: Mapping[str, Any], suffix: str, make: Callable[[Path], tuple[Path, Told]]
) -> tuple[Path, Told, bool]:
    """File, what was told of it, and whether it was there; `make` gets a folder to work in.

    The entry is written beside its place and renamed: nobody finds half of one.
    """
    place = folder() / key_of(parts)
    if found := _read(place, suffix):
        return *found, True
    try:
        folder().mkdir(parents=True, exist_ok=True)
        _sweep()
        with tempfile.TemporaryDirectory(prefix=_MAKING, dir=folder()) as scratch:
            made, told = make(Path(scratch))
            entry = Path(scratch) / "entry"
            entry.mkdir()
            made.replace(entry / f"model{suffix}")
            told |= {"sha256": digest.sha256(entry / f"model{suffix}"), "made_from": dict(parts)}
            (entry / _TOLD).write_text(json.dumps(told, indent=1), encoding="utf-8")
            _move(entry, place, suffix)
    except OSError as bad:
        if bad.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_space(folder()) from bad
        raise LackingError(
            f"{bad.filename or folder()}: {reason(bad)}",
            hint="converted models are kept there; EFFPROF_DATA names another folder",
        ) from bad
    return place / f"model{suffix}", told, False


def _sweep() -> None:
    """What a process left that was killed while it worked here."""
    with suppress(OSError):
        for one in folder().glob(f"{_MAKING}*"):
            if time.time() - one.stat().st_mtime > _ABANDONED_S:
                shutil.rmtree(one, ignore_errors=True)


def _move(entry: Path, place: Path, suffix: str) -> None:
    """Another effprof may have been faster: its entry is as good, and may be in use already."""
    if _read(place, suffix):
        return
    if place.exists():
        shutil.rmtree(place, ignore_errors=True)
    with suppress(FileExistsError):
        try:
            entry.rename(place)
        except OSError:
            if not place.is_dir():
                raise


def _read(place: Path, suffix: str) -> tuple[Path, Told] | None:
    model = place / f"model{suffix}"
    try:
        told = dict(json.loads((place / _TOLD).read_text(encoding="utf-8")))
        return (model, told) if told["sha256"] == digest.sha256(model) else None
    except (OSError, ValueError, KeyError):
        return None
