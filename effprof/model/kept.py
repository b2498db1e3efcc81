"""What was read of a model file, kept for the next time: by its content and by what read it.

Reading it takes a child process and half a second, and the same file is measured again and again.
An answer is a file of the data folder, named by the hash of the model, of the question and of the
code that answers: what is found there is never out of date.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec

from effprof.base import digest, shelf
from effprof.base.folders import data_folder
from effprof.model.wire import Reply, Request

MOST = 256
"""Answers that are kept; those not asked for the longest go."""
LARGEST_BYTES = 4 << 20
"""A graph of some 10,000 operators; of larger ones reading again is not what takes long."""

_PACKAGES = ("msgspec", "numpy", "onnx", "tflite")
_PACKAGE = Path(__file__).parents[1]


def reply(question: bytes, read: Callable[[], Reply]) -> Reply:
    """The answer kept for this question about this content, else read and kept.

    `question` is a Request in JSON. What `read` raises is not kept.
    """
    request = msgspec.json.decode(question, type=Request)
    path = Path(request.path)
    try:
        before = digest.stamp(path)
        place = folder() / f"{_key(request, digest.sha256(path))}.json"
    except OSError:  # the child says it better
        return read()
    if found := _read(place):
        return found
    told = read()
    with suppress(OSError):  # a read-only folder, a full disk: then it is read again
        content = msgspec.json.encode(told) if _lasting(told) else b""
        if 0 < len(content) <= LARGEST_BYTES and digest.stamp(path) == before:
            shelf.put(place, content, MOST)
    return told


def folder() -> Path:
    return data_folder() / "examined"


def _key(request: Request, sha256: str) -> str:
    """`limit_bytes` follows from the file; where it lies changes nothing."""
    asked = msgspec.json.encode(replace(request, path="", limit_bytes=0))
    return hashlib.sha256(b"\n".join((sha256.encode(), _reader(), asked))).hexdigest()[:32]


def _lasting(told: Reply) -> bool:
    """Whether the file alone decides it: data beside it must be looked for each time."""
    if told.facts is not None:
        return not told.facts.external
    return told.counts is not None


def _read(place: Path) -> Reply | None:
    content = shelf.take(place)
    if content is None:
        return None
    try:
        found = msgspec.json.decode(content, type=Reply)
    except msgspec.DecodeError:
        return None
    return found if _lasting(found) else None


@cache
def _reader() -> bytes:
    """Changes with the code that reads models, the words it answers in, and what it parses with."""
    whole = hashlib.sha256()
    for part in _parts():
        whole.update(part)
    return whole.digest()


def _parts() -> Iterator[bytes]:
    for name in _PACKAGES:
        yield f"{name} {version(name)}\n".encode()
    for room in ("base", "model"):
        for path in sorted((_PACKAGE / room).rglob("*.py")):
            yield path.read_bytes()
