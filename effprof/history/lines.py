"""Histories as JSON lines, one report a line: `effprof.history/1`.

Also read: a plain report a line, and a report file as `measure --json` writes it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from effprof.base import yamlfile
from effprof.base.errors import ReportError, reason
from effprof.report import codec
from effprof.report.history import HISTORY, Kept
from effprof.report.report import SCHEMA, Report

_LIMIT_BYTES = 1 << 28


def write(kept: Kept) -> str:
    return codec.compact(kept) + "\n"


def read(word: str) -> Iterator[Kept]:
    """What a file holds, `-` for stdin; a wrong line is named by its number."""
    if word == "-":
        yield from _lines(sys.stdin.buffer, "stdin")
        return
    path = Path(word)
    try:
        with path.open("rb") as file:
            if _is_lines(file):
                yield from _lines(file, word)
                return
    except OSError as bad:
        raise ReportError(f"{path}: {reason(bad)}") from bad
    yield from (_plain(report) for report in codec.load(path))


def _is_lines(file: BinaryIO) -> bool:
    """Whether the first line is an object by itself; a report file of ours is not."""
    first = file.readline(_LIMIT_BYTES)
    file.seek(0)
    if not first:  # the export of an empty history
        return True
    try:
        return isinstance(msgspec.json.decode(first), dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _lines(file: BinaryIO, name: str) -> Iterator[Kept]:
    number = 0
    while line := file.readline(_LIMIT_BYTES + 1):
        number += 1
        if len(line) > _LIMIT_BYTES:
            raise ReportError(f"{name}: line {number}: larger than {_LIMIT_BYTES} bytes")
        if line.strip():
            yield _kept(line, f"{name}: line {number}")


def _kept(line: bytes, where: str) -> Kept:
    document = codec.decoded(line, where)
    said = document.get("schema")
    if said == SCHEMA:
        return _plain(codec.checked(document, where))
    if said != HISTORY:
        raise ReportError(
            f"{where}: schema: {str(said)[:60]!r} is neither {HISTORY} nor {SCHEMA}",
            hint="effprof history export writes such lines",
        )
    report = codec.checked(document.get("report"), f"{where}: report")
    rest: dict[str, Any] = {**document, "report": msgspec.to_builtins(report)}
    return yamlfile.check(rest, Kept, where, ReportError)


def _plain(report: Report) -> Kept:
    return Kept(HISTORY, "import", report)
