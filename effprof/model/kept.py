"""What a file declares, kept for the next time: by its content and by what reads it.

Reading it takes a child process and half a second; a converted file is opened in every run.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec

from effprof.model.model import Facts

_PACKAGES = ("msgspec", "numpy", "onnx", "tflite")


@dataclass(frozen=True, slots=True)
class Entry:
    """`of`: sha256 of the file; `by`: of all that reads it."""

    of: str
    by: str
    facts: Facts


def facts(place: Path, sha256: str, read: Callable[[], Facts]) -> Facts:
    """Those kept at `place` if they are of this content and this reader, else read and kept."""
    with suppress(OSError, msgspec.DecodeError):  # none yet, or damaged
        found = msgspec.json.decode(place.read_bytes(), type=Entry)
        if (found.of, found.by) == (sha256, _reader()):
            return found.facts
    told = read()
    with suppress(OSError):  # a read-only folder, a full disk: then it is read again
        _write(place, msgspec.json.encode(Entry(sha256, _reader(), told)))
    return told


def _write(place: Path, content: bytes) -> None:
    """Beside its place and renamed: nobody finds half of it."""
    part = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        part.write_bytes(content)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


@cache
def _reader() -> str:
    """Changes with the code of this room and with the packages it parses with."""
    digest = hashlib.sha256()
    for part in _parts():
        digest.update(part)
    return digest.hexdigest()


def _parts() -> Iterator[bytes]:
    for name in _PACKAGES:
        yield f"{name} {version(name)}\n".encode()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        yield path.read_bytes()
