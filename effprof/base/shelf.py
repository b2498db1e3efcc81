"""A folder of answers, each a file named by the hash of all that it follows from."""

import os
from contextlib import suppress
from pathlib import Path

from effprof.base.folders import write_whole


def take(place: Path) -> bytes | None:
    """What lies there, which is then the youngest; None where there is nothing."""
    try:
        content = place.read_bytes()
    except OSError:
        return None
    with suppress(OSError):  # a folder that is read-only keeps its ages
        os.utime(place)
    return content


def put(place: Path, content: bytes, most: int) -> None:
    """Written whole or not at all. Over `most` files the oldest go.

    OSError for a read-only folder or a full disk.
    """
    write_whole(place, content)
    _prune(place.parent, most)


def _prune(folder: Path, most: int) -> None:
    with os.scandir(folder) as entries:
        ages = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
    for _, path in ages[:-most]:
        Path(path).unlink(missing_ok=True)
