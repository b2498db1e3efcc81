"""Small files of /proc and /sys: there or not, readable or not, never large."""

from collections.abc import Iterator
from pathlib import Path


def text(path: Path) -> str:
    """Its text, or nothing where it is not there or not ours to read."""
    try:
        return path.read_bytes()[:1_000_000].decode(errors="replace")
    except OSError:
        return ""


def number(path: Path) -> int | None:
    """The one non-negative integer in it; None for `max`, for anything else, for no file."""
    word = text(path).strip()
    return int(word) if word.isdecimal() else None


def fields(content: str, key: str) -> list[str]:
    """Every non-empty value of `key : value` lines, in order."""
    return [value for name, value in _pairs(content) if name == key and value]


def _pairs(content: str) -> Iterator[tuple[str, str]]:
    for line in content.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()
