"""Finished builds, kept by the hash of all that went into them, so that none is made twice."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from effprof.backends.mcu.core import Core
from effprof.backends.mcu.firmware import Firmware, Layer, MemoryMap, Port, Sections
from effprof.base import digest
from effprof.base.folders import data_folder

_RECORD = "firmware.json"
_KEPT = 128  # builds of 0.2 to 4 MB; the oldest go first


def key(model: bytes, core: Core, memory: MemoryMap, compiler: str) -> str:
    """Changes with the model, the part, the compiler and every line of the generator."""
    whole = hashlib.sha256()
    for part in (repr(core), repr(memory), compiler, hashlib.sha256(model).hexdigest()):
        whole.update(part.encode() + b"\0")
    package = files("effprof.backends.mcu")
    for folder in (package, package.joinpath("kernels")):
        for file in sorted(folder.iterdir(), key=lambda one: one.name):
            if file.is_file() and not file.name.endswith(".pyc"):
                whole.update(file.name.encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()[:32]


def fetch(name: str, folder: Path) -> Firmware | None:
    """The build of this key, copied into `folder`; None when there is none, or a damaged one."""
    kept = _shelf() / name
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        firmware = load(folder)
    except OSError:
        return None
    except (ValueError, KeyError, TypeError):
        shutil.rmtree(kept, ignore_errors=True)  # in the way of a whole one
        return None
    with suppress(OSError):  # a folder that is read-only keeps its ages
        os.utime(kept)
    return firmware


def keep(name: str, folder: Path) -> None:
    """Copies a finished build; it is there whole or not at all. A full disk costs only the copy."""
    shelf = _shelf()
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=shelf, prefix=".making-") as making:
            copy = Path(making) / name
            shutil.copytree(folder, copy)
            copy.rename(shelf / name)
        _prune(shelf)
    except OSError:
        return


def _shelf() -> Path:
    return data_folder() / "firmware"


def _prune(shelf: Path) -> None:
    builds = [one for one in shelf.iterdir() if not one.name.startswith(".")]
    builds.sort(key=lambda one: one.stat().st_mtime, reverse=True)
    for old in builds[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def save(firmware: Firmware, folder: Path) -> None:
    """Beside the ELF, which is named without its folder and told by its digest."""
    named = {"elf": firmware.elf.name, "elf_sha256": digest.sha256(firmware.elf)}
    record = asdict(firmware) | named
    (folder / _RECORD).write_text(json.dumps(record, indent=1))


def load(folder: Path) -> Firmware:
    """OSError, ValueError, KeyError or TypeError where it is not as it was saved."""
    record: dict[str, Any] = json.loads((folder / _RECORD).read_text())
    elf = folder / Path(record.pop("elf")).name
    if digest.sha256(elf) != record.pop("elf_sha256"):
        raise ValueError(f"{elf} is damaged")
    return Firmware(
        elf=elf,
        inputs=_ports(record.pop("inputs")),
        outputs=_ports(record.pop("outputs")),
        layers=tuple(Layer(**one | {"shape": tuple(one["shape"])}) for one in record.pop("layers")),
        sections=Sections(**record.pop("sections")),
        **record,
    )


def _ports(records: Sequence[dict[str, Any]]) -> tuple[Port, ...]:
    return tuple(Port(**one | {"shape": tuple(one["shape"])}) for one in records)
