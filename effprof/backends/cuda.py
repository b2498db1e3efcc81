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
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from effprof.backends.onnxruntime import WARMING_RUNS, lasting, per_run, translated
from effprof.base.records import Measurement, Missing, OperatorTime, Origin
from effprof.ports import Arrays, Refusal

DISTRIBUTION = "onnxruntime-gpu"
CUDA, TENSORRT, CPU = "CUDAExecutionProvider", "TensorrtExecutionProvider", "CPUExecutionProvider"
DEVICE = 0
COPIES = 20
INSTALL_DRIVER = "install NVIDIA's driver, or measure the CPU on purpose: --target cloud-cpu"
INSTALL_RUNTIME = "effprof setup cuda"


class OnnxRuntimeCuda:
    formats = ("onnx",)
    packages = (DISTRIBUTION,)
    environment = "cuda"  # what `effprof setup` makes for it
    accelerator = True

    def no_device(self) -> str | None:
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
        if model["format"] not in self.formats:
            return f"ONNX Runtime loads ONNX files, this is {model['format']}"
        return None

    def start(self) -> Mapping[str, str]:
        try:
            import onnxruntime
        except ImportError as error:
            raise Refusal(
                "lacking", f"{DISTRIBUTION} does not load: {error}", INSTALL_RUNTIME
            ) from error
        import numpy as np

        if hasattr(onnxruntime, "preload_dlls"):  # the nvidia wheels', or those of a torch
            onnxruntime.preload_dlls()
        onnxruntime.disable_telemetry_events()
        if CUDA not in onnxruntime.get_available_providers():
            raise Refusal(
                "lacking", "this onnxruntime has no CUDA provider: it is the CPU's", INSTALL_RUNTIME
            )
        return {DISTRIBUTION: onnxruntime.__version__, "numpy": np.__version__}

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


def no_gpu() -> str | None:
    """What of the way to a GPU is not there: the driver's library, or a device behind it."""
    looked = "looked for libcuda.so.1 and a CUDA device"
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return f"no NVIDIA driver on this machine ({looked}; {INSTALL_DRIVER})"
    if code := driver.cuInit(0):
        return f"NVIDIA's driver finds no GPU: cuInit answers {code} ({looked}; see nvidia-smi)"
    count = ctypes.c_int(0)
    if driver.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
        return f"NVIDIA's driver shows no GPU ({looked}; CUDA_VISIBLE_DEVICES may hide it)"
    return None


class CudaSession:
    """A session whose inputs and outputs stay on the device."""

    def __init__(
        self, path: str, options: Mapping[str, Any], *, profile_prefix: str | None = None
    ) -> None:
        self._profile_prefix = profile_prefix
        self._graphs = bool(options.get("cuda_graphs", True)) and profile_prefix is None
        self._copies: dict[str, list[float]] = {}
        with translated(loading=True):
            try:
                self._session = self._made(path, options)
            except Exception:
                if not self._graphs:
                    raise
                # Nodes on the CPU or control flow: the whole graph cannot be captured.
                self._graphs = False
                self._session = self._made(path, options)
        # ONNX Runtime goes on without it, and says no more.
        if CUDA not in self._session.get_providers():
            raise Refusal(
                "lacking",
                "the CUDA provider does not load: CUDA or cuDNN is lacking or of another version",
                INSTALL_RUNTIME,
            )
        self._tf32 = bool(options.get("tf32", True))
        self._names = [output.name for output in self._session.get_outputs()]
        self._last: dict[str, Any] = {}
        self._held: list[Any] = []

    def _made(self, path: str, options: Mapping[str, Any]) -> Any:
        import onnxruntime as ort

        asked = ort.SessionOptions()
        asked.log_severity_level = 3
        if self._profile_prefix is not None:
            asked.enable_profiling = True
            asked.profile_file_prefix = self._profile_prefix
        cuda = {
            "device_id": str(DEVICE),
            "use_tf32": str(int(bool(options.get("tf32", True)))),
            "enable_cuda_graph": str(int(self._graphs)),
        }
        providers: list[Any] = [(CUDA, cuda), CPU]
        if options.get("tensorrt", False) and TENSORRT in ort.get_available_providers():
            trt = {"device_id": str(DEVICE), "trt_cuda_graph_enable": str(bool(self._graphs))}
            providers.insert(0, (TENSORRT, trt))
        return ort.InferenceSession(path, asked, providers=providers)

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
        values = self._bind_inputs(binding, arrays)
        for name in self._names:
            binding.bind_output(name, "cuda", DEVICE)
        with translated():
            self._session.run_with_iobinding(binding, self._options(captured=False))
            outputs = binding.copy_outputs_to_cpu()
        del values
        self._last = dict(zip(self._names, outputs, strict=True))
        return self._last

    def bind(self, arrays: Arrays) -> Callable[[], object]:
        import onnxruntime as ort

        outputs, self._last = self._last, {}
        binding = self._session.io_binding()
        given = self._bind_inputs(binding, arrays)
        made = {
            name: ort.OrtValue.ortvalue_from_shape_and_type(
                list(array.shape), array.dtype, "cuda", DEVICE
            )
            for name, array in outputs.items()
        }
        for name, value in made.items():
            binding.bind_ortvalue_output(name, value)
        self._held += [binding, given, made]
        run, options = self._session.run_with_iobinding, self._options(captured=True)

        def once() -> None:
            run(binding, options)
            binding.synchronize_outputs()

        with translated():
            once()  # captures, where there are graphs
            once()
        self._time_copies(given, arrays, made)
        return once

    def readings(self) -> Sequence[Measurement | Missing]:
        """Copies of one run's inputs and outputs, which stand outside `latency.*`."""
        return [
            Measurement(
                metric,
                median(taken),
                Origin.MEASURED,
                "clock:perf_counter, copy from and to pageable memory",
                n=len(taken),
                scope="apart from latency, which finds its inputs on the device",
            )
            for metric, taken in self._copies.items()
        ]

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

    def _options(self, *, captured: bool) -> Any:
        """-1 keeps a run out of the graph, which holds its memory's addresses for good."""
        import onnxruntime as ort

        options = ort.RunOptions()
        if self._graphs:
            options.add_run_config_entry("gpu_graph_id", "1" if captured else "-1")
        return options

    def _time_copies(
        self, given: Mapping[str, Any], arrays: Arrays, made: Mapping[str, Any]
    ) -> None:
        def to_device() -> None:
            for name, value in given.items():
                value.update_inplace(arrays[name])

        def to_host() -> None:
            for value in made.values():
                value.numpy()

        copies = {"latency.host_to_device": to_device, "latency.device_to_host": to_host}
        for metric, copy in copies.items():
            copy()
            self._copies[metric] = [_taken(copy) for _ in range(COPIES)]


def _taken(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began
