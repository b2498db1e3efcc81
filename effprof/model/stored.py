"""Child only: what a graph in QDQ form keeps its tensors as.

Such a graph is written in floats between a DequantizeLinear and a QuantizeLinear, and run in
integers: ONNX Runtime, TensorRT and LiteRT take both into the operator between them, so a tensor
there is moved as it is stored. https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
"""

from collections import defaultdict

from onnx import GraphProto, NodeProto

from effprof.model.infer import Tensors

QUANTISE, DEQUANTISE = "QuantizeLinear", "DequantizeLinear"
_ACTIVATIONS = {"Relu", "Clip", "LeakyRelu"}
"""What stands between an operator and its QuantizeLinear, and becomes part of the operator."""


def as_quantised(graph: GraphProto, tensors: Tensors) -> None:
    """Changes the types of tensors that are dequantised, or that only a QuantizeLinear takes."""
    kept = {value.name for value in graph.output}
    takers = defaultdict[str, list[NodeProto]](list)
    for node in graph.node:
        for name in node.input:
            takers[name].append(node)
        if node.op_type == DEQUANTISE and node.output[0] not in kept:
            _store(tensors, node.output[0], node.input[0])
    narrowed = set[str]()
    for node in reversed(graph.node):
        for name in set(node.output) - kept:
            last = takers[name][0] if takers[name] else None
            if last is not None and all(
                one.op_type == QUANTISE
                or (one.op_type in _ACTIVATIONS and one.output[0] in narrowed)
                for one in takers[name]
            ):
                _store(tensors, name, last.output[0])
                narrowed.add(name)


def is_taken_in(node: NodeProto, tensors: Tensors) -> bool:
    """Whether it changes nothing that is moved: the operator beside it reads or writes integers."""
    if node.op_type not in (QUANTISE, DEQUANTISE):
        return False
    return tensors.types.get(node.input[0]) == tensors.types.get(node.output[0])


def _store(tensors: Tensors, name: str, as_of: str) -> None:
    if as_of in tensors.types:
        tensors.types[name] = tensors.types[as_of]
