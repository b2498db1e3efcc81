"""Builds kept between runs: the same model for the same part is compiled once.

A build lies in the data folder under the hash of all that it comes from: model, core, memory map,
the generator's own files and the compiler's version. It is made beside and renamed, so that a half
one is never used.
"""

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from effprof.backends.mcu.board import Board
from effprof.backends.mcu.firmware import Firmware, Layer, MemoryMap, Port, Sections
from effprof.base.folders import data_folder
from effprof.ports import Refusal

MOST_KEPT = 64
_RECORD = "firmware.json"


def firmware(path: Path, board: Board) -> tuple[Firmware, bool]:
    """The build of this model for this board, and whether it fits on it.

    What does not fit is built for the same part with more room. Refusals are those of `build`.
    """
    try:
        return _kept(path, board, board.memory), True
    except Refusal as refusal:
        if "does not fit" not in refusal.message:
            raise
    return _kept(path, board, board.with_room().memory), False


def export(made: Firmware, folder: Path) -> str:
    """Copies the generated project to a folder of the user's; where it is now."""
    try:
        shutil.copytree(made.elf.parent, folder, dirs_exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refusal("request", f"--keep {folder}: {reason.lower()}", "give a folder") from error
    return str(folder)


def _kept(path: Path, board: Board, memory: MemoryMap) -> Firmware:
    from effprof.backends.mcu.build import build

    store = data_folder() / "tinyml" / "builds"
    place = store / _key(path, board, memory)
    if (place / _RECORD).is_file():
        os.utime(place)
        return _read(place)
    store.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=store, prefix="making-"))
    try:
        build(path, board.core, memory, folder)
        folder.replace(place)
    except Refusal as refusal:
        if refusal.kind != "failed":  # a failed compile leaves its folder to look at
            shutil.rmtree(folder, ignore_errors=True)
        raise
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        if not (place / _RECORD).is_file():  # another process may have been first
            raise
    _forget_oldest(store)
    return _read(place)


def _key(path: Path, board: Board, memory: MemoryMap) -> str:
    from importlib import metadata

    digest = hashlib.sha256(path.read_bytes())
    digest.update(json.dumps([asdict(board.core), asdict(memory)]).encode())
    for source in sorted(Path(__file__).parent.rglob("*.[pch]*")):
        if source.suffix in (".py", ".c", ".h"):
            digest.update(source.read_bytes())
    digest.update(metadata.version("ziglang").encode())
    return digest.hexdigest()[:24]


def _read(place: Path) -> Firmware:
    told: dict[str, Any] = json.loads((place / _RECORD).read_text())
    return Firmware(
        **told
        | {
            "elf": place / told["elf"],
            "inputs": tuple(_port(one) for one in told["inputs"]),
            "outputs": tuple(_port(one) for one in told["outputs"]),
            "layers": tuple(
                Layer(**one | {"shape": tuple(one["shape"])}) for one in told["layers"]
            ),
            "sections": Sections(**told["sections"]),
        }
    )


def _port(told: dict[str, Any]) -> Port:
    return Port(**told | {"shape": tuple(told["shape"])})


def _forget_oldest(store: Path) -> None:
    """Builds are a megabyte each; those not used for longest go."""
    made = [one for one in store.iterdir() if (one / _RECORD).is_file()]
    for old in sorted(made, key=lambda one: one.stat().st_mtime)[:-MOST_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
