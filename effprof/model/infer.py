"""Child only: shapes of the tensors in the graph, for chosen input shapes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

from effprof.model import graph as graphs
from effprof.model.model import Shape
from effprof.model.types import size_bytes

LARGE_ELEMENTS = 1024  # shape arithmetic needs less; weights beyond are not copied about
_LIKE_FIRST_INPUT = {  # com.microsoft operators whose first output is shaped as their first input
    "BiasGelu", "FastGelu", "Gelu", "QuickGelu", "SkipLayerNormalization", "MultiHeadAttention",
    "SkipSimplifiedLayerNormalization", "RotaryEmbedding", "BiasSoftmax", "QLinearSigmoid",
    "QLinearLeakyRelu",
}  # fmt: skip
_LIKE_STANDARD = {"FusedConv": "Conv", "FusedGemm": "Gemm", "FusedMatMul": "MatMul"}
_TAKES = {  # stand-in -> how many inputs it takes, and which attributes
    "Identity": (1, ()),
    "Conv": (3, ("auto_pad", "dilations", "group", "kernel_shape", "pads", "strides")),
    "Gemm": (3, ("alpha", "beta", "transA", "transB")),
    "MatMul": (2, ()),
}


@dataclass(frozen=True, slots=True)
class Tensors:
    """What is known of each tensor by name: shape, element type, and the bytes of constants."""

    shapes: dict[str, Shape] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)
    constants: dict[str, int] = field(default_factory=dict)  # name -> bytes as stored


def prepare(model: ModelProto, shapes: Mapping[str, Shape]) -> Tensors:
    """Give the inputs their sizes and forget large weights, in place; what constants weigh."""
    tensors = Tensors()
    for body in graphs.all_graphs(model.graph):
        for name, tensor in graphs.constants(body):
            tensors.shapes[name] = tuple(tensor.dims)
            tensors.types[name] = tensor.data_type
            tensors.constants[name] = size_bytes(tensor.data_type, tensor.dims)
            _drop_weights(tensor)
    sizes = _set_inputs(model.graph, shapes)
    _forget_stale(model.graph, sizes)
    return tensors


def infer(model: ModelProto, tensors: Tensors, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Add to `tensors` every shape and type ONNX can tell; notices.

    `values`: tensors whose contents are known, as numpy arrays; they take the place of the nodes
    that make them. `model` is not changed.
    """
    copy = ModelProto()
    copy.CopyFrom(model)
    _put_values(copy.graph, values)
    _stand_in(copy.graph)
    inferred, notices = _run(copy)
    _collect(inferred.graph, tensors)
    return notices


def _run(model: ModelProto) -> tuple[ModelProto, tuple[str, ...]]:
    reason = ""
    for data_prop in (True, False):
        try:
            return onnx.shape_inference.infer_shapes(model, data_prop=data_prop), ()
        except (onnx.shape_inference.InferenceError, RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else "no reason given"
    return model, (f"shapes could not be inferred: {reason}",)


def _drop_weights(tensor: TensorProto) -> None:
    """Inference wants shapes, and copies what it gets."""
    if prod(tensor.dims) > LARGE_ELEMENTS or tensor.data_location == TensorProto.EXTERNAL:
        for values in ("raw_data", "float_data", "int32_data", "int64_data", "double_data"):
            tensor.ClearField(values)
        tensor.ClearField("external_data")
        tensor.ClearField("data_location")


def _set_inputs(graph: GraphProto, shapes: Mapping[str, Shape]) -> dict[str, int]:
    """Give the inputs their sizes; the size each symbol of theirs got."""
    sizes: dict[str, int] = {}
    for value in graph.input:
        shape = shapes.get(value.name)
        tensor = value.type.tensor_type
        if shape is None or not value.type.HasField("tensor_type"):
            continue
        for old, new in zip(tensor.shape.dim, shape, strict=False):
            if old.dim_param and isinstance(new, int):
                sizes[old.dim_param] = new
        _write(value, shape)
    return sizes


def _write(value: ValueInfoProto, shape: Shape) -> None:
    tensor = value.type.tensor_type
    tensor.shape.ClearField("dim")
    tensor.shape.SetInParent()
    for size in shape:
        dim = tensor.shape.dim.add()
        if isinstance(size, int):
            dim.dim_value = size
        elif size not in ("?", "..."):
            dim.dim_param = size


def _put_values(graph: GraphProto, values: Mapping[str, Any]) -> None:
    """Initializers instead of the nodes that would make the same."""
    kept = [node for node in graph.node if not all(name in values for name in node.output)]
    held = {tensor.name for tensor in graph.initializer}
    graph.ClearField("node")
    graph.node.extend(kept)
    made = [name for name in values if name not in held]
    graph.initializer.extend(onnx.numpy_helper.from_array(values[name], name) for name in made)


def _stand_in(graph: GraphProto) -> None:
    """Replace operators ONNX has no rule for by standard ones that shape their output alike."""
    for body in graphs.all_graphs(graph):
        for node in body.node:
            if not _is_custom(node) or not node.input or not node.output:
                continue
            plain = not any(graphs.attributes(node).get(name) for name in ("transA", "transB"))
            if node.op_type in _LIKE_FIRST_INPUT:
                _become(node, "Identity")
            elif node.op_type in _LIKE_STANDARD and (plain or node.op_type == "FusedGemm"):
                _become(node, _LIKE_STANDARD[node.op_type])


def _is_custom(node: NodeProto) -> bool:
    return node.domain not in graphs.STANDARD and not node.domain.startswith("ai.onnx")


def _become(node: NodeProto, kind: str) -> None:
    takes, named = _TAKES[kind]
    attributes = [attribute for attribute in node.attribute if attribute.name in named]
    stand_in = onnx.helper.make_node(kind, node.input[:takes], node.output[:1], name=node.name)
    stand_in.attribute.extend(attributes)
    node.CopyFrom(stand_in)


def _forget_stale(graph: GraphProto, sizes: Mapping[str, int]) -> None:
    """Shapes the exporter wrote may belong to other input shapes: only those of operators ONNX
    has no rule for are kept, with the sizes their symbols got."""
    custom = {
        name
        for body in graphs.all_graphs(graph)
        for node in body.node
        if _is_custom(node) and node.op_type not in (*_LIKE_FIRST_INPUT, *_LIKE_STANDARD)
        for name in node.output
    }
    for body in graphs.all_graphs(graph):
        kept = [value for value in body.value_info if value.name in custom]
        for value in kept:
            for dim in value.type.tensor_type.shape.dim:
                if dim.dim_param in sizes:
                    dim.dim_value = sizes[dim.dim_param]
        body.ClearField("value_info")
        body.value_info.extend(kept)
    for value in graph.output:
        if value.name not in custom and value.type.HasField("tensor_type"):
            value.type.tensor_type.ClearField("shape")


def _collect(graph: GraphProto, tensors: Tensors) -> None:
    for body in graphs.all_graphs(graph):
        for value in (*body.input, *body.value_info, *body.output):
            tensor = value.type.tensor_type
            if not value.type.HasField("tensor_type"):
                continue
            if tensor.elem_type:
                tensors.types[value.name] = tensor.elem_type
            if tensor.HasField("shape"):
                shape = tuple(
                    dim.dim_value if dim.HasField("dim_value") else dim.dim_param or "?"
                    for dim in tensor.shape.dim
                )
                tensors.shapes[value.name] = shape
