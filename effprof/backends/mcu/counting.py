"""Counts of basic blocks and of the steps between them, by a hook in C or, without one, in Python.

The one in C is called by unicorn directly, through the library that unicorn has loaded; a hook in
Python costs ten times as much.
"""

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from effprof.backends.mcu.hook import native_library
from effprof.base.folders import data_folder
from effprof.ports import Refusal

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
            raise Refusal("failed", "its loads and stores are too many, or lie too far apart")
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

    def plain(self) -> None:
        """Simulate no flash and follow no accesses any more: later calls are fast again."""
        self._library.counter_plain(self._counter)

    def flash(self, numbers: Sequence[int]) -> None:
        """Simulate the flash from now on; the numbers are those of `lay_out` in flash.h."""
        array = (ctypes.c_uint32 * len(numbers))(*numbers)
        if not self._library.counter_flash(self._counter, array):
            raise Refusal(
                "request",
                "the caches of this part's flash cannot be simulated",
                "in the target's YAML a cache holds 1 to 16384 lines: see flash_cache, flash_width",
            )

    def costs(self, cycles: np.ndarray) -> None:
        """Core cycles of one pass through each row of `blocks()`."""
        for index, value in enumerate(np.rint(cycles * 256).astype(np.uint64).tolist()):
            self._library.counter_cost(self._counter, index, ctypes.c_uint64(value))

    def traffic(self, groups: int) -> np.ndarray:
        """One row of dtype TRAFFIC for each group; zeros where no flash is simulated."""
        start = self._library.counter_traffic(self._counter)
        if not start:
            return np.zeros(groups, TRAFFIC)
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
