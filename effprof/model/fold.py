"""Child only: shapes that hang on arithmetic, and branches whose condition is known.

Exporters write sizes as small computations (Shape, Gather, Concat, Reshape ...) and choose branches
by them. ONNX's inference follows some; the rest is worked out here with onnx's own reference
operators, on tensors of a few numbers, until nothing more becomes known.
"""

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, NodeProto

from effprof.model import graph as graphs
from effprof.model import infer
from effprof.model.infer import LARGE_ELEMENTS, Tensors

_ROUNDS = 12  # a branch inside a branch inside a branch; each round infers all shapes again
_ARITHMETIC = frozenset({
    "Abs", "Add", "And", "Cast", "Ceil", "Concat", "ConstantOfShape", "Div", "Equal", "Expand",
    "Flatten", "Floor", "Gather", "Greater", "GreaterOrEqual", "Identity", "Less", "LessOrEqual",
    "Max", "Min", "Mod", "Mul", "Neg", "NonZero", "Not", "Or", "Pow", "Range", "ReduceMax",
    "ReduceMin", "ReduceProd", "ReduceSum", "Reshape", "Round", "Slice", "Split", "Sqrt", "Squeeze",
    "Sub", "Transpose", "Unsqueeze", "Where", "Xor",
})  # fmt: skip
_GROWS = {"ConstantOfShape": 0, "Expand": 1}  # the input that says how large the output becomes


def settle(model: ModelProto, tensors: Tensors, inputs: Mapping[str, int]) -> tuple[str, ...]:
    """Fill `tensors`; take known branches in `model`, in place. Notices.

    `inputs`: integer inputs of which the one value is known.
    """
    values = _given(model.graph, inputs)
    notices: tuple[str, ...] = ()
    for _ in range(_ROUNDS):
        notices = infer.infer(model, tensors, values)
        if _is_settled(model.graph, tensors):
            break
        before = len(values)
        _evaluate(model, tensors, values)
        if not _take_branches(model.graph, values) and len(values) == before:
            break
    return notices


def _is_settled(graph: GraphProto, tensors: Tensors) -> bool:
    """Nothing is left to find out: every shape is in numbers, and there is no branch."""
    shapes = [tensors.shapes.get(name) for node in graph.node for name in node.output if name]
    known = all(
        shape is not None and all(isinstance(dim, int) for dim in shape) for shape in shapes
    )
    return known and not any(node.op_type == "If" for node in graph.node)


def _given(graph: GraphProto, inputs: Mapping[str, int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for value in graph.input:
        shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        if value.name in inputs and prod(shape) == 1:
            kind = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
            if np.can_cast(np.min_scalar_type(inputs[value.name]), kind):
                values[value.name] = np.full(shape, inputs[value.name], kind)
    return values


def _evaluate(model: ModelProto, tensors: Tensors, values: dict[str, Any]) -> None:
    """Add what follows from `values` and from known shapes, in the graph's order."""
    for tensor in model.graph.initializer:
        if prod(tensor.dims) <= LARGE_ELEMENTS and tensor.name not in values:
            _note(values, [tensor.name], _contents(tensor))
    for node in model.graph.node:
        if all(name in values for name in node.output):
            continue
        if node.op_type in ("Shape", "Size"):
            _note(values, node.output, _measure(node, tensors))
        elif node.op_type == "Constant" or _is_arithmetic(node, values):
            _note(values, node.output, _run(node, model, values))


def _note(values: dict[str, Any], names: Iterable[str], arrays: list[Any] | None) -> None:
    made = zip(names, arrays or (), strict=False)
    values.update((name, array) for name, array in made if name and array.size <= LARGE_ELEMENTS)


def _contents(tensor: onnx.TensorProto) -> list[Any] | None:
    try:
        return [onnx.numpy_helper.to_array(tensor)]
    except (ValueError, TypeError):  # emptied as a large weight, or damaged
        return None


def _measure(node: NodeProto, tensors: Tensors) -> list[Any] | None:
    shape = tensors.shapes.get(node.input[0])
    if shape is None or any(isinstance(dim, str) for dim in shape):
        return None
    if node.op_type == "Size":
        return [np.array(prod(int(dim) for dim in shape), np.int64)]
    wanted = graphs.attributes(node)
    return [np.array(shape, np.int64)[slice(wanted.get("start", 0), wanted.get("end"))]]


def _is_arithmetic(node: NodeProto, values: Mapping[str, Any]) -> bool:
    if node.op_type not in _ARITHMETIC or node.domain not in graphs.STANDARD:
        return False
    if not node.input or not all(name in values for name in node.input if name):
        return False
    if node.op_type in _GROWS:
        return bool(prod(values[node.input[_GROWS[node.op_type]]].tolist()) <= LARGE_ELEMENTS)
    if node.op_type == "Range":
        start, limit, delta = (float(values[name].reshape(())) for name in node.input)
        return bool(delta) and (limit - start) / delta <= LARGE_ELEMENTS
    return True


def _run(node: NodeProto, model: ModelProto, values: Mapping[str, Any]) -> list[Any] | None:
    """The node's outputs by onnx's reference implementation; None where it has no answer."""
    from onnx.reference import ReferenceEvaluator

    if node.op_type == "Constant" and not _is_small(node):
        return None
    names = [name for name in dict.fromkeys(node.input) if name]
    inputs = [
        onnx.helper.make_tensor_value_info(
            name, onnx.helper.np_dtype_to_tensor_dtype(values[name].dtype), None
        )
        for name in names
    ]
    outputs = [onnx.helper.make_empty_tensor_value_info(name) for name in node.output]
    graph = onnx.helper.make_graph([node], "one", inputs, outputs)
    one = onnx.helper.make_model(graph, opset_imports=model.opset_import)
    try:
        made = ReferenceEvaluator(one).run(None, {name: values[name] for name in names})
    except (ArithmeticError, LookupError, NotImplementedError, RuntimeError, TypeError, ValueError):
        return None
    return [np.asarray(array) for array in made]


def _is_small(node: NodeProto) -> bool:
    sizes = [prod(attribute.t.dims) for attribute in node.attribute if attribute.HasField("t")]
    return all(size <= LARGE_ELEMENTS for size in sizes)


def _take_branches(graph: GraphProto, values: Mapping[str, Any]) -> bool:
    """Put the body of each If whose condition is known in its place; whether there was one."""
    nodes, taken = [], False
    for node in graph.node:
        condition = values.get(node.input[0]) if node.op_type == "If" else None
        if condition is None or condition.size != 1:
            nodes.append(node)
            continue
        wanted = "then_branch" if bool(condition.reshape(())) else "else_branch"
        body = next((body for name, body in graphs.subgraphs(node) if name == wanted), None)
        if body is None:
            nodes.append(node)
            continue
        taken = True
        graph.initializer.extend(body.initializer)
        nodes.extend(body.node)
        nodes.extend(  # nameless: no operator of the model, see operators.py
            onnx.helper.make_node("Identity", [inner.name], [outer])
            for inner, outer in zip(body.output, node.output, strict=False)
        )
    if taken:
        kept = [_copy(node) for node in nodes]  # clearing frees what `nodes` points to
        graph.ClearField("node")
        graph.node.extend(kept)
    return taken


def _copy(node: NodeProto) -> NodeProto:
    copied = NodeProto()
    copied.CopyFrom(node)
    return copied
