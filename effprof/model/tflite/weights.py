"""Parameters, bytes of constants, and precision of a TFLite file.

What counts as a parameter is as for ONNX (effprof/model/weights.py): an element of a constant
tensor that a model is trained to hold. Here: floating-point and quantised constants of rank 1 or
more, and int32 biases. Not: shapes, axes, paddings and indices, which are plain integers, scalars.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from effprof.model.tflite.file import File, Operator, Subgraph, Tensor
from effprof.model.tflite.macs import FORMULAS

_DOMINANT = 0.95  # share of the parameters one type needs to name the precision
_FLOATS = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16", "float64": "fp64"}
_SMALL_INTEGERS = {"int8": "int8", "uint8": "int8", "int16": "int16", "int4": "int4"}
_WITH_BIAS = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "CONV_3D"}


@dataclass(frozen=True, slots=True)
class Weights:
    """`activations`: what the operators with multiply-accumulates write, as a precision."""

    parameters: int
    stored_bytes: int
    precision: str | None
    activations: str | None


def weigh(file: File) -> Weights:
    """Over all subgraphs; a tensor is counted once, however many operators take it."""
    by_family: Counter[str] = Counter()
    stored_bytes = 0
    for graph in file.subgraphs:
        stored_bytes += sum(len(tensor.data) for tensor in graph.tensors if tensor.data)
        for place in dict.fromkeys(_parameters(graph)):
            tensor = graph.tensors[place]
            by_family[_family(tensor) or "int8"] += prod(tensor.shape)
    activations = _activations(file.main)
    precision = _precision(by_family) or activations
    return Weights(by_family.total(), stored_bytes, precision, activations)


def _parameters(graph: Subgraph) -> Iterator[int]:
    for operator in graph.operators:
        for index, place in enumerate(operator.inputs):
            if place >= 0 and _is_parameter(graph.tensors[place], operator, index):
                yield place


def _is_parameter(tensor: Tensor, operator: Operator, index: int) -> bool:
    if not tensor.constant or not tensor.shape:
        return False
    if tensor.dtype in _FLOATS:
        return True
    if tensor.dtype in _SMALL_INTEGERS:
        return bool(tensor.scales)
    return operator.type in _WITH_BIAS and index >= 2


def _family(tensor: Tensor) -> str | None:
    """None for a bias, which belongs to the integers it is added to."""
    return (_FLOATS | _SMALL_INTEGERS).get(tensor.dtype)


def _precision(by_family: Counter[str]) -> str | None:
    total = by_family.total()
    if not total:
        return None
    family, count = by_family.most_common(1)[0]
    return family if count >= _DOMINANT * total else "mixed"


def _activations(graph: Subgraph) -> str | None:
    """The one type of what the contractions write; of a graph without any, of its outputs."""
    writers = [one for one in graph.operators if one.type in FORMULAS]
    places = [place for one in writers for place in one.outputs[:1]] or list(graph.outputs)
    families = {_family(graph.tensors[place]) for place in places}
    return families.pop() if len(families) == 1 else "mixed"
