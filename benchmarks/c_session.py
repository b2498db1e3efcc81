"""A session of ONNX Runtime's C API, out of the shared library inside the wheel.

The wheel has no header, so the functions used are named here by their place in `struct OrtApi`. The
places are fixed: the struct only grows at its end, and ONNX Runtime's own source holds it to that
by static_assert (onnxruntime/core/session/onnxruntime_c_api.cc: ReleaseCustomOpDomain is 101,
ReleaseModelMetadata 118, ReleaseAvailableProviders 126, SetGlobalSpinControl 149; "Size of version
5 API cannot change"). The order is that of include/onnxruntime/core/session/onnxruntime_c_api.h.
"""

import ctypes
import importlib.util
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_void_p
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np

API_VERSION = 5
SOURCE = Path(__file__).with_name("c_loop.c")
ARENA, DEFAULT_MEMORY = 1, 0  # OrtArenaAllocator, OrtMemTypeDefault
LOG_ERRORS = 3
ALL_OPTIMIZATIONS = 99

ELEMENT_TYPES = {  # enum ONNXTensorElementDataType
    "float32": 1,
    "uint8": 2,
    "int8": 3,
    "uint16": 4,
    "int16": 5,
    "int32": 6,
    "int64": 7,
    "bool": 9,
    "float16": 10,
    "float64": 11,
}


SIMPLE = (c_char_p, c_int, c_int64, c_size_t, c_void_p)


class Slot(IntEnum):
    """Places in struct OrtApi."""

    GET_ERROR_MESSAGE = 2
    CREATE_ENV = 3
    CREATE_SESSION = 7
    RUN = 9
    CREATE_SESSION_OPTIONS = 10
    SET_SESSION_GRAPH_OPTIMIZATION_LEVEL = 23
    SET_INTRA_OP_NUM_THREADS = 24
    SET_INTER_OP_NUM_THREADS = 25
    CREATE_TENSOR_WITH_DATA = 49
    CREATE_CPU_MEMORY_INFO = 69
    ADD_SESSION_CONFIG_ENTRY = 130
    RUN_WITH_BINDING = 133
    CREATE_IO_BINDING = 134
    BIND_INPUT = 136
    BIND_OUTPUT = 137


def library() -> Path | None:
    """The runtime's shared library inside the wheel; None where the wheel has none."""
    found = importlib.util.find_spec("onnxruntime")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "capi"
    names = [*folder.glob("libonnxruntime.so*"), *folder.glob("libonnxruntime.*dylib")]
    return names[0] if names else None


def compiler() -> str | None:
    return next((path for name in ("cc", "gcc", "clang") if (path := shutil.which(name))), None)


def compile_loop(folder: Path) -> Path:
    made = folder / "c_loop.so"
    command = [compiler() or "cc", "-O2", "-shared", "-fPIC", "-o", str(made), str(SOURCE)]
    subprocess.run(command, check=True, capture_output=True)
    return made


class Api:
    """The table of functions; every call that returns a status is checked."""

    def __init__(self, path: Path) -> None:
        base = ctypes.CDLL(str(path)).OrtGetApiBase
        base.restype = POINTER(c_void_p)
        get_api = ctypes.CFUNCTYPE(POINTER(c_void_p), c_uint32)(base()[0])
        self._table = get_api(API_VERSION)
        version = ctypes.CFUNCTYPE(c_char_p)(base()[1])()
        self.version = (version or b"").decode()

    def address(self, slot: Slot) -> c_void_p:
        return c_void_p(self._table[slot])

    def call(self, slot: Slot, *arguments: Any) -> None:
        types = [type(one) if isinstance(one, SIMPLE) else c_void_p for one in arguments]
        status = ctypes.CFUNCTYPE(c_void_p, *types)(self._table[slot])(*arguments)
        if status:
            message = ctypes.CFUNCTYPE(c_char_p, c_void_p)(self._table[Slot.GET_ERROR_MESSAGE])
            raise RuntimeError(f"{slot.name}: {(message(status) or b'').decode()}")

    def made(self, slot: Slot, *arguments: Any) -> c_void_p:
        """What a call hands back through its last argument."""
        out = c_void_p()
        self.call(slot, *arguments, byref(out))
        return out


class CSession:
    """Model, options, inputs and preallocated outputs as in a session of effprof's backend."""

    def __init__(
        self,
        api: Api,
        loop: Path,
        model: Path,
        options: Mapping[str, Any],
        inputs: Mapping[str, np.ndarray[Any, Any]],
        outputs: Mapping[str, np.ndarray[Any, Any]],
    ) -> None:
        self._api, self._loop = api, ctypes.CDLL(str(loop))
        self._inputs = {name: np.ascontiguousarray(array) for name, array in inputs.items()}
        self.outputs = {name: np.empty_like(array) for name, array in outputs.items()}
        env = api.made(Slot.CREATE_ENV, c_int(LOG_ERRORS), c_char_p(b"benchmark"))
        made = _session_options(api, options)
        self._session = api.made(Slot.CREATE_SESSION, env, c_char_p(bytes(model)), made)
        memory = api.made(Slot.CREATE_CPU_MEMORY_INFO, c_int(ARENA), c_int(DEFAULT_MEMORY))
        self._in = {name: _tensor(api, memory, array) for name, array in self._inputs.items()}
        self._out = {name: _tensor(api, memory, array) for name, array in self.outputs.items()}
        self._binding = self._bind()

    def _bind(self) -> c_void_p:
        binding = self._api.made(Slot.CREATE_IO_BINDING, self._session)
        for slot, tensors in ((Slot.BIND_INPUT, self._in), (Slot.BIND_OUTPUT, self._out)):
            for name, tensor in tensors.items():
                self._api.call(slot, binding, c_char_p(name.encode()), tensor)
        return binding

    def time_bound_runs(self, readings: int, runs_per_reading: int) -> list[int]:
        """RunWithBinding in a C loop; nanoseconds of each reading."""
        wall_ns = (c_int64 * readings)()
        self._checked(
            self._loop.time_bound_runs(
                self._api.address(Slot.RUN_WITH_BINDING),
                self._session,
                self._binding,
                c_int64(readings),
                c_int64(runs_per_reading),
                wall_ns,
            )
        )
        return list(wall_ns)

    def time_plain_runs(self, readings: int, runs_per_reading: int) -> list[int]:
        """Run with preallocated outputs in a C loop; nanoseconds of each reading."""
        wall_ns = (c_int64 * readings)()
        self._checked(
            self._loop.time_plain_runs(
                self._api.address(Slot.RUN),
                self._session,
                _names(self._in),
                _values(self._in),
                c_size_t(len(self._in)),
                _names(self._out),
                c_size_t(len(self._out)),
                _values(self._out),
                c_int64(readings),
                c_int64(runs_per_reading),
                wall_ns,
            )
        )
        return list(wall_ns)

    def _checked(self, failed: int) -> None:
        if failed:
            raise RuntimeError("the C API returned a status while the clock ran")


def _session_options(api: Api, options: Mapping[str, Any]) -> c_void_p:
    """What effprof's backend sets, and nothing else; sequential execution is the default."""
    made = api.made(Slot.CREATE_SESSION_OPTIONS)
    api.call(Slot.SET_SESSION_GRAPH_OPTIMIZATION_LEVEL, made, c_int(ALL_OPTIMIZATIONS))
    api.call(Slot.SET_INTRA_OP_NUM_THREADS, made, c_int(int(options.get("threads", 0))))
    api.call(Slot.SET_INTER_OP_NUM_THREADS, made, c_int(1))
    spinning = str(int(bool(options.get("spinning", True)))).encode()
    key = c_char_p(b"session.intra_op.allow_spinning")
    api.call(Slot.ADD_SESSION_CONFIG_ENTRY, made, key, c_char_p(spinning))
    return made


def _tensor(api: Api, memory: c_void_p, array: np.ndarray[Any, Any]) -> c_void_p:
    """A tensor over the array's own memory; the array must outlive it."""
    return api.made(
        Slot.CREATE_TENSOR_WITH_DATA,
        memory,
        c_void_p(array.ctypes.data),
        c_size_t(array.nbytes),
        (c_int64 * array.ndim)(*array.shape),
        c_size_t(array.ndim),
        c_int(ELEMENT_TYPES[array.dtype.name]),
    )


def _names(tensors: Mapping[str, c_void_p]) -> Any:
    return (c_char_p * len(tensors))(*(name.encode() for name in tensors))


def _values(tensors: Mapping[str, c_void_p]) -> Any:
    return (c_void_p * len(tensors))(*(tensor.value for tensor in tensors.values()))


def missing() -> str:
    """Why the comparison cannot be made here; empty when it can."""
    if library() is None:
        return "this onnxruntime wheel carries no libonnxruntime to load"
    return "" if compiler() else "no C compiler (cc, gcc or clang) on PATH"


def close_enough(ours: Sequence[Any], theirs: Sequence[Any]) -> bool:
    return all(np.allclose(a, b, rtol=1e-3, atol=1e-4) for a, b in zip(ours, theirs, strict=True))
