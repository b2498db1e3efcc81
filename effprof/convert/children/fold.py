"""Shapes fixed, chosen inputs frozen, constants folded: what converters ask of an ONNX file."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper, numpy_helper

from effprof.model import graph as graphs
from effprof.model.fold import settle
from effprof.model.infer import Tensors

# As ONNX Runtime says it: domain, colon, type, version.
_UNREGISTERED = re.compile(r"([\w.-]*):(\w+)\(-?\d+\) is not a registered function/op")


def run(request: dict[str, Any]) -> dict[str, Any]:
    """`shapes` and `frozen` by input name; writes `out`. Inputs and outputs as they are then.

    `way`: runtime (ONNX Runtime folds), branches (those that are known are taken here first), or
    none (ONNX Runtime is left out). `flow`: the nodes of control flow that are left. `unknown`:
    nodes of operators that ONNX Runtime does not have; then there is no file.
    """
    model = onnx.load(request["path"])
    graph = model.graph
    _own_initializers(graph)
    _freeze(graph, request["frozen"])
    for value in graph.input:
        _fix(value, request["shapes"][value.name])
    if request.get("way") in ("branches", "none"):
        _take_branches(model)
    _last_states(graph)
    del graph.value_info[:]
    if request.get("way") == "none":
        onnx.save(model, request["out"])
        return _told(graph)
    fixed = Path(request["out"]).with_suffix(".fixed.onnx")
    onnx.save(model, str(fixed))
    try:
        _fold(str(fixed), request["out"])
    except Exception as bad:
        if unknown := _unknown(graph, str(bad)):
            return {"unknown": unknown}
        raise
    fixed.unlink()
    return _told(onnx.load(request["out"], load_external_data=False).graph)


def _told(graph: onnx.GraphProto) -> dict[str, Any]:
    return {
        "unknown": [],
        "inputs": [_described(graph, value) for value in graph.input],
        "outputs": [value.name for value in graph.output],
        "transposes": sum(node.op_type == "Transpose" for node in graph.node),
        "flow": [
            {"name": node.name, "type": node.op_type, "why": "control flow"}
            for node in graph.node
            if node.op_type in ("If", "Loop", "Scan")
        ],
    }


def _unknown(graph: onnx.GraphProto, said: str) -> list[dict[str, str]]:
    """The nodes of the operator that ONNX Runtime says is not registered, or nothing."""
    found = _UNREGISTERED.search(said)
    if found is None:
        return []
    domain, kind = found.groups()
    return [
        {"name": node.name, "type": f"{domain}:{kind}" if domain else kind, "why": "unknown"}
        for body in graphs.all_graphs(graph)
        for node in body.node
        if node.op_type == kind and (node.domain or "ai.onnx") == (domain or "ai.onnx")
    ]


def _take_branches(model: onnx.ModelProto) -> None:
    """Every If whose condition is known becomes its branch."""
    settle(model, Tensors(), {})


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


def _last_states(graph: onnx.GraphProto) -> None:
    """The last state of a forward recurrence, taken from its sequence: the same numbers.

    onnx2tf 2.6.9 gives another state where a Transpose stands before the recurrence, as in every
    model whose batch comes first; of the sequence itself it makes no mistake.
    """
    used = {name for node in graph.node for name in node.input} | {o.name for o in graph.output}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        nodes.append(node)
        if node.op_type not in _RECURRENT or not _plain(node) or node.output[1] not in used:
            continue
        last = node.output[1]
        node.output[0] = node.output[0] or f"{last}_sequence"
        node.output[1] = f"{last}_unused"
        place = numpy_helper.from_array(np.array(-1, np.int64), f"{last}_last")
        graph.initializer.append(place)
        taken = [node.output[0], place.name]
        nodes.append(helper.make_node("Gather", taken, [last], name=f"{last}_from_sequence"))
    del graph.node[:]
    graph.node.extend(nodes)


_RECURRENT = frozenset({"LSTM", "GRU", "RNN"})


def _plain(node: onnx.NodeProto) -> bool:
    """One direction, sequences of one length, time first, and a last state that has a name."""
    told = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    lengths = len(node.input) > 4 and node.input[4]
    forward = told.get("direction", b"forward") == b"forward" and not told.get("layout", 0)
    return bool(forward and not lengths and len(node.output) > 1 and node.output[1])


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
