"""Whether a step failed for what it was to write, for which libraries have other words."""

import errno
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from effprof.base.errors import LackingError
from effprof.base.folders import no_space
from effprof.convert import cache

_SAYS_SO = ("no space left", "errno 28", "disk quota exceeded")
_FULL = (errno.ENOSPC, errno.EDQUOT)
_LIMITED = ("file too large", "errno 27")
_PIECE_BYTES = 1 << 20


def check(request: Mapping[str, Any], said: str) -> None:
    """LackingError where what the step was to write finds no space, or is larger than is allowed.

    protobuf says "serialization failed" of a full disk, and what it had written is gone by then:
    so it is tried whether a file of the model's own size can be written.
    """
    said = said.lower()
    refused = _refused(place(request), _wanted(request))
    if any(word in said for word in _LIMITED) or refused == errno.EFBIG:
        raise LackingError(
            f"{cache.folder()}: files of that size may not be written by this process",
            hint="raise the limit of the shell that starts it: ulimit -f",
        )
    if any(word in said for word in _SAYS_SO) or refused in _FULL:
        raise no_space(cache.folder())


def place(request: Mapping[str, Any]) -> Path:
    """The folder a step works in."""
    out = Path(str(request.get("out") or request["folder"]))
    return next(one for one in out.parents if one.is_dir())


def _wanted(request: Mapping[str, Any]) -> int:
    size_bytes = 0
    with suppress(OSError, KeyError):
        size_bytes = Path(str(request["path"])).stat().st_size
    return max(_PIECE_BYTES, size_bytes)


def _refused(folder: Path, size_bytes: int) -> int | None:
    """The number of the error that a file of this size meets there; None where it meets none."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            for _ in range(-(-size_bytes // _PIECE_BYTES)):
                file.write(bytes(_PIECE_BYTES))
            file.flush()
    except OSError as bad:
        return bad.errno
    return None
