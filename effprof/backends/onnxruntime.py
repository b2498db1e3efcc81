"""ONNX Runtime on the CPU: sessions with inputs and outputs bound to memory of their own."""

import importlib.util
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from effprof.base.records import OperatorTime
from effprof.ports import Arrays, Refusal, Session

_KERNEL = "_kernel_time"
WARMING_RUNS = 2
_BINDABLE = "biufc"  # numpy kinds that OrtValue holds; strings and sequences go the slow way


class OnnxRuntime:
    formats = ("onnx",)
    packages = ("onnxruntime",)
    any_batch = True

    def unavailable(self) -> str | None:
        if importlib.util.find_spec("onnxruntime") is None:
            return "onnxruntime is not installed (pip install onnxruntime)"
        return None

    def refuses(self, model: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
        return other_format(model)

    def start(self) -> Mapping[str, str]:
        return versions("onnxruntime", imported("onnxruntime", "pip install onnxruntime"))

    def load(self, path: str, options: Mapping[str, Any]) -> "OnnxSession":
        return OnnxSession(path, options)

    def operators(
        self, path: str, options: Mapping[str, Any], arrays: Arrays, seconds: float
    ) -> Sequence[OperatorTime] | str:
        with tempfile.TemporaryDirectory(prefix="effprof-") as folder:
            prefix = str(Path(folder) / "profile")
            session = OnnxSession(path, options, profile_prefix=prefix)
            session.run(arrays)
            warm_s = lasting(session, arrays)
            more = 0 if warm_s > seconds else max(3, min(int(seconds / warm_s), 2000))
            for _ in range(more):
                session.run(arrays)
            file = session.end_profiling()
            events = json.loads(Path(file).read_text(encoding="utf-8"))
        return (
            tuple(per_run(events, more or 1, WARMING_RUNS + more))
            or "the profiler of ONNX Runtime saw no operator"
        )


def other_format(model: Mapping[str, Any]) -> str | None:
    """Why no ONNX Runtime of any kind loads it."""
    if model["format"] != "onnx":
        return f"ONNX Runtime loads ONNX files, this is {model['format']}"
    return None


def imported(distribution: str, install: str) -> Any:
    """The module, which sends nothing home; two distributions bring one of this name."""
    try:
        import onnxruntime
    except ImportError as error:
        raise Refusal("lacking", f"{distribution} does not load: {error}", install) from error
    onnxruntime.disable_telemetry_events()
    return onnxruntime


def versions(distribution: str, runtime: Any) -> dict[str, str]:
    import numpy as np

    return {distribution: runtime.__version__, "numpy": np.__version__}


class OnnxSession:
    """An InferenceSession with effprof's settings: sequential, `threads` in the pool."""

    def __init__(
        self, path: str, options: Mapping[str, Any], *, profile_prefix: str | None = None
    ) -> None:
        import onnxruntime as ort

        asked = ort.SessionOptions()
        asked.log_severity_level = 3
        asked.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        asked.intra_op_num_threads = int(options.get("threads", 0))
        asked.inter_op_num_threads = 1
        spinning = bool(options.get("spinning", True))
        asked.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
        if profile_prefix is not None:
            asked.enable_profiling = True
            asked.profile_file_prefix = profile_prefix
        self._spinning = spinning
        self._threads = asked.intra_op_num_threads
        providers = list(options.get("providers", ["CPUExecutionProvider"]))
        with translated(loading=True):
            self._session = ort.InferenceSession(path, asked, providers=providers)
        self._names = [output.name for output in self._session.get_outputs()]
        self._last: dict[str, Any] = {}
        self._held: list[Any] = []  # a value on the CPU borrows its array's memory, and no more

    @property
    def settings(self) -> Mapping[str, Any]:
        return {
            "providers": self._session.get_providers(),
            "threads": self._threads,
            "spinning": self._spinning,
            "execution_mode": "sequential",
            "graph_optimization": "all",
        }

    def run(self, arrays: Arrays) -> dict[str, Any]:
        with translated():
            outputs = self._session.run(self._names, dict(arrays))
        self._last = dict(zip(self._names, outputs, strict=True))
        return self._last

    def bind(self, arrays: Arrays) -> Callable[[], object]:
        outputs, self._last = self._last, {}  # held on to, they would count as the model's memory
        slow = partial(self._session.run, self._names, dict(arrays))
        if not all(_bindable(array) for array in (*arrays.values(), *outputs.values())):
            return slow
        binding = self._session.io_binding()
        self._bind_inputs(binding, arrays)
        self._bind_outputs(binding, outputs)
        call = partial(self._session.run_with_iobinding, binding)
        try:
            with translated():
                call()
        except Refusal:  # outputs of another shape each time cannot be preallocated
            return slow
        return call

    def end_profiling(self) -> str:
        return str(self._session.end_profiling())

    def close(self) -> None:
        del self._session

    def _bind_inputs(self, binding: Any, arrays: Arrays) -> None:
        import onnxruntime as ort

        for name, array in arrays.items():
            value = ort.OrtValue.ortvalue_from_numpy(array)
            binding.bind_ortvalue_input(name, value)
            self._held += [value, array]

    def _bind_outputs(self, binding: Any, outputs: Arrays) -> None:
        """To memory of the runtime's own, of the shapes the last run gave."""
        import onnxruntime as ort

        for name, array in outputs.items():
            value = ort.OrtValue.ortvalue_from_shape_and_type(list(array.shape), array.dtype)
            binding.bind_ortvalue_output(name, value)
            self._held.append(value)


def errors() -> tuple[type[Exception], ...]:
    """What a session raises: classes of its own without a common one, RuntimeError for the rest."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = (kind for kind in vars(state).values() if isinstance(kind, type))
    return (*(kind for kind in own if issubclass(kind, Exception)), RuntimeError)


class translated:  # noqa: N801  reads as a statement
    """Turns what ONNX Runtime raises inside into a Refusal that knows whose fault it is."""

    def __init__(self, *, loading: bool = False) -> None:
        self._loading = loading

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and isinstance(error, errors()):
            raise _refusal(error, loading=self._loading) from error


_REQUEST = frozenset(
    (
        "InvalidArgument",
        "InvalidProtobuf",
        "InvalidGraph",
        "NoSuchFile",
        "NotImplemented",
        "NoModel",
    )
)
_IN_A_KERNEL = "Non-zero status code returned while running"  # an operator, not the call
_NO_MEMORY = re.compile(
    r"out of memory|failed to allocate memory|bad_alloc|bad allocation|STATUS_ALLOC_FAILED",
    re.IGNORECASE,
)
"""Of its arenas, of C++ on a machine or under a limit that gives no more, of cuBLAS and cuDNN."""
_UNSUPPORTED = re.compile(r"not supported|opset|Unsupported model IR|not a registered")
_NEWER = "a newer onnxruntime may load it: see effprof setup onnxruntime==VERSION"
_EXPORT = {"InvalidProtobuf": "is the file complete?", "NoSuchFile": "is the file complete?"}


def _refusal(error: Exception, *, loading: bool) -> Refusal:
    """Its text follows a number and a name: "[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : ..."."""
    kind = type(error).__name__
    text = _plain(" ".join(str(error).split(" : ", 3)[-1].split()))
    if _NO_MEMORY.search(text):
        return Refusal("failed", f"out of memory: {text}", "a smaller --batch needs less")
    if isinstance(error, RuntimeError):  # none of its named errors: of a device or a library
        return Refusal("failed", f"ONNX Runtime failed: {text}")
    if loading:
        unsupported = kind == "NotImplemented" or _UNSUPPORTED.search(text)
        verb = "does not support" if unsupported else "refuses"
        hint = _NEWER if unsupported else _EXPORT.get(kind, "is the graph valid? export it again")
        return Refusal("request", f"ONNX Runtime {verb} this model: {text}", hint)
    if kind in _REQUEST and not text.startswith(_IN_A_KERNEL):
        return Refusal(
            "request", f"ONNX Runtime refuses these inputs: {text}", "see effprof inspect"
        )
    return Refusal("failed", f"the model failed while running: {text}", "try other --input values")


def _plain(text: str) -> str:
    """Without the file and the place in C++ source, which say nothing to whoever made the model."""
    text = re.sub(r"^Load model from .*? failed: ?", "", text)
    text = re.sub(r"/\S+\.(?:cc|h|cpp|hpp):\d+ [^()]*(?:\([^()]*\))+ ?(?:const )?", "", text)
    if found := re.search(r"Opset (\d+) is under development.* till opset (\d+)", text):
        return f"it is of opset {found[1]}, the newest that this version knows is {found[2]}"
    return text


def _bindable(array: Any) -> bool:
    dtype = getattr(array, "dtype", None)
    return dtype is not None and dtype.kind in _BINDABLE and array.size > 0


def lasting(session: Session, arrays: Arrays) -> float:
    began = perf_counter()
    session.run(arrays)
    return max(perf_counter() - began, 1e-6)


def per_run(events: Iterable[Mapping[str, Any]], runs: int, of_runs: int) -> Iterable[OperatorTime]:
    """Mean of each node's own time over the last `runs` of all runs; counted in whole microseconds.

    A model that takes longer than the whole pass may is timed once, by its second run.

    The time of an If or Loop holds that of the nodes inside it, which have events of their own: it
    is taken off, so that the times add up to the run.
    """
    nodes = [event for event in events if _is_kernel(event)]
    own_us: dict[tuple[str, str], list[float]] = defaultdict(list)
    providers = dict[str, str]()
    for event, inside_us in _nested(nodes):
        name = event["name"].removesuffix(_KERNEL)
        providers[name] = str(event["args"].get("provider", ""))
        own_us[name, event["args"].get("op_name", "?")].append(max(0, event["dur"] - inside_us))
    for (name, kind), taken in own_us.items():
        calls_a_run = max(1, round(len(taken) / of_runs))
        run_s = sum(taken[-runs * calls_a_run :]) * 1e-6 / runs
        yield OperatorTime(name, kind, run_s, provider=providers[name])


def _is_kernel(event: Mapping[str, Any]) -> bool:
    return event.get("cat") == "Node" and str(event["name"]).endswith(_KERNEL)


def _nested(nodes: Sequence[Mapping[str, Any]]) -> Iterable[tuple[Mapping[str, Any], float]]:
    """Each event with the microseconds of the events directly inside it."""
    outer: list[tuple[Mapping[str, Any], float]] = []
    for event in sorted(nodes, key=lambda one: (one["ts"], -one["dur"])):
        while outer and event["ts"] >= outer[-1][0]["ts"] + outer[-1][0]["dur"]:
            yield outer.pop()
        if outer:
            around, inside_us = outer.pop()
            outer.append((around, inside_us + event["dur"]))
        outer.append((event, 0.0))
    yield from reversed(outer)
