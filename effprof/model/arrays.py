"""Reads the arrays a user gives: first the header, then, if it is sound, the values."""

import os
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from effprof.base.errors import InputError

_UNREADABLE = (  # RuntimeError: a member with a password; ValueError: names that are no UTF-8
    ValueError,
    zipfile.BadZipFile, OSError, EOFError, KeyError, NotImplementedError, RuntimeError, zlib.error,
)  # fmt: skip
_NO_HEADER = (ValueError, EOFError, SyntaxError, TypeError, OverflowError, tokenize.TokenError)
_CHUNK = 1 << 20  # elements looked at together, so that a large file is never in memory


@dataclass(frozen=True, slots=True)
class Header:
    """What an .npy says of itself before its values."""

    dtype: str
    shape: tuple[int, ...]
    values_bytes: int


def read_header(path: Path, key: str = "") -> Header:
    """Of an .npy, or of the member `key` of an .npz; InputError when it is not to be trusted."""
    where = f"{path}: {key}" if key else str(path)
    with _opened(path, key, where) as (file, held_bytes):
        header, _ = _parse(file, where)
        left_bytes = held_bytes - file.tell()
        if header.values_bytes > left_bytes:
            raise InputError(
                f"{where}: the header says {header.values_bytes} bytes of values, "
                f"the file holds {left_bytes}",
                hint="save it again with numpy.save",
            )
        if header.values_bytes > memory_bytes():
            raise InputError(
                f"{where}: {header.values_bytes} bytes of values, more than this machine's memory",
                hint="give fewer items",
            )
        return header


def memory_bytes() -> int:
    """All the memory of this machine: no array given can be larger."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def check_finite(path: Path, key: str = "") -> None:
    """InputError at the first NaN or infinity of a floating-point array."""
    import numpy as np

    where = f"{path}: {key}" if key else str(path)
    with _opened(path, key, where) as (file, _):
        header, dtype = _parse(file, where)
        if dtype.kind not in "fc":
            return
        left = header.values_bytes
        while left > 0 and (piece := file.read(min(left, _CHUNK * dtype.itemsize))):
            left -= len(piece)
            values = np.frombuffer(piece[: len(piece) // dtype.itemsize * dtype.itemsize], dtype)
            if not np.isfinite(values).all():
                raise InputError(
                    f"{where}: it holds NaN or infinity", hint="numpy.nan_to_num replaces them"
                )


def keys(path: Path) -> list[str]:
    """Names of the arrays in an .npz."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [name.removesuffix(".npy") for name in archive.namelist()]
    except _UNREADABLE as error:
        raise InputError(f"{path}: no readable .npz: {_reason(error)}") from error


@contextmanager
def _opened(path: Path, key: str, where: str) -> Iterator[tuple[IO[bytes], int]]:
    """The stream of an .npy and the bytes it really holds; a packed member is never unpacked."""
    if not path.is_file() and path.exists():  # a pipe would wait for its writer
        raise InputError(f"{where}: cannot be read: not a regular file")
    try:
        if not key:
            with path.open("rb") as file:
                yield file, path.stat().st_size
            return
        with zipfile.ZipFile(path) as archive, archive.open(f"{key}.npy") as member:
            yield member, archive.getinfo(f"{key}.npy").file_size
    except _UNREADABLE as error:
        raise InputError(f"{where}: cannot be read: {_reason(error)}") from error


def _parse(file: IO[bytes], where: str) -> tuple[Header, Any]:
    from numpy.lib import format as npy

    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(file)
        if any(size < 0 for size in shape):
            raise ValueError(f"shape {shape}")
    except _NO_HEADER as error:
        reason = (str(error).splitlines() or ["damaged"])[0]
        raise InputError(
            f"{where}: no .npy array: {reason}", hint="save it with numpy.save"
        ) from error
    if dtype.hasobject:
        raise InputError(
            f"{where}: it holds Python objects, which can run code when they are read",
            hint="save an array of numbers: array.astype('float32')",
        )
    count = 1
    for size in shape:
        count *= size
    return Header(dtype.name, tuple(shape), count * dtype.itemsize), dtype


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
