"""ONNX Runtime's own CPU behind the names of its CUDA provider.

Only what stands at the device is a stand-in: graphs are loaded and run for real. It keeps which
providers were asked for and which CUDA graph each run was of.
"""

import types
from collections.abc import Sequence
from typing import Any

import onnxruntime as real

NO_ROOM = 9
"""Items in an output from which the device has no memory for it."""
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
Failed: type[Exception] = real.capi.onnxruntime_pybind11_state.Fail


class StandIn(types.ModuleType):
    """The module; `available` and `loaded`: its providers; `graphs_fail` and `runs_fail`: why."""

    def __init__(self) -> None:
        super().__init__("onnxruntime")
        self.__version__, self.__file__ = real.__version__, real.__file__
        self.available, self.loaded = [CUDA, CPU], True
        self.graphs_fail = self.runs_fail = self.tensorrt_fails = ""
        self.asked: list[list[Any]] = []
        self.graphs: list[str | None] = []
        self.waits, self.may_fall_back = 0, True
        self.SessionOptions = real.SessionOptions
        self.OrtValue, self.RunOptions = Value, Options

    def disable_telemetry_events(self) -> None:
        return

    def preload_dlls(self) -> None:
        return

    def get_available_providers(self) -> list[str]:
        return self.available

    def InferenceSession(  # noqa: N802  the library's name
        self, path: str, options: Any, providers: Sequence[Any], enable_fallback: int = 1
    ) -> "Session":
        self.may_fall_back = bool(enable_fallback)
        self.asked.append(list(providers))
        told = [one for one in providers if isinstance(one, tuple)]
        if self.tensorrt_fails and "Tensorrt" in str(told):
            raise RuntimeError(self.tensorrt_fails)
        captures = any("1" in given.get("enable_cuda_graph", "") for _, given in told)
        if captures and self.graphs_fail:
            raise Failed(self.graphs_fail)
        return Session(self, real.InferenceSession(path, options, providers=[CPU]))


class Options:
    """Of a run."""

    def __init__(self) -> None:
        self.graph: str | None = None

    def add_run_config_entry(self, key: str, value: str) -> None:
        assert key == "gpu_graph_id"
        self.graph = value


class Value:
    """Memory that a device would hold: a copy, never the caller's."""

    def __init__(self, value: Any, kept: Any = None) -> None:
        self.value, self.kept = value, kept

    @staticmethod
    def ortvalue_from_numpy(array: Any, device: str, number: int) -> "Value":
        assert (device, number) == ("cuda", 0)
        kept = array.copy()
        return Value(real.OrtValue.ortvalue_from_numpy(kept), kept)

    @staticmethod
    def ortvalue_from_shape_and_type(shape: Any, dtype: Any, device: str, number: int) -> "Value":
        assert (device, number) == ("cuda", 0)
        if len(shape) and shape[0] >= NO_ROOM:
            raise RuntimeError("CUDA failure 2: out of memory ; GPU=0")  # a C++ error of no class
        return Value(real.OrtValue.ortvalue_from_shape_and_type(shape, dtype))

    def update_inplace(self, array: Any) -> None:
        self.kept[...] = array

    def numpy(self) -> Any:
        return self.value.numpy()


class Binding:
    def __init__(self, module: StandIn, binding: Any) -> None:
        self.module, self.binding = module, binding

    def bind_ortvalue_input(self, name: str, value: Value) -> None:
        self.binding.bind_ortvalue_input(name, value.value)

    def bind_ortvalue_output(self, name: str, value: Value) -> None:
        self.binding.bind_ortvalue_output(name, value.value)

    def bind_output(self, name: str, device: str, number: int) -> None:
        assert (device, number) == ("cuda", 0)
        self.binding.bind_output(name)

    def copy_outputs_to_cpu(self) -> list[Any]:
        copied: list[Any] = self.binding.copy_outputs_to_cpu()
        return copied

    def synchronize_outputs(self) -> None:
        self.module.waits += 1


class Session:
    def __init__(self, module: StandIn, session: Any) -> None:
        self.module, self.session = module, session

    def get_providers(self) -> list[str]:
        if not self.module.loaded:
            return [CPU]
        return [one if isinstance(one, str) else one[0] for one in self.module.asked[-1]]

    def get_outputs(self) -> Any:
        return self.session.get_outputs()

    def end_profiling(self) -> str:
        return str(self.session.end_profiling())

    def io_binding(self) -> Binding:
        return Binding(self.module, self.session.io_binding())

    def run_with_iobinding(self, binding: Binding, options: Options) -> None:
        self.module.graphs.append(options.graph)
        if self.module.runs_fail and options.graph != "-1":
            raise Failed(self.module.runs_fail)
        self.session.run_with_iobinding(binding.binding)
