"""One model on one device under one runtime: a bare loop, its joules, effprof's loop beside it.

Run as `python -m benchmarks.gpu_loops REQUEST` under the interpreter that has the runtime, which
needs nothing else but numpy (and onnx for PyTorch). REQUEST is JSON; the answer is the last line.
The bare loops are what a careful person writes: inputs and outputs on the device, a run, a wait.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import repeat
from statistics import median
from time import perf_counter, perf_counter_ns
from typing import Any

import numpy as np

from benchmarks.paired import turn_order
from effprof.worker import loop
from effprof.worker.sampling import SLOW_S, Sampler

Arrays = Mapping[str, Any]
Call = Callable[[], object]
Told = Mapping[str, tuple[tuple[int, ...], str]]
METERED_S = 10.0
"""Under NVML: its power and its counter are held against each other over so long."""
BLOCK_S = 0.03
"""Of a block of runs that takes turns with another."""


@dataclass(frozen=True, slots=True)
class Request:
    """`inputs` and `outputs`: shape, the batch in it, and dtype by name. `job`: loop or beside."""

    job: str
    runtime: str
    device: str
    model: str
    inputs: Told
    outputs: Told
    seconds: float
    threads: int


def main() -> None:
    request = Request(**json.loads(sys.argv[1]))
    rng = np.random.default_rng(0)
    arrays = {
        name: rng.random(tuple(shape), np.float32).astype(dtype)
        for name, (shape, dtype) in request.inputs.items()
    }
    print(json.dumps((_alone if request.job == "loop" else _beside)(request, arrays)))


def _alone(request: Request, arrays: Arrays) -> dict[str, Any]:
    """Median seconds of a run and runs a second; then under NVML, if there is one."""
    call = (_torch if request.runtime == "torch" else _onnxruntime)(request, arrays)
    loop.warm_up(call, 2.0)
    taken, began = list[int](), perf_counter()
    with loop.quiet():
        while perf_counter() - began < request.seconds:
            start = perf_counter_ns()
            call()
            taken.append(perf_counter_ns() - start)
        rate_hz = len(taken) / (perf_counter() - began)
    return {"latency_s": median(taken) / 1e9, "rate_hz": rate_hz, **_metered(request, call)}


def _metered(request: Request, call: Call) -> dict[str, Any]:
    """`series` of the energy counter and of POWER_INSTANT; runs from `start` to `end`."""
    from effprof.meters import nvml, sysfs

    meter = nvml.Nvml()
    if lack := "NVML counts GPUs alone" if request.device == "cpu" else meter.unavailable():
        return {"lack": lack}
    handle, runs = nvml.device(), 0
    power = sysfs.Polled("POWER_INSTANT", "W", lambda: nvml.instant_watts(handle))
    with Sampler([*meter.counters({}), power]) as sampler:
        sampler.interval_s = SLOW_S
        start = perf_counter()
        while perf_counter() - start < METERED_S:
            call()
            runs += 1
        end = perf_counter()
    series = [asdict(one) for one in sampler.series]
    return {"series": series, "start": start, "end": end, "runs": runs}


def _beside(request: Request, arrays: Arrays) -> dict[str, Any]:
    """Seconds a run of blocks in turn: a bare loop, the same once more, effprof's own."""
    from effprof.backends.cuda import OnnxRuntimeCuda
    from effprof.backends.onnxruntime import OnnxRuntime

    backend: Any = OnnxRuntimeCuda() if request.device == "cuda" else OnnxRuntime()
    backend.start()
    session = backend.load(request.model, {"threads": request.threads})
    session.run(arrays)
    ours = session.bind(arrays)
    bare = _bound(request, vars(session)["_session"], arrays, graph=99)
    runs = max(3, int(BLOCK_S / loop.warm_up(ours, 1.0)[1]))
    forms = [lambda: _unclocked(bare, runs)] * 2 + [lambda: loop.time_block(ours, runs)]
    blocks = [list[float]() for _ in forms]
    until_s, turn = perf_counter() + request.seconds, 0
    with loop.quiet():
        while perf_counter() < until_s or turn < 10:
            for place in turn_order(len(forms), turn):
                began = perf_counter_ns()
                forms[place]()
                blocks[place].append((perf_counter_ns() - began) / runs / 1e9)
            turn += 1
    return dict(zip(("bare", "control", "ours"), blocks, strict=True))


def _unclocked(call: Call, runs: int) -> None:
    for _ in repeat(None, runs):
        call()


def _onnxruntime(request: Request, arrays: Arrays) -> Call:
    """A session with the settings of effprof's, made without it."""
    import onnxruntime as ort

    asked = ort.SessionOptions()
    asked.log_severity_level = 3
    if request.device == "cpu":
        asked.intra_op_num_threads = request.threads
        return _bound(request, ort.InferenceSession(request.model, asked), arrays, graph=0)
    ort.preload_dlls()
    cuda = ("CUDAExecutionProvider", {"device_id": "0", "enable_cuda_graph": "1"})
    session = ort.InferenceSession(request.model, asked, providers=[cuda], enable_fallback=0)
    return _bound(request, session, arrays, graph=0)


def _bound(request: Request, session: Any, arrays: Arrays, graph: int) -> Call:
    """`graph`: a number of its own, since a CUDA graph holds the memory that it was captured on."""
    import onnxruntime as ort

    binding, options = session.io_binding(), ort.RunOptions()
    held = ort.OrtValue
    given = {name: held.ortvalue_from_numpy(one, request.device, 0) for name, one in arrays.items()}
    made = {
        name: held.ortvalue_from_shape_and_type(list(shape), dtype, request.device, 0)
        for name, (shape, dtype) in request.outputs.items()
    }
    for name, value in given.items():
        binding.bind_ortvalue_input(name, value)
    for name, value in made.items():
        binding.bind_ortvalue_output(name, value)
    if request.device == "cuda":
        options.add_run_config_entry("gpu_graph_id", str(graph))

    def call(_held: object = (given, made, arrays)) -> None:
        session.run_with_iobinding(binding, options)

    return call


def _torch(request: Request, arrays: Arrays) -> Call:
    """The graph in PyTorch's own functions, eager; without onnx2torch, which need not be there."""
    import torch
    from onnx import load, numpy_helper

    graph = load(request.model).graph
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.allow_tf32 = True
    torch.set_num_threads(request.threads)
    held = {one.name: numpy_helper.to_array(one).copy() for one in graph.initializer}
    given = {
        name: torch.from_numpy(array).to(request.device)
        for name, array in (held | dict(arrays)).items()
    }
    steps = [(_step(node), node.input, node.output[0]) for node in graph.node]
    wait = torch.cuda.synchronize if request.device == "cuda" else lambda: None

    def call() -> None:
        values = dict(given)
        with torch.inference_mode():
            for step, inputs, output in steps:
                values[output] = step(*(values[name] for name in inputs))
        wait()

    return call


def _step(node: Any) -> Callable[..., Any]:
    """Those of convolutional networks, with the attributes that the benchmark's models have."""
    from onnx.helper import get_attribute_value
    from torch.nn import functional as f

    told = {one.name: get_attribute_value(one) for one in node.attribute}
    pads, strides = told.get("pads", [0, 0])[:2], told.get("strides", [1, 1])
    steps: dict[str, Callable[..., Any]] = {
        "Conv": lambda x, w, b: f.conv2d(x, w, b, strides, pads, groups=told.get("group", 1)),
        "BatchNormalization": lambda x, w, b, m, v: f.batch_norm(x, m, v, w, b, eps=1e-5),
        "Relu": f.relu,
        "MaxPool": lambda x: f.max_pool2d(x, told["kernel_shape"], strides, pads),
        "Add": lambda x, y: x + y,
        "GlobalAveragePool": lambda x: f.adaptive_avg_pool2d(x, 1),
        "Flatten": lambda x: x.flatten(1),
        "Gemm": lambda x, w, b: f.linear(x, w if told.get("transB") else w.T, b),
        "Identity": lambda x: x,
    }
    return steps[node.op_type]


if __name__ == "__main__":
    main()
