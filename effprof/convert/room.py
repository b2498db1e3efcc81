"""Whether a step failed for want of space on the disk, for which libraries have other words."""

import errno
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from effprof.base.folders import no_space
from effprof.convert import cache

_SAYS_SO = ("no space left", "errno 28", "disk quota exceeded")
_FULL = (errno.ENOSPC, errno.EDQUOT)
_PIECE_BYTES = 1 << 20


def check(request: Mapping[str, Any], said: str) -> None:
    """LackingError where there is no space for what the step was to write.

    protobuf says "serialization failed" of a full disk, and what it had written is gone by then:
    so it is tried whether a file of the model's own size can be written.
    """
    full = any(word in said.lower() for word in _SAYS_SO)
    if full or not _takes(place(request), _wanted(request)):
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


def _takes(folder: Path, size_bytes: int) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            for _ in range(-(-size_bytes // _PIECE_BYTES)):
                file.write(bytes(_PIECE_BYTES))
            file.flush()
    except OSError as bad:
        return bad.errno not in _FULL
    return True
