"""SHA-256 of a file, read once until it changes."""

import hashlib
from functools import lru_cache
from pathlib import Path

Stamp = tuple[int, int, int, int, int]


def stamp(path: Path) -> Stamp:
    """What changes when a file is written anew; OSError where there is none."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def sha256(path: Path) -> str:
    """As `sha256sum` says; OSError where the file cannot be read."""
    return _sha256(path, stamp(path))


@lru_cache(maxsize=64)
def _sha256(path: Path, _as_it_is: Stamp) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
