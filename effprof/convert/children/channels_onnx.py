"""Whole channels cut out of an ONNX file: filters of least L1 norm, and what reads their maps.

After H. Li et al., "Pruning Filters for Efficient ConvNets", ICLR 2017, without the training that
follows there. A layer's channels are cut where all that its output reaches can go without them,
up to the next convolution or matrix product; elsewhere (into a residual sum, a concatenation, an
output of the model) the layer is left whole.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
import onnx.shape_inference
from onnx import NodeProto, helper, numpy_helper

_BY_ELEMENT = {
    *("Relu", "LeakyRelu", "Elu", "Selu", "Celu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh"),
    *("Softplus", "Softsign", "Gelu", "Mish", "Clip", "Identity", "Dropout", "Erf", "Sqrt", "Abs"),
}
_BY_CHANNEL = {"MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LpPool"}
_OF_TWO = {"Add", "Mul", "Sub", "Div"}
_STATISTICS = slice(1, 5)  # of a BatchNormalization: scale, bias, mean, variance

_NAMED = 2  # layers that are named where none can be cut

Arrays = dict[str, np.ndarray[Any, Any]]


class Whole(Exception):
    """This layer keeps its channels; the text says what stands in the way."""


@dataclass(slots=True)
class Cut:
    """What loses the channels of one layer: (tensor, axis, elements of that axis a channel has)."""

    kept: np.ndarray[Any, Any]
    tensors: list[tuple[str, int, int]] = field(default_factory=list)
    depthwise: list[NodeProto] = field(default_factory=list)


def run(request: dict[str, Any]) -> dict[str, Any]:
    """`share` of the channels of every layer that allows it are cut; ValueError where none does."""
    model = onnx.load(request["path"])
    cuts, whole = _cuts(Graph(model.graph), request["share"])
    if not cuts:
        raise ValueError(_why(whole))
    _apply(model.graph, cuts)
    onnx.shape_inference.infer_shapes(model, strict_mode=True)  # raises where shapes do not meet
    onnx.save(model, request["out"])
    return {"cut": len(cuts), "whole": len(whole)}


class Graph:
    """Who reads what, and which constants one reader has for itself."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.nodes = list(graph.node)
        self.arrays: Arrays = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        self.outputs = {one.name for one in graph.output}
        self.readers: dict[str, list[NodeProto]] = {}
        for node in self.nodes:
            for name in dict.fromkeys(node.input):
                self.readers.setdefault(name, []).append(node)
        self.uses = Counter(name for node in self.nodes for name in node.input)

    def own(self, name: str, node: NodeProto) -> np.ndarray[Any, Any]:
        """A constant that can be cut: nobody else reads it."""
        if name not in self.arrays or self.uses[name] > 1 or name in self.outputs:
            raise Whole(f"{_label(node)} shares {name}, or computes it")
        return self.arrays[name]


def _cuts(graph: Graph, share: float) -> tuple[list[Cut], list[str]]:
    if any(one.HasField("g") or one.graphs for node in graph.nodes for one in node.attribute):
        return [], ["it has control flow"]
    cuts, whole = [], []
    for node in graph.nodes:
        if not _makes_channels(node, graph.arrays):
            continue
        try:
            cuts.append(_cut(graph, node, share))
        except Whole as why:
            whole.append(f"{_label(node)}: {why}")
    return cuts, whole


def _makes_channels(node: NodeProto, arrays: Arrays) -> bool:
    known = len(node.input) > 1 and node.input[1] in arrays
    dense = node.op_type == "Conv" and _attribute(node, "group", 1) == 1
    return known and (dense or (node.op_type == "Gemm" and not _attribute(node, "transA", 0)))


def _cut(graph: Graph, node: NodeProto, share: float) -> Cut:
    weights = graph.own(node.input[1], node)
    axis = 0 if node.op_type == "Conv" or _attribute(node, "transB", 0) else 1
    channels = weights.shape[axis]
    cut = Cut(_strongest(np.moveaxis(weights, axis, 0), share))
    if len(cut.kept) == channels:
        raise Whole(f"too few channels, {channels}")
    cut.tensors.append((node.input[1], axis, 1))
    for name in filter(None, node.input[2:3]):
        bias = graph.own(name, node)
        if bias.shape and bias.shape[-1] == channels:
            cut.tensors.append((name, bias.ndim - 1, 1))
        elif bias.size > 1:
            raise Whole(f"{name} has a shape of its own")
    _follow(graph, node, channels, cut)
    return cut


def _strongest(filters: np.ndarray[Any, Any], share: float) -> np.ndarray[Any, Any]:
    """Indices, rising, of the filters that stay: one at least, ties broken by place."""
    norms = np.abs(filters.astype(np.float64)).reshape(len(filters), -1).sum(axis=1)
    stay = max(1, len(filters) - round(share * len(filters)))
    return np.sort(np.argsort(-norms, kind="stable")[:stay])


def _follow(graph: Graph, start: NodeProto, channels: int, cut: Cut) -> None:
    """Adds to `cut` whatever the channels of `start` reach; Whole where one cannot lose them."""
    flat = start.op_type == "Gemm"
    reached = {start.output[0]: flat}  # name of a tensor: whether it has no axes but the channels'
    waiting, joins = [start.output[0]], []
    while waiting:
        name = waiting.pop()
        if name in graph.outputs:
            raise Whole(f"is the output {name}")
        for node in graph.readers.get(name, []):
            if node.op_type in _OF_TWO:
                joins.append(node)
            after = _after(graph, node, name, reached[name], channels, cut)
            if after is not None and node.output[0] not in reached:
                reached[node.output[0]] = after
                waiting.append(node.output[0])
    for node in joins:
        _check_join(graph, node, reached)


def _after(
    graph: Graph, node: NodeProto, name: str, flat: bool, channels: int, cut: Cut
) -> bool | None:
    """Whether what `node` makes of the channels is flat; None where they end in its sums."""
    if name != node.input[0] and node.op_type not in _OF_TWO:
        raise Whole(f"reaches {_label(node)}")
    if any(node.output[1:]):
        raise Whole(f"reaches {_label(node)}, of more outputs than one")
    if node.op_type in _BY_ELEMENT or node.op_type in _OF_TWO:
        return flat
    if not flat and node.op_type in _BY_CHANNEL:
        return False
    if node.op_type == "BatchNormalization":
        for constant in node.input[_STATISTICS]:
            cut.tensors.append((constant, 0, graph.own(constant, node).size // channels))
        return flat
    if node.op_type == "Flatten" and not flat and _attribute(node, "axis", 1) == 1:
        return True
    if node.op_type == "Conv" and not flat:
        return _into_convolution(graph, node, channels, cut)
    if node.op_type in ("Gemm", "MatMul") and flat:
        _into_product(graph, node, channels, cut)
        return None
    raise Whole(f"reaches {_label(node)}")


def _into_convolution(graph: Graph, node: NodeProto, channels: int, cut: Cut) -> bool | None:
    weights, group = graph.own(node.input[1], node), _attribute(node, "group", 1)
    if group == 1:
        cut.tensors.append((node.input[1], 1, 1))
        return None
    if group != channels or len(weights) != channels:
        raise Whole(f"reaches {_label(node)} of {group} groups")
    cut.depthwise.append(node)
    for name in filter(None, node.input[1:3]):
        graph.own(name, node)
        cut.tensors.append((name, 0, 1))
    return False


def _into_product(graph: Graph, node: NodeProto, channels: int, cut: Cut) -> None:
    weights = graph.own(node.input[1], node)
    axis = 1 if _attribute(node, "transB", 0) else 0
    if weights.ndim != 2 or _attribute(node, "transA", 0) or weights.shape[axis] % channels:
        raise Whole(f"reaches {_label(node)}")
    cut.tensors.append((node.input[1], axis, weights.shape[axis] // channels))


def _check_join(graph: Graph, node: NodeProto, reached: dict[str, bool]) -> None:
    """Both sides come from this layer, or one is a single number: nothing else lines up."""
    for name in node.input:
        single = name in graph.arrays and graph.arrays[name].size == 1
        if name not in reached and not single:
            raise Whole(f"meets {name} in {_label(node)}")
    if len({reached[name] for name in node.input if name in reached}) > 1:
        raise Whole(f"meets itself in another shape in {_label(node)}")


def _apply(graph: onnx.GraphProto, cuts: list[Cut]) -> None:
    arrays = {one.name: one for one in graph.initializer}
    for cut in cuts:
        for name, axis, each in cut.tensors:
            kept = (cut.kept[:, None] * each + np.arange(each)).ravel()
            less = np.take(numpy_helper.to_array(arrays[name]), kept, axis=axis)
            arrays[name].CopyFrom(numpy_helper.from_array(less, name))
        for node in cut.depthwise:
            kept_attributes = [one for one in node.attribute if one.name != "group"]
            del node.attribute[:]
            node.attribute.extend([*kept_attributes, helper.make_attribute("group", len(cut.kept))])
    # Shapes that were written down are of the whole model; up to IR 3 constants are inputs too.
    del graph.value_info[:]
    for value in [one for one in graph.input if one.name in arrays]:
        value.type.tensor_type.shape.CopyFrom(_shape(arrays[value.name]))


def _shape(tensor: onnx.TensorProto) -> onnx.TensorShapeProto:
    value = helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims))
    return value.type.tensor_type.shape


def _attribute(node: NodeProto, name: str, default: int) -> int:
    return next((one.i for one in node.attribute if one.name == name), default)


def _label(node: NodeProto) -> str:
    return f"{node.op_type} {node.name or node.output[0]}"


def _why(whole: list[str]) -> str:
    if not whole:
        return "it has no convolution or Gemm of constant weights whose channels could be cut"
    more = f" and {len(whole) - _NAMED} more" if len(whole) > _NAMED else ""
    return f"no layer can lose channels: {'; '.join(whole[:_NAMED])}{more}"
