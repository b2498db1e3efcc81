"""Counts of basic blocks and of the steps between them, by a hook in C or, without one, in Python.

`hook.c` is compiled once by the clang inside ziglang and kept in the data folder by the hash of its
source. It is called by unicorn directly, through the library that unicorn has loaded; a hook in
Python costs ten times as much.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from effprof.base.folders import data_folder

SOURCE = Path(__file__).with_name("hook.c")
NODE = np.dtype(
    [("address", "u4"), ("size", "u4"), ("group", "u4"), ("_", "u4"), ("count", "u8"), ("__", "u8")]
)
EDGE = np.dtype([("start", "u4"), ("end", "u4"), ("_", "u4"), ("__", "u4"), ("count", "u8")])
TRAFFIC = np.dtype(
    [
        ("fetch_stall", "u8"),  # these two in 1/256 of a cycle
        ("read_stall", "u8"),
        ("fetch_misses", "u8"),
        ("read_misses", "u8"),
        ("reads", "u8"),
        ("unaligned", "u8"),
        ("unaligned_stall", "u8"),  # in 1/256 of a cycle
    ]
)
ACCESS = np.dtype(
    [
        ("address", "u4"),
        ("offset", "u4"),
        ("base", "i2"),
        ("index", "i2"),
        ("shift", "u1"),
        ("unit", "u1"),
        ("count", "u1"),
        ("store", "u1"),
    ]
)
HOOK_CODE, HOOK_BLOCK = 1 << 2, 1 << 3  # UC_HOOK_CODE, UC_HOOK_BLOCK


class Counter(Protocol):
    """What a run passed through. Groups are numbered; 0 is outside every marked function."""

    def install(self, engine: Any) -> None: ...

    def mark(self, address: int, group: int) -> None:
        """From the block at this address on, blocks belong to `group`."""
        ...

    def reset(self) -> None: ...

    def blocks(self) -> np.ndarray:
        """One row of dtype NODE for each block and group."""
        ...

    def steps(self) -> np.ndarray:
        """One row of dtype EDGE: `start` and `end` are rows of `blocks()`."""
        ...

    @property
    def executed_bytes(self) -> int: ...

    @property
    def overflowed(self) -> bool:
        """More different blocks than any firmware has: counting stopped there."""
        ...


class NativeCounter:
    """The hook in C."""

    def __init__(self, library: ctypes.CDLL, most_bytes: int) -> None:
        from unicorn.unicorn_py3.unicorn import uclib

        self._library, self._unicorn = library, uclib
        stop = ctypes.cast(uclib.uc_emu_stop, ctypes.c_void_p)
        self._counter = ctypes.c_void_p(library.counter_new(ctypes.c_uint64(most_bytes), stop))

    def install(self, engine: Any) -> None:
        self._hook(engine, HOOK_BLOCK, self._library.on_block, 1, 0)

    def watch_accesses(self, engine: Any, accesses: np.ndarray) -> None:
        """Also follow these loads and stores, rows of ACCESS, for the flash simulation."""
        rows = np.sort(accesses, order="address")
        read_register = ctypes.cast(self._unicorn.uc_reg_read, ctypes.c_void_p)
        start = rows.ctypes.data_as(ctypes.c_void_p)
        if not self._library.counter_accesses(self._counter, start, len(rows), read_register):
            raise ValueError("loads and stores are too far apart to be followed")
        if len(rows):
            begin, end = int(rows["address"][0]), int(rows["address"][-1])
            self._hook(engine, HOOK_CODE, self._library.on_code, begin, end)

    def _hook(self, engine: Any, kind: int, callback: Any, begin: int, end: int) -> None:
        handle = ctypes.c_size_t()
        status = self._unicorn.uc_hook_add(
            engine._uch,  # noqa: SLF001 -- unicorn offers no other way to install a hook in C
            ctypes.byref(handle),
            kind,
            ctypes.cast(callback, ctypes.c_void_p),
            self._counter,
            ctypes.c_uint64(begin),
            ctypes.c_uint64(end),
        )
        if status:
            raise RuntimeError(f"unicorn refused the hook in C: error {status}")

    def mark(self, address: int, group: int) -> None:
        if not self._library.counter_mark(self._counter, address, group):
            raise ValueError("too many marked functions")

    def reset(self) -> None:
        self._library.counter_reset(self._counter)

    def flash(self, numbers: Sequence[int]) -> None:
        """Simulate the flash from now on; the numbers are those of `counter_flash` in hook.c."""
        array = (ctypes.c_uint32 * len(numbers))(*numbers)
        if not self._library.counter_flash(self._counter, array):
            raise ValueError(f"no flash of this shape can be simulated: {list(numbers)}")

    def costs(self, cycles: np.ndarray) -> None:
        """Core cycles of one pass through each row of `blocks()`."""
        for index, value in enumerate(np.rint(cycles * 256).astype(np.uint64).tolist()):
            self._library.counter_cost(self._counter, index, ctypes.c_uint64(value))

    def traffic(self, groups: int) -> np.ndarray:
        """One row of dtype TRAFFIC for each group."""
        start = self._library.counter_traffic(self._counter)
        return np.frombuffer(ctypes.string_at(start, groups * TRAFFIC.itemsize), TRAFFIC).copy()

    def blocks(self) -> np.ndarray:
        return self._rows(self._library.counter_nodes, NODE)

    def steps(self) -> np.ndarray:
        return self._rows(self._library.counter_edges, EDGE)

    def _rows(self, function: Any, kind: np.dtype[Any]) -> np.ndarray:
        count = ctypes.c_uint32()
        start = function(self._counter, ctypes.byref(count))
        return np.frombuffer(ctypes.string_at(start, count.value * kind.itemsize), kind).copy()

    @property
    def lowest(self) -> int:
        """The lowest that the stack pointer was seen at, while accesses were followed."""
        return int(self._library.counter_lowest(self._counter))

    @property
    def executed_bytes(self) -> int:
        return int(self._library.counter_bytes(self._counter))

    @property
    def overflowed(self) -> bool:
        return bool(self._library.counter_full(self._counter))

    def __del__(self) -> None:
        self._library.counter_free(self._counter)


class PlainCounter:
    """The same counts by a hook in Python, where no C can be compiled; it simulates no flash."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._marks: dict[int, int] = {}
        self._index: dict[tuple[int, int, int], int] = {}
        self._steps: dict[tuple[int, int], int] = {}
        self._group, self._previous, self._bytes = 0, -1, 0

    def install(self, engine: Any) -> None:
        from unicorn import UC_HOOK_BLOCK

        engine.hook_add(UC_HOOK_BLOCK, self._on_block)

    def _on_block(self, engine: Any, address: int, size: int, _: object) -> None:
        self._group = self._marks.get(address, self._group)
        at = self._index.setdefault((address, size, self._group), len(self._index))
        step = (self._previous, at)
        self._steps[step] = self._steps.get(step, 0) + 1
        self._previous = at
        self._bytes += size
        if self._bytes > self._most_bytes:
            engine.emu_stop()

    def mark(self, address: int, group: int) -> None:
        self._marks[address] = group

    def reset(self) -> None:
        self._group, self._previous, self._bytes = 0, -1, 0
        self._steps = {}

    def blocks(self) -> np.ndarray:
        counts = [0] * len(self._index)
        for (_, end), count in self._steps.items():
            counts[end] += count
        keys = zip(self._index, counts, strict=True)
        return np.array([(*key, 0, count, 0) for key, count in keys], NODE)

    def steps(self) -> np.ndarray:
        steps = [(s, e, 0, 0, count) for (s, e), count in self._steps.items() if s >= 0]
        return np.array(steps, EDGE)

    @property
    def executed_bytes(self) -> int:
        return self._bytes

    @property
    def overflowed(self) -> bool:
        return False


def make_counter(most_bytes: int, folder: Path | None = None) -> NativeCounter | PlainCounter:
    """The counter in C, compiled on first use; the one in Python where that fails."""
    library = native_library(folder or data_folder() / "tinyml")
    return NativeCounter(library, most_bytes) if library else PlainCounter(most_bytes)


def native_library(folder: Path) -> ctypes.CDLL | None:
    """hook.c, compiled, loaded and kept in `folder`; None where it cannot be had."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    path = folder / f"hook-{digest}.so"
    try:
        if path.exists():
            return _typed(ctypes.CDLL(str(path)))
        with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
            made = _compile(Path(scratch))
            with suppress(OSError):  # read-only or full: then it is compiled every time
                _keep(made, path)
            return _typed(ctypes.CDLL(str(made)))
    except (OSError, subprocess.SubprocessError):
        return None


def _compile(folder: Path) -> Path:
    """What the compiler keeps for itself stays in `folder` too."""
    made = folder / "hook.so"
    words = ["-m", "ziglang", "cc", "-shared", "-O2", "-fPIC", "-o", str(made), str(SOURCE)]
    caches = ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")
    env = os.environ | dict.fromkeys(caches, str(folder / "cache"))
    command = [sys.executable, "-P", *words]
    subprocess.run(command, check=True, capture_output=True, timeout=300, env=env)
    return made


def _keep(made: Path, path: Path) -> None:
    """By rename, so that nobody loads a half-written library."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        shutil.copyfile(made, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _typed(library: ctypes.CDLL) -> ctypes.CDLL:
    """Return types; `int` would cut pointers in half."""
    counter, number = ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint32)
    faces: dict[str, tuple[Any, list[Any]]] = {
        "counter_new": (ctypes.c_void_p, [ctypes.c_uint64, ctypes.c_void_p]),
        "counter_free": (None, [counter]),
        "counter_reset": (None, [counter]),
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
