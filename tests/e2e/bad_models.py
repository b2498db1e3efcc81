"""Models that do not work, each for a reason of its own; real graphs for the real runtime."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def save(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    *,
    opset: int = 17,
    **rest: Any,
) -> Path:
    graph = helper.make_graph(nodes, "bad", inputs, outputs, **rest)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(model, str(path))
    return path


def floats(name: str, *shape: int | str | None) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def relu(path: Path, *, opset: int = 17) -> Path:
    node = helper.make_node("Relu", ["x"], ["y"], name="relu")
    return save(path, [node], [floats("x", 1, 4)], [floats("y", 1, 4)], opset=opset)


def unknown_operator(path: Path) -> Path:
    node = helper.make_node("Teleport", ["x"], ["y"], name="beam", domain="star.trek")
    graph = helper.make_graph([node], "bad", [floats("x", 1, 4)], [floats("y", 1, 4)])
    sets = [helper.make_opsetid("", 17), helper.make_opsetid("star.trek", 1)]
    onnx.save(helper.make_model(graph, opset_imports=sets, ir_version=8), str(path))
    return path


def fails_at_run_time(path: Path) -> Path:
    """Reshapes 4 elements to as many as the input says: 1 in [0, 1) is never 4."""
    count = helper.make_node("Cast", ["x"], ["shape"], name="count", to=TensorProto.INT64)
    reshape = helper.make_node("Reshape", ["x", "shape"], ["y"], name="reshape")
    return save(path, [count, reshape], [floats("x", 3)], [floats("y", None, None, None)])


def looks_too_far(path: Path) -> Path:
    """Gathers the row that the input names out of a table of two."""
    table = numpy_helper.from_array(np.zeros((2, 4), np.float32), "table")
    row = helper.make_tensor_value_info("row", TensorProto.INT64, [1])
    look = helper.make_node("Gather", ["table", "row"], ["y"], name="look")
    return save(path, [look], [row], [floats("y", 1, 4)], initializer=[table])


def endless(path: Path) -> Path:
    """A Loop whose condition is always true."""
    yes = helper.make_tensor_value_info("go_on", TensorProto.BOOL, [])
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["keep"], ["go_on"]),
            helper.make_node("Identity", ["carried"], ["kept"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("keep", TensorProto.BOOL, []),
            floats("carried", 1),
        ],
        [yes, floats("kept", 1)],
    )
    true = numpy_helper.from_array(np.array(True), "true")
    node = helper.make_node("Loop", ["", "true", "x"], ["y"], name="endless", body=body)
    return save(path, [node], [floats("x", 1)], [floats("y", 1)], initializer=[true])


def hungry(path: Path) -> Path:
    """Fills 8 GB, piece by piece, so that a watcher sees it grow."""
    nodes = [
        helper.make_node("ConstantOfShape", ["side"], ["big"], name="big"),
        *(helper.make_node("Add", ["big", "x"], [f"b{n}"], name=f"add{n}") for n in range(16)),
        helper.make_node("Sum", [f"b{n}" for n in range(16)], ["all"], name="sum"),
        helper.make_node("ReduceMax", ["all"], ["y"], name="max", keepdims=0),
    ]
    side = numpy_helper.from_array(np.array([128, 2**20], np.int64), "side")
    return save(path, nodes, [floats("x", 1)], [floats("y")], initializer=[side])


def not_a_number(path: Path) -> Path:
    """The logarithm of a negative number."""
    nodes = [
        helper.make_node("Abs", ["x"], ["up"], name="abs"),
        helper.make_node("Neg", ["up"], ["down"], name="neg"),
        helper.make_node("Log", ["down"], ["y"], name="log"),
    ]
    return save(path, nodes, [floats("x", 1, 4)], [floats("y", 1, 4)])
