"""Where environments lie, which are ready, and how one is taken away.

An environment is ready when it lies in its place and holds the marker: it is built in the workshop
beside, the marker is written last, and the folder is moved.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from effprof.base.errors import LackingError
from effprof.base.folders import data_folder
from effprof.environment.spec import Spec

MARKER = "effprof-ready.json"
_LOCK_POLL_S = 0.1
_LOCK_WAIT_S = 3600.0  # longer than making one may take


@dataclass(frozen=True, slots=True)
class Made:
    """An environment that is ready; `packages` are NAME==VERSION as resolved."""

    key: str
    path: Path
    python: str
    packages: tuple[str, ...]
    size_bytes: int


def root() -> Path:
    """The folder of all environments; absolute, since uv runs elsewhere."""
    return data_folder().absolute() / "environments"


def workshop() -> Path:
    """What is being made or taken away, locks and logs; on the same disk as the places."""
    return root() / "workshop"


def locate(spec: Spec) -> Path | None:
    """The interpreter of a ready environment; starts no process. None when it is to be made."""
    folder = root() / spec.folder
    python = interpreter(folder)
    # The base interpreter the link points to may have been uninstalled since.
    return python if (folder / MARKER).is_file() and python.is_file() else None


def interpreter(folder: Path) -> Path:
    return folder / "bin" / "python"


def made() -> tuple[Made, ...]:
    """Every ready environment, by key."""
    return tuple(sorted(_made(), key=lambda one: (one.key, str(one.path))))


def _made() -> Iterator[Made]:
    for marker in root().glob(f"*/{MARKER}"):
        with suppress(OSError, ValueError, KeyError, TypeError):  # not ours, or just removed
            told = json.loads(marker.read_text(encoding="utf-8"))
            size_bytes = _size_bytes(marker.parent)
            packages = tuple(map(str, told["packages"]))
            yield Made(str(told["key"]), marker.parent, str(told["python"]), packages, size_bytes)


def _size_bytes(folder: Path) -> int:
    """Bytes on disk. Files that uv shares with its cache by hard links are counted here too."""
    total = 0
    for here, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(here) / name).lstat().st_blocks * 512
    return total


def remove(key: str, say: Callable[[str], None]) -> int:
    """Take away every environment of this key; how many there were."""
    doomed = [one for one in made() if one.key == key]
    workshop().mkdir(parents=True, exist_ok=True)
    for one in doomed:
        with locked(one.path.name, say):
            _discard(one.path)
    return len(doomed)


def _discard(folder: Path) -> None:
    """Gone from its place at once, so that nobody finds half of it."""
    leaving = workshop() / folder.name
    shutil.rmtree(leaving, ignore_errors=True)
    with suppress(FileNotFoundError):
        folder.rename(leaving)
    shutil.rmtree(leaving, ignore_errors=True)


@contextmanager
def locked(name: str, say: Callable[[str], None]) -> Iterator[None]:
    """One maker at a time for each environment; the lock ends with the process that holds it."""
    with (workshop() / f"{name}.lock").open("w") as file:
        deadline_s = time.monotonic() + _LOCK_WAIT_S
        waiting = False
        while not _taken(file.fileno()):
            if not waiting:
                say("another effprof is working on this environment, waiting for it")
            waiting = True
            if time.monotonic() > deadline_s:
                raise LackingError(f"{file.name}: another effprof has held this lock for an hour")
            time.sleep(_LOCK_POLL_S)
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
