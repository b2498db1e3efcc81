"""ONNX Runtime on an NVIDIA GPU: its CUDA provider, and TensorRT's where that can be loaded.

Inputs and outputs are bound to memory of the device before the clock starts; a run ends when the
stream is synchronised. Where every node is on the GPU and no shape is open, runs are replays of a
CUDA graph. Copies to and from the device are timed apart. Nodes that no provider of the GPU takes
run on the CPU: the pass over operators names them.

onnxruntime-gpu and onnxruntime overwrite each other, so this one has an environment of its own
(`effprof setup cuda`), unless the user's holds it already.
"""

import ctypes
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from effprof.backends import copies
from effprof.backends.onnxruntime import (
    WARMING_RUNS,
    errors,
    imported,
    lasting,
    other_format,
    per_run,
    translated,
    versions,
)
from effprof.base.nvidia import FIRST, no_gpu
from effprof.base.records import Measurement, Missing, OperatorTime
from effprof.ports import Arrays, Refusal

DISTRIBUTION = "onnxruntime-gpu"
CUDA, TENSORRT, CPU = "CUDAExecutionProvider", "TensorrtExecutionProvider", "CPUExecutionProvider"
DEVICE = FIRST
INSTALL_RUNTIME = "effprof setup cuda"
LIBRARIES = (
    f"{INSTALL_RUNTIME} brings CUDA's; nvidia-smi tells which CUDA the driver is new enough for"
)


class OnnxRuntimeCuda:
    formats = ("onnx",)
    packages = (DISTRIBUTION,)
    environment = "cuda"  # what `effprof setup` makes for it
    any_batch = True

    def accelerator(self, options: Mapping[str, Any]) -> bool:
        return True

    def no_device(self, options: Mapping[str, Any]) -> str | None:
        """Why no GPU can be used, whatever is installed; touches no runtime."""
        return no_gpu()

    def unavailable(self) -> str | None:
        if lack := no_gpu():
            return lack
        try:
            metadata.distribution(DISTRIBUTION)
        except metadata.PackageNotFoundError:
            return f"{DISTRIBUTION} is not installed ({INSTALL_RUNTIME})"
        return None

    def refuses(self, model: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
        return other_format(model)

    def start(self) -> Mapping[str, str]:
        onnxruntime = imported(DISTRIBUTION, INSTALL_RUNTIME)
        if hasattr(onnxruntime, "preload_dlls"):  # the nvidia wheels', or those of a torch
            onnxruntime.preload_dlls()
        if CUDA not in onnxruntime.get_available_providers():
            raise Refusal(
                "lacking", "this onnxruntime has no CUDA provider: it is the CPU's", INSTALL_RUNTIME
            )
        return versions(DISTRIBUTION, onnxruntime)

    def load(self, path: str, options: Mapping[str, Any]) -> "CudaSession":
        return CudaSession(path, options)

    def operators(
        self, path: str, options: Mapping[str, Any], arrays: Arrays, seconds: float
    ) -> Sequence[OperatorTime] | str:
        """Kernels are launched without waiting, so the times are of launches: order and place."""
        with tempfile.TemporaryDirectory(prefix="effprof-") as folder:
            session = CudaSession(path, options, profile_prefix=str(Path(folder) / "profile"))
            session.run(arrays)
            runs = max(3, min(int(seconds / lasting(session, arrays)), 2000))
            for _ in range(runs):
                session.run(arrays)
            events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
        return (
            tuple(per_run(events, runs, WARMING_RUNS + runs))
            or "the profiler of ONNX Runtime saw no operator"
        )


class CudaSession:
    """A session whose inputs and outputs stay on the device."""

    def __init__(
        self, path: str, options: Mapping[str, Any], *, profile_prefix: str | None = None
    ) -> None:
        self._profile_prefix = profile_prefix
        self._graphs = False
        self._bound = 0
        self._readings: tuple[Measurement, ...] = ()
        with translated(loading=True):
            self._session = self._first_that_loads(path, options)
        # ONNX Runtime goes on without it, and says no more.
        if CUDA not in self._session.get_providers():
            raise Refusal("lacking", f"the CUDA provider does not load: {_why()}", LIBRARIES)
        self._tf32 = bool(options.get("tf32", True))
        self._names = [output.name for output in self._session.get_outputs()]
        self._last: dict[str, Any] = {}
        self._held: list[Any] = []

    def _first_that_loads(self, path: str, options: Mapping[str, Any]) -> Any:
        """With TensorRT and a CUDA graph where they are wanted, else without the one or the other.

        TensorRT's provider is listed where its libraries are not; a graph with nodes on the CPU or
        control flow cannot be captured whole.
        """
        capture = bool(options.get("cuda_graphs", True)) and self._profile_prefix is None
        *more, _least = (
            (tensorrt, graphs)
            for tensorrt in ((True, False) if options.get("tensorrt") else (False,))
            for graphs in ((True, False) if capture else (False,))
        )
        for tensorrt, self._graphs in more:
            with suppress(*errors()):
                session = self._made(path, options, tensorrt=tensorrt)
                if not tensorrt or TENSORRT in session.get_providers():
                    return session
        self._graphs = False
        return self._made(path, options, tensorrt=False)

    def _made(self, path: str, options: Mapping[str, Any], *, tensorrt: bool) -> Any:
        import onnxruntime as ort

        asked = ort.SessionOptions()
        asked.log_severity_level = 3
        if self._profile_prefix is not None:
            asked.enable_profiling = True
            asked.profile_file_prefix = self._profile_prefix
        cuda = {
            "device_id": str(DEVICE),
            "use_tf32": str(int(bool(options.get("tf32", True)))),
            # One provider captures, and it must have every node: of the two the first.
            "enable_cuda_graph": str(int(self._graphs and not tensorrt)),
        }
        providers: list[Any] = [(CUDA, cuda), CPU]
        if tensorrt:
            trt = {"device_id": str(DEVICE), "trt_cuda_graph_enable": str(self._graphs)}
            providers.insert(0, (TENSORRT, trt))
        # Its fallback would make the session anew without the provider that failed: on the CPU.
        return ort.InferenceSession(path, asked, providers=providers, enable_fallback=0)

    @property
    def settings(self) -> Mapping[str, Any]:
        return {
            "providers": self._session.get_providers(),
            "device": DEVICE,
            "cuda_graphs": self._graphs,
            "tf32": self._tf32,
            "bound_to": "cuda",
        }

    def run(self, arrays: Arrays) -> dict[str, Any]:
        binding = self._session.io_binding()
        with translated():
            values = self._bind_inputs(binding, arrays)
            for name in self._names:
                binding.bind_output(name, "cuda", DEVICE)
            self._session.run_with_iobinding(binding, self._options(graph=-1))
            outputs = binding.copy_outputs_to_cpu()
        del values
        self._last = dict(zip(self._names, outputs, strict=True))
        return self._last

    def bind(self, arrays: Arrays) -> Callable[[], object]:
        outputs, self._last = self._last, {}
        binding = self._session.io_binding()
        with translated():
            given = self._bind_inputs(binding, arrays)
            made = self._bind_outputs(binding, outputs)
        self._held += [binding, given, made]
        self._bound += 1
        run, options = self._session.run_with_iobinding, self._options(graph=self._bound)

        def once() -> None:
            run(binding, options)
            binding.synchronize_outputs()

        try:
            with translated(), _capturing(self._graphs):
                once()  # captures, where there are graphs
                once()
        except Refusal:
            if self._graphs:
                raise
            for name in made:  # outputs of another shape each time cannot be preallocated
                binding.bind_output(name, "cuda", DEVICE)
            with translated():  # what was another fault is one still, and is told here
                once()
        if not self._readings:
            self._readings = copies.readings(
                partial(_copy_in, given, arrays), partial(_copy_out, made)
            )
        return once

    def readings(self) -> Sequence[Measurement | Missing]:
        """The copies of the first batch that was bound; what its arena holds nothing tells."""
        reason = "ONNX Runtime does not tell what its arena holds, only NVML what the process does"
        return (*self._readings, Missing("memory.device_arena", reason))

    def end_profiling(self) -> str:
        return str(self._session.end_profiling())

    def close(self) -> None:
        del self._session

    def _bind_inputs(self, binding: Any, arrays: Arrays) -> dict[str, Any]:
        import onnxruntime as ort

        values = {
            name: ort.OrtValue.ortvalue_from_numpy(array, "cuda", DEVICE)
            for name, array in arrays.items()
        }
        for name, value in values.items():
            binding.bind_ortvalue_input(name, value)
        return values

    def _bind_outputs(self, binding: Any, outputs: Arrays) -> dict[str, Any]:
        """To memory of the device, of the shapes the last run gave."""
        import onnxruntime as ort

        made = {
            name: ort.OrtValue.ortvalue_from_shape_and_type(
                list(array.shape), array.dtype, "cuda", DEVICE
            )
            for name, array in outputs.items()
        }
        for name, value in made.items():
            binding.bind_ortvalue_output(name, value)
        return made

    def _options(self, *, graph: int) -> Any:
        """The number of a CUDA graph, one for each call that is bound; -1 keeps a run out of all.

        A graph holds its memory's addresses and shapes for good, and is replayed without a check.
        """
        import onnxruntime as ort

        options = ort.RunOptions()
        if self._graphs:
            options.add_run_config_entry("gpu_graph_id", str(graph))
        return options


def _why() -> str:
    """What the loader of libraries says, which ONNX Runtime only logs."""
    import onnxruntime as ort

    folder = Path(ort.__file__).parent / "capi"
    for name in ("libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"):
        try:
            ctypes.CDLL(str(folder / name), ctypes.RTLD_GLOBAL)
        except OSError as error:
            return f"{error} (CUDA, cuDNN or the driver is lacking, or older than it needs)"
    return "its libraries are there, and it finds no GPU that it can use"


def _copy_in(given: Mapping[str, Any], arrays: Arrays) -> None:
    for name, value in given.items():
        value.update_inplace(arrays[name])


def _copy_out(made: Mapping[str, Any]) -> None:
    for value in made.values():
        value.numpy()


@contextmanager
def _capturing(graphs: bool) -> Iterator[None]:
    """A run that fails while it is captured may do well without."""
    try:
        yield
    except errors() as error:
        if not graphs or "out of memory" in str(error).lower():
            raise
        text = " ".join(str(error).split())
        hint = "cuda_graphs: false under options: in a copy of the target"
        raise Refusal("failed", f"no CUDA graph could be made: {text}", hint) from error
