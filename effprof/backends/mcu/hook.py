"""`hook.c` as a library: compiled once by ziglang's clang, kept by the hash of its text."""

import ctypes
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from effprof.base.folders import write_whole

SOURCES = tuple(Path(__file__).with_name(name) for name in ("hook.c", "flash.h"))

_WITHOUT_LIBRARIES = ("-nostdlib", "-g0") if sys.platform == "linux" else ()
"""Its few calls of the C library find the one that Python has loaded; building zig's own for it
takes most of the time."""


def native_library(folder: Path) -> ctypes.CDLL | None:
    """Compiled, loaded and kept in `folder`; None where it cannot be had."""
    digest = hashlib.sha256(b"".join(one.read_bytes() for one in SOURCES)).hexdigest()[:16]
    path = folder / f"hook-{digest}.so"
    try:
        if path.exists():
            return _typed(ctypes.CDLL(str(path)))
        with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
            made = _compile(Path(scratch))
            with suppress(OSError):  # read-only or full: then it is compiled every time
                write_whole(path, made.read_bytes())
            return _typed(ctypes.CDLL(str(made)))
    except (OSError, subprocess.SubprocessError):
        return None


def _compile(folder: Path) -> Path:
    """What the compiler keeps for itself stays in `folder` too."""
    made = folder / "hook.so"
    words = ["-m", "ziglang", "cc", "-shared", "-O2", "-fPIC", *_WITHOUT_LIBRARIES]
    words += ["-o", str(made), str(SOURCES[0])]
    caches = ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")
    env = os.environ | dict.fromkeys(caches, str(folder / "cache"))
    command = [sys.executable, "-P", *words]
    subprocess.run(command, check=True, capture_output=True, timeout=300, env=env)
    return made


def _typed(library: ctypes.CDLL) -> ctypes.CDLL:
    """Return types; `int` would cut pointers in half."""
    counter, number = ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint32)
    faces: dict[str, tuple[Any, list[Any]]] = {
        "counter_new": (ctypes.c_void_p, [ctypes.c_uint64, ctypes.c_void_p]),
        "counter_free": (None, [counter]),
        "counter_reset": (None, [counter]),
        "counter_plain": (None, [counter]),
        "counter_mark": (ctypes.c_int, [counter, ctypes.c_uint32, ctypes.c_uint32]),
        "counter_flash": (ctypes.c_int, [counter, number]),
        "counter_accesses": (
            ctypes.c_int,
            [counter, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p],
        ),
        "counter_cost": (None, [counter, ctypes.c_uint32, ctypes.c_uint64]),
        "counter_nodes": (ctypes.c_void_p, [counter, number]),
        "counter_edges": (ctypes.c_void_p, [counter, number]),
        "counter_traffic": (ctypes.c_void_p, [counter]),
        "counter_full": (ctypes.c_uint32, [counter]),
        "counter_lowest": (ctypes.c_uint32, [counter]),
        "counter_bytes": (ctypes.c_uint64, [counter]),
    }
    for name, (answer, arguments) in faces.items():
        function: Callable[..., Any] = getattr(library, name)
        function.restype, function.argtypes = answer, arguments  # type: ignore[attr-defined]
    return library
