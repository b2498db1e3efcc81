"""Files written whole or not at all: beside the old one, flushed, then renamed over it."""

import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from effprof.base.errors import LackingError, ReportError, reason


def save(text: str, path: Path) -> None:
    """Write text to path. A device or pipe is written to as it is, never replaced by a file."""
    with writing(path) as file:
        file.write(text)


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """The same for text that comes in pieces."""
    try:
        if is_special(path):  # not resolved: /dev/fd/63 of a shell's >(...) leads to no path
            with path.open("w", encoding="utf-8") as special:
                yield special
        else:
            with _replaced(path.resolve()) as file:
                yield file
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as bad:
        raise ReportError(f"{path}: cannot be written: {reason(bad)}", hint=_hint(path)) from bad
    except (OSError, RuntimeError) as bad:  # RuntimeError: a loop of symbolic links
        raise LackingError(
            f"{path}: cannot be written: {reason(bad)}",
            hint="name a folder that can be written to and has room",
        ) from bad


def put(text: str, destination: str) -> None:
    """Write text to a file, or to stdout where the destination is "-": UTF-8 in both."""
    if destination != "-":
        save(text, Path(destination))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


@contextmanager
def _replaced(target: Path) -> Iterator[TextIO]:
    if target.is_dir():
        raise IsADirectoryError(None, "is a directory")
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("x", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:  # also Ctrl-C: no half file stays behind
        temporary.unlink(missing_ok=True)
        raise


def is_special(path: Path) -> bool:
    """A device or a pipe: what is written there stays, so it can be written once only."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _hint(path: Path) -> str:
    return "name a file in it" if path.is_dir() else f"make the folder {path.parent} first"
