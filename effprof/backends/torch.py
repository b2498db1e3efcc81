"""PyTorch, eager, on the CPU or an NVIDIA GPU: ONNX graphs made into modules by onnx2torch.

It takes ONNX and nothing of PyTorch's own. A TorchScript or `torch.save` file is a pickle, and so
is much of a `.pt2` archive: `torch.export.load` of PyTorch 2.13 reads weights and example inputs
with `weights_only=False`, or falls back to it, and whoever made the file then runs code here.

Inputs lie on the device before the clock starts; outputs are made anew in every run, as PyTorch
does. A run on a GPU ends when its stream is synchronised; copies are timed apart.
"""

import importlib.util
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any

from effprof.backends import copies
from effprof.base.nvidia import no_gpu
from effprof.base.records import Measurement, Missing, OperatorTime, Origin
from effprof.ports import Arrays, Refusal

INSTALL = "pip install torch onnx2torch"
ELSEWHERE = "ONNX Runtime may take it: -t edge, -t cloud"
MOST_RUNS = 200
_UNCONVERTIBLE = (
    *(NotImplementedError, ValueError, KeyError, IndexError, TypeError, AttributeError),
    *(RuntimeError, AssertionError, OSError),
)
"""What onnx2torch and onnx were seen to raise for a graph or an attribute they do not take."""


class Torch:
    formats = ("onnx",)
    packages = ("torch", "onnx2torch")
    any_batch = True
    rebuilds = True

    def accelerator(self, options: Mapping[str, Any]) -> bool:
        return _device(options) == "cuda"

    def no_device(self, options: Mapping[str, Any]) -> str | None:
        return no_gpu() if self.accelerator(options) else None

    def unavailable(self) -> str | None:
        for name in self.packages:
            if importlib.util.find_spec(name) is None:
                return f"{name} is not installed ({INSTALL})"
        return None

    def refuses(self, model: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
        if model["format"] not in self.formats:
            return f"onnx2torch takes ONNX files, this is {model['format']}"
        if (device := _device(options)) not in ("cpu", "cuda"):
            return f"options.device: {device}: cpu or cuda"
        return None

    def start(self) -> Mapping[str, str]:
        from importlib.metadata import version

        try:
            import numpy as np
            import onnx2torch  # noqa: F401
            import torch
        except (ImportError, RuntimeError, OSError) as error:  # of another build: the last two
            raise Refusal("lacking", f"PyTorch does not load: {error}", INSTALL) from error
        with suppress(RuntimeError):  # once a process
            torch.set_num_interop_threads(1)
        return {
            "torch": str(torch.__version__),
            "onnx2torch": version("onnx2torch"),
            "numpy": np.__version__,
        }

    def load(self, path: str, options: Mapping[str, Any]) -> "TorchSession":
        return TorchSession(path, options)

    def operators(
        self, path: str, options: Mapping[str, Any], arrays: Arrays, seconds: float
    ) -> Sequence[OperatorTime] | str:
        """Nodes one after the other as PyTorch runs them anyway, each waited for."""
        session = TorchSession(path, options)
        session.run(arrays)
        began = perf_counter()
        timed = session.nodes(arrays)
        runs = max(1, min(int(seconds / (perf_counter() - began)), MOST_RUNS))
        if len(timed) != len(session.names):
            return "onnx2torch made more or fewer modules than the graph has nodes"
        taken = defaultdict[tuple[str, str], float](float)
        for _ in range(runs):
            for name, kind, node_s in session.nodes(arrays):
                taken[name, kind] += node_s
        return tuple(OperatorTime(*key, total_s / runs) for key, total_s in taken.items())


def _device(options: Mapping[str, Any]) -> str:
    return str(options.get("device", "cpu"))


class TorchSession:
    """A module whose inputs stay on its device."""

    def __init__(self, path: str, options: Mapping[str, Any]) -> None:
        import torch

        self._device = _device(options)
        self._tf32 = bool(options.get("tf32", True))
        self._threads = int(options.get("threads", 1))
        torch.set_num_threads(self._threads)
        if self._device == "cuda":
            if not torch.cuda.is_available():
                raise Refusal("lacking", "this PyTorch reaches no GPU: is it the CPU's?", INSTALL)
            torch.set_float32_matmul_precision("high" if self._tf32 else "highest")
            torch.backends.cudnn.allow_tf32 = self._tf32
        self._module, self._inputs, self._outputs, self._nodes = _converted(path)
        with _translated():
            self._module.to(self._device).eval()
        self._readings: tuple[Measurement | Missing, ...] = ()

    @property
    def settings(self) -> Mapping[str, Any]:
        known = {"threads": self._threads, "device": self._device, "execution_mode": "eager"}
        return known | ({"tf32": self._tf32} if self._device == "cuda" else {})

    def run(self, arrays: Arrays) -> dict[str, Any]:
        import torch

        with _translated(), torch.inference_mode():
            answered = self._module(*self._tensors(arrays))
            several = answered if isinstance(answered, list | tuple) else [answered]
            values = [value.cpu().numpy() for value in several]
        return dict(zip(self._outputs, values, strict=True))

    def bind(self, arrays: Arrays) -> Callable[[], object]:
        import torch

        with _translated():
            given = self._tensors(arrays)
        run = torch.inference_mode()(partial(self._module, *given))
        if self._device == "cpu":
            return run  # type: ignore[no-any-return]
        wait = torch.cuda.synchronize

        def once() -> None:
            run()
            wait()

        if not self._readings:
            with _translated():
                answered = run()
            self._readings = copies.readings(
                partial(self._copy_in, arrays, given), partial(self._copy_out, answered)
            )
        return once

    def readings(self) -> Sequence[Measurement | Missing]:
        """Of a GPU: the copies of the first batch bound, and what PyTorch's allocator holds."""
        if self._device == "cpu":
            return ()
        import torch

        held = float(torch.cuda.max_memory_reserved())
        used = torch.cuda.max_memory_allocated()
        scope = f"what its allocator took from the driver, {used} B of it in use at the most"
        arena = Measurement(
            "memory.device_arena",
            held,
            Origin.MEASURED,
            "torch:max_memory_reserved",
            scope=scope,
        )
        return (*self._readings, arena)

    def nodes(self, arrays: Arrays) -> list[tuple[str, str, float]]:
        """Name, type and seconds of every node of one run."""
        import torch

        timed = _timed(self._module, self._nodes, wait=self._wait)
        with _translated(), torch.inference_mode():
            timed.run(*self._tensors(arrays))
        return list(timed.taken)

    @property
    def names(self) -> Sequence[tuple[str, str]]:
        """Name and type of the graph's nodes, in order."""
        return self._nodes

    def close(self) -> None:
        del self._module

    def _wait(self) -> None:
        if self._device == "cuda":
            import torch

            torch.cuda.synchronize()

    def _tensors(self, arrays: Arrays) -> list[Any]:
        import torch

        return [torch.from_numpy(arrays[name].copy()).to(self._device) for name in self._inputs]

    def _copy_in(self, arrays: Arrays, given: Sequence[Any]) -> None:
        import torch

        for name, tensor in zip(self._inputs, given, strict=True):
            tensor.copy_(torch.from_numpy(arrays[name]))
        self._wait()

    def _copy_out(self, answered: Any) -> None:
        for value in answered if isinstance(answered, list | tuple) else [answered]:
            value.cpu()


def _converted(path: str) -> tuple[Any, list[str], list[str], list[tuple[str, str]]]:
    """The module, its inputs and outputs by name and in order, its nodes as (name, type).

    The graph is handed over in memory: given a path, onnx2torch writes beside the user's file.
    """
    import onnx
    import onnx2torch

    from effprof.model.graph import node_names

    try:
        proto = onnx.load(path)
        lack = _untold(proto.graph)
        module = None if lack else onnx2torch.convert(proto)
    except _UNCONVERTIBLE as error:
        verb = "does not support" if isinstance(error, NotImplementedError) else "refuses"
        message = f"onnx2torch {verb} this model: {' '.join(str(error).split())}"
        raise Refusal("request", message, ELSEWHERE) from error
    if lack:
        raise Refusal("request", f"onnx2torch loses {lack}", ELSEWHERE)
    held = {tensor.name for tensor in proto.graph.initializer}
    inputs = [one.name for one in proto.graph.input if one.name not in held]
    kinds = [node.op_type for node in proto.graph.node]
    nodes = list(zip(node_names(proto.graph), kinds, strict=True))
    return module, inputs, [one.name for one in proto.graph.output], nodes


def _untold(graph: Any) -> str:
    """Outputs that onnx2torch does not give one by one; empty where it gives all.

    It returns what the nodes return that make them: a node of several outputs all of these.
    """
    makers = {name: list(node.output) for node in graph.node for name in node.output}
    for output in graph.output:
        made = [name for name in makers.get(output.name, ()) if name]
        if made != [output.name]:
            return f"the output {output.name}: it is one of several of its node, or of no node"
    return ""


def _timed(module: Any, nodes: Sequence[tuple[str, str]], wait: Callable[[], None]) -> Any:
    """An interpreter of the module that times its nodes; `taken`: (name, type, seconds) of each."""
    from torch import fx

    class Timed(fx.Interpreter):  # type: ignore[misc]
        taken: list[tuple[str, str, float]]

        def call_module(self, target: Any, args: Any, kwargs: Any) -> Any:
            began = perf_counter()
            answered = super().call_module(target, args, kwargs)
            wait()
            at = len(self.taken)
            name, kind = nodes[at] if at < len(nodes) else (str(target), "")
            self.taken.append((name, kind, perf_counter() - began))
            return answered

    timed = Timed(module)
    timed.taken = []
    return timed


class _translated:  # noqa: N801  reads as a statement
    """Turns what PyTorch raises inside into a Refusal that knows whose fault it is."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, Refusal):
            return
        text = " ".join(str(error).split())
        if type(error).__name__ == "OutOfMemoryError" or "can't allocate memory" in text:
            hint = "a smaller --batch needs less"
            raise Refusal("failed", f"out of memory: {text}", hint) from error
        raise Refusal("failed", f"the model failed while running: {text}", ELSEWHERE) from error
