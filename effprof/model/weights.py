"""Child only: parameters, bytes of constants, and precision.

What counts as a parameter: an element of a constant tensor that a model is trained to hold.
- floating-point tensors of rank 1 or more, wherever an operator takes them;
- integer tensors where an operator takes weights (DequantizeLinear, QLinearConv, Gather's table).
Not: integer tensors that serve as shapes, axes or indices; scalars; scales and zero points; bounds
and pads; and BatchNormalization's running mean and variance, which torch calls buffers (so that
ResNet-50 has the 25,557,032 that torchvision states).
"""

from collections import Counter
from dataclasses import dataclass

from onnx import GraphProto, NodeProto, TensorProto

from effprof.model import graph as graphs
from effprof.model.types import FLOATS, INTEGERS, dtype_name, size_bytes

_NO_PARAMETER = {  # operator type -> inputs that are no parameters though they are floats
    "BatchNormalization": {3, 4}, "QuantizeLinear": {1, 2}, "DequantizeLinear": {1, 2},
    "QLinearConv": {1, 2, 4, 5, 6, 7}, "QLinearMatMul": {1, 2, 4, 5, 6, 7}, "Clip": {1, 2},
    "Resize": {1, 2}, "Upsample": {1}, "Pad": {2}, "OneHot": {2}, "Range": {0, 1, 2},
    "Dropout": {1}, "NonMaxSuppression": {2, 3, 4}, "DynamicQuantizeMatMul": {2, 3},
    "MatMulIntegerToFloat": {2, 3, 4, 5}, "QAttention": {3, 4, 6, 7}, "QGemm": {1, 2, 4, 5, 7, 8},
    "MatMulNBits": {2, 3}, "ConstantOfShape": {0}, "QLinearAdd": {1, 2, 4, 5, 6, 7},
    "QLinearMul": {1, 2, 4, 5, 6, 7}, "QLinearGlobalAveragePool": {1, 2, 3, 4},
}  # fmt: skip
_INTEGER_WEIGHT = {  # operator type -> inputs that are parameters though they are integers
    "DequantizeLinear": {0}, "QLinearConv": {3, 8}, "QLinearMatMul": {0, 3}, "ConvInteger": {1},
    "MatMulInteger": {0, 1}, "DynamicQuantizeMatMul": {1}, "MatMulIntegerToFloat": {1},
    "MatMulNBits": {1}, "Gather": {0}, "QAttention": {1}, "QGemm": {3, 6}, "QLinearAdd": {0, 3},
    "QLinearMul": {0, 3}, "GatherBlockQuantized": {0}, "DynamicQuantizeLSTM": {1, 2},
}  # fmt: skip
_PASSES_ON = {"Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Cast"}
_ACTIVATION_INTEGERS = {"QLinearConv", "QLinearMatMul", "MatMulInteger", "ConvInteger"}
_DOMINANT = 0.95  # share of the parameters one type needs to name the precision


@dataclass(frozen=True, slots=True)
class Weights:
    parameters: int
    stored_bytes: int  # every constant tensor, whatever its role
    precision: str | None


def weigh(graph: GraphProto) -> Weights:
    """Over the graph and its bodies; a tensor is counted once, however many nodes take it."""
    by_family: Counter[str] = Counter()
    stored_bytes = parameters = 0
    for body in graphs.all_graphs(graph):
        uses = _uses(body)
        for name, tensor in graphs.constants(body):
            stored_bytes += size_bytes(tensor.data_type, tensor.dims)
            takers = uses.get(name, [])
            if any(_is_parameter(tensor, node, index) for node, index in takers):
                count = _elements(tensor, takers)
                parameters += count
                by_family[_family(tensor, takers)] += count
    return Weights(parameters, stored_bytes, _precision(by_family, graph))


def _uses(body: GraphProto) -> dict[str, list[tuple[NodeProto, int]]]:
    """Constant's name -> (node, which input), in this graph and the bodies that capture it."""
    uses: dict[str, list[tuple[NodeProto, int]]] = {}
    for inner in graphs.all_graphs(body):
        for node in inner.node:
            for index, name in enumerate(node.input):
                uses.setdefault(name, []).append((node, index))
    for node in reversed(body.node):  # what takes a transposed weight takes the weight
        if node.op_type in _PASSES_ON and node.input and node.output:
            uses.setdefault(node.input[0], []).extend(uses.get(node.output[0], []))
    return uses


def _is_parameter(tensor: TensorProto, node: NodeProto, index: int) -> bool:
    if tensor.data_type in INTEGERS:
        if node.op_type == "Gather" and tensor.data_type in (6, 7):
            return False  # a list of numbers picked from, as in shape arithmetic
        return index in _INTEGER_WEIGHT.get(node.op_type, ())
    if tensor.data_type not in FLOATS or not tensor.dims or node.op_type in _PASSES_ON:
        return False
    return index not in _NO_PARAMETER.get(node.op_type, ())


def _elements(tensor: TensorProto, takers: list[tuple[NodeProto, int]]) -> int:
    """MatMulNBits packs several values in a byte and says how many bits each has."""
    count = 1
    for dim in tensor.dims:
        count *= dim
    for node, index in takers:
        if node.op_type == "MatMulNBits" and index == 1:
            return count * 8 // max(1, int(graphs.attributes(node).get("bits", 4)))
    return count


def _family(tensor: TensorProto, takers: list[tuple[NodeProto, int]]) -> str:
    name = dtype_name(tensor.data_type)
    if any(node.op_type == "QuantizeLinear" for node, _ in takers):
        return "int8"  # stored as floats, quantised when the model is loaded
    if any(node.op_type == "MatMulNBits" and index == 1 for node, index in takers):
        return "int4"
    known = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16", "float64": "fp64"}
    if name in known:
        return known[name]
    return "int4" if name in ("int4", "uint4") else "int8" if "int" in name else "fp8"


def _precision(by_family: Counter[str], graph: GraphProto) -> str | None:
    """The type that nearly all parameters have; of a model without any, the type of its inputs."""
    total = sum(by_family.values())
    if not total:
        if any(node.op_type in _ACTIVATION_INTEGERS for node in graph.node):
            return "int8"
        floats = {value.type.tensor_type.elem_type for value in graph.input} & FLOATS
        names = {1: "fp32", 10: "fp16", 11: "fp64", 16: "bf16"}
        return names.get(floats.pop()) if len(floats) == 1 else None
    family, count = by_family.most_common(1)[0]
    return family if count >= _DOMINANT * total else "mixed"
