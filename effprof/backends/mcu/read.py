"""Reads a .tflite file into a `Graph`, and refuses what no honest converter writes.

The file comes from a stranger: lengths are bounded before anything is walked, every index is
checked, and a constant has exactly the bytes that its shape says.
"""

import struct
from collections.abc import Callable
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

from effprof.backends.mcu import limits
from effprof.backends.mcu.graph import ITEM_BYTES, Graph, Node, Tensor, printable
from effprof.ports import Refusal

_ELEMENT_LIMIT = 2**28
# What flatbuffers raises on offsets that lead nowhere.
_BROKEN = (struct.error, IndexError, TypeError, ValueError, AttributeError, OverflowError)

_WINDOW = ("Padding", "StrideW", "StrideH", "FusedActivationFunction")
_DILATED = (*_WINDOW, "DilationWFactor", "DilationHFactor")
# operator -> table of its options, and which of them are read
_OPTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "CONV_2D": ("Conv2DOptions", _DILATED),
    "DEPTHWISE_CONV_2D": ("DepthwiseConv2DOptions", (*_DILATED, "DepthMultiplier")),
    "FULLY_CONNECTED": (
        "FullyConnectedOptions",
        ("FusedActivationFunction", "WeightsFormat", "KeepNumDims"),
    ),
    "AVERAGE_POOL_2D": ("Pool2DOptions", (*_WINDOW, "FilterWidth", "FilterHeight")),
    "MAX_POOL_2D": ("Pool2DOptions", (*_WINDOW, "FilterWidth", "FilterHeight")),
    "ADD": ("AddOptions", ("FusedActivationFunction",)),
    "SUB": ("SubOptions", ("FusedActivationFunction",)),
    "MUL": ("MulOptions", ("FusedActivationFunction",)),
    "SOFTMAX": ("SoftmaxOptions", ("Beta",)),
    "CONCATENATION": ("ConcatenationOptions", ("Axis", "FusedActivationFunction")),
    "MEAN": ("ReducerOptions", ("KeepDims",)),
    "RESIZE_NEAREST_NEIGHBOR": (
        "ResizeNearestNeighborOptions",
        ("AlignCorners", "HalfPixelCenters"),
    ),
    "STRIDED_SLICE": (
        "StridedSliceOptions",
        ("BeginMask", "EndMask", "EllipsisMask", "NewAxisMask", "ShrinkAxisMask", "Offset"),
    ),
}


def contents(path: Path) -> bytes:
    """The file's bytes; Refusal `request` when it is missing or longer than any flash."""
    try:
        size_bytes = path.stat().st_size
        if size_bytes <= limits.FILE_BYTES:
            return path.read_bytes()
    except OSError as error:
        raise Refusal("request", f"{path}: {error.strerror or error}") from error
    raise Refusal(
        "request",
        f"{path}: {size_bytes / 2**20:.0f} MiB; firmware is made of files up to"
        f" {limits.FILE_BYTES >> 20} MiB",
        "no microcontroller of the catalogue has flash for it",
    )


def parse(path: Path, content: bytes) -> Graph:
    """Refusal `request` when this is no .tflite, or one that only malice or damage writes."""
    if content[4:8] != b"TFL3":
        raise Refusal("request", f"{path}: not a .tflite file", "convert the model first")
    try:
        return _graph(path, content)
    except _BROKEN as error:
        raise Refusal(
            "request", f"{path}: the file is damaged: {str(error) or type(error).__name__}"
        ) from error


def _graph(path: Path, content: bytes) -> Graph:
    import tflite

    model = tflite.Model.GetRootAs(content, 0)
    if model.SubgraphsLength() != 1:
        raise Refusal(
            "request",
            f"{path}: {model.SubgraphsLength()} subgraphs; control flow is not supported",
            "export the model with one graph",
        )
    sub = model.Subgraphs(0)
    for what, count, limit in (
        ("operators", sub.OperatorsLength(), limits.OPERATORS),
        ("tensors", sub.TensorsLength(), limits.TENSORS),
        ("operator codes", model.OperatorCodesLength(), limits.OPERATORS),
        ("buffers", model.BuffersLength(), limits.TENSORS),
    ):
        if count > limit:
            raise Refusal("request", f"{path}: {count} {what}; firmware is made of up to {limit}")
    held = cache(lambda place: _held(content, model.Buffers(place)))  # tensors may share one
    tensors = tuple(_tensor(held, model, sub, index) for index in range(sub.TensorsLength()))
    nodes = tuple(_node(tflite, model, sub, index) for index in range(sub.OperatorsLength()))
    graph = Graph(tensors, nodes, _indices(sub, "Inputs"), _indices(sub, "Outputs"))
    _check(graph)
    return graph


def _indices(table: Any, which: str) -> tuple[int, ...]:
    length = getattr(table, f"{which}Length")()
    if length > limits.TENSORS:
        raise ValueError(f"{length} {which.lower()}")
    return tuple(int(getattr(table, which)(i)) for i in range(length))


def _tensor(held: Callable[[int], bytes], model: Any, sub: Any, index: int) -> Tensor:
    import numpy as np

    table = sub.Tensors(index)
    name = (table.Name() or b"").decode("utf-8", "replace")
    shape = tuple(int(table.Shape(i)) for i in range(min(table.ShapeLength(), limits.RANK + 1)))
    count = prod(shape)
    if len(shape) > limits.RANK or any(n < 1 for n in shape) or count > _ELEMENT_LIMIT:
        raise ValueError(f"tensor {index} has the shape {list(shape)}")
    dtype = _dtypes().get(table.Type(), f"type {table.Type()}")
    quantisation = table.Quantization()
    scales: tuple[float, ...] = ()
    zeros: tuple[int, ...] = ()
    if quantisation is not None and 0 < quantisation.ScaleLength() <= _ELEMENT_LIMIT:
        scales = tuple(float(x) for x in quantisation.ScaleAsNumpy())
        if quantisation.ZeroPointLength():
            zeros = tuple(int(x) for x in quantisation.ZeroPointAsNumpy())
        if not all(0.0 < x < 1e30 for x in scales) or any(abs(z) > 2**31 for z in zeros):
            raise ValueError(f"tensor {index} has a scale or zero point out of range")
    data = None
    if not 0 <= table.Buffer() < model.BuffersLength():
        raise ValueError(f"tensor {index} names buffer {table.Buffer()}")
    stored = held(table.Buffer()) if table.Buffer() else b""
    if stored:
        if dtype not in ITEM_BYTES or len(stored) != count * ITEM_BYTES[dtype]:
            raise ValueError(f"tensor {index}: {len(stored)} bytes for {dtype}{list(shape)}")
        data = np.frombuffer(stored, dtype=dtype).reshape(shape)
    return Tensor(index, name, dtype, shape, scales, zeros, data)


def _held(content: bytes, buffer: Any) -> bytes:
    """What a buffer holds: in its table, or behind the tables, where its offset says.

    Converters write either; the offset counts from the start of the file.
    """
    offset, size = buffer.Offset(), buffer.Size()
    if offset > 1:
        if offset + size > len(content):
            raise ValueError(f"a buffer of {size} bytes at {offset} ends outside of the file")
        return content[offset : offset + size]
    return bytes(buffer.DataAsNumpy().tobytes()) if buffer.DataLength() else b""


def _dtypes() -> dict[int, str]:
    import tflite

    names = {"FLOAT32": "float32", "BOOL": "bool"} | {
        name: name.lower() for name in ("INT8", "UINT8", "INT16", "INT32", "INT64")
    }
    return {getattr(tflite.TensorType, name): ours for name, ours in names.items()}


def _node(tflite: Any, model: Any, sub: Any, index: int) -> Node:
    table = sub.Operators(index)
    code = model.OperatorCodes(table.OpcodeIndex())
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    kind = tflite.utils.BUILTIN_OPCODE2NAME.get(number, f"operator code {number}")
    if kind == "CUSTOM":
        custom = (code.CustomCode() or b"").decode("utf-8", "replace")
        kind = f"CUSTOM {printable(custom)}"
    options: dict[str, Any] = {}
    if kind in _OPTIONS:
        options = _options(tflite, table, *_OPTIONS[kind])
    return Node(index, kind, _indices(table, "Inputs"), _indices(table, "Outputs"), options)


def _options(tflite: Any, table: Any, name: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """The options, or the schema's defaults where the operator has none written."""
    options = getattr(tflite, name)()
    raw = table.BuiltinOptions()
    if raw is None:
        return {}
    if table.BuiltinOptionsType() != getattr(tflite.BuiltinOptions, name):
        raise ValueError(f"an operator's options are not {name}")
    options.Init(raw.Bytes, raw.Pos)
    return {key: getattr(options, key)() for key in keys if hasattr(options, key)}


def _check(graph: Graph) -> None:
    """Every index is a tensor's; every tensor is made before it is read, and made once."""
    if not graph.inputs or not graph.outputs or not graph.nodes:
        raise ValueError("a graph without inputs, outputs or operators")
    count = len(graph.tensors)
    if not all(0 <= index < count for index in (*graph.inputs, *graph.outputs)):
        raise ValueError(f"inputs {graph.inputs} and outputs {graph.outputs} of {count} tensors")
    made = set(graph.inputs) | {t.index for t in graph.tensors if t.data is not None}
    for node in graph.nodes:
        _check_node(node, count, made)
        made |= set(node.outputs)
    if not set(graph.outputs) <= made:
        raise ValueError("an output that nothing makes")


def _check_node(node: Node, count: int, made: set[int]) -> None:
    where = f"{node.type} at {node.index}"
    if not all(-1 <= i < count for i in node.inputs) or not all(
        0 <= i < count for i in node.outputs
    ):
        raise ValueError(f"{where} names tensors {node.inputs} and {node.outputs} of {count}")
    if set(node.inputs) - made - {-1}:
        raise ValueError(f"{where} reads a tensor before it is made")
    if set(node.outputs) & made or len(set(node.outputs)) != len(node.outputs):
        raise ValueError(f"{where} makes a tensor again")
