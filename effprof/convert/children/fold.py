"""Shapes fixed, chosen inputs frozen, constants folded: what converters ask of an ONNX file."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper


def run(request: dict[str, Any]) -> dict[str, Any]:
    """`shapes` and `frozen` by input name; writes `out`. Inputs and outputs as they are then."""
    model = onnx.load(request["path"])
    graph = model.graph
    _own_initializers(graph)
    _freeze(graph, request["frozen"])
    for value in graph.input:
        _fix(value, request["shapes"][value.name])
    del graph.value_info[:]
    fixed = Path(request["out"]).with_suffix(".fixed.onnx")
    onnx.save(model, str(fixed))
    _fold(str(fixed), request["out"])
    fixed.unlink()
    folded = onnx.load(request["out"], load_external_data=False)
    return {
        "inputs": [_described(folded.graph, value) for value in folded.graph.input],
        "outputs": [value.name for value in folded.graph.output],
        "transposes": sum(node.op_type == "Transpose" for node in folded.graph.node),
    }


def _own_initializers(graph: onnx.GraphProto) -> None:
    """Up to IR 3 constants are listed as inputs, and what may be overridden is not folded."""
    held = {tensor.name for tensor in graph.initializer}
    kept = [value for value in graph.input if value.name not in held]
    del graph.input[:]
    graph.input.extend(kept)


def _freeze(graph: onnx.GraphProto, frozen: dict[str, Any]) -> None:
    kept = []
    for value in graph.input:
        if value.name not in frozen:
            kept.append(value)
            continue
        told = frozen[value.name]
        array = np.full(told["shape"], told["value"], told["dtype"])
        graph.initializer.append(numpy_helper.from_array(array, value.name))
    del graph.input[:]
    graph.input.extend(kept)


def _fix(value: onnx.ValueInfoProto, shape: list[int]) -> None:
    dims = value.type.tensor_type.shape
    dims.ClearField("dim")
    for size in shape:
        dims.dim.add().dim_value = size


def _fold(path: str, out: str) -> None:
    """ONNX Runtime's basic optimisation: standard operators in, standard operators out."""
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = out
    ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _described(graph: onnx.GraphProto, value: onnx.ValueInfoProto) -> dict[str, Any]:
    return {
        "name": value.name,
        "rank": len(value.type.tensor_type.shape.dim),
        "consumers": sorted({node.op_type for node in graph.node if value.name in node.input}),
    }
