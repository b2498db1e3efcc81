"""Child only: what the graph says about the values of its integer inputs.

Each input is followed through operators that keep its values (Cast to an integer, Reshape,
Unsqueeze ...) to where they are used: an index into a table bounds them, a comparison of a single
number with a constant offers that constant, a shape or a count asks for a small size.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import GraphProto, NodeProto, TensorProto

from effprof.model import graph as graphs
from effprof.model.model import Hint
from effprof.model.types import INTEGERS

_KEEPS = {  # operator type -> inputs whose values reach the output
    "Identity": {0}, "Cast": {0}, "Unsqueeze": {0}, "Squeeze": {0}, "Reshape": {0}, "Flatten": {0},
    "Expand": {0}, "Transpose": {0}, "Tile": {0}, "Slice": {0}, "Split": {0}, "Gather": {0},
    "Concat": set(range(64)), "Where": {1, 2}, "Pad": {0}, "Max": set(range(8)),
    "Min": set(range(8)), "ReduceMax": {0}, "Add": {0, 1}, "Sub": {0},
}  # fmt: skip
_SIZES = {  # operator type -> inputs that are a length, a count or a shape
    "Range": {0, 1, 2}, "Slice": {1, 2, 3, 4}, "Reshape": {1}, "Expand": {1}, "Tile": {1},
    "ConstantOfShape": {0}, "Loop": {0}, "TopK": {1}, "Pad": {1}, "Resize": {3}, "Trilu": {1},
    "CumSum": {1}, "Split": {1}, "OneHot": {1},
}  # fmt: skip
_TABLES = {  # operator type -> {input that indexes: (input that is indexed, its axis)}
    "EmbedLayerNormalization": {0: (2, 0), 1: (4, 0), 7: (3, 0)},
    "GatherBlockQuantized": {1: (0, 0)},
}
_SMALL = 1 << 16  # elements; a constant beyond this is no comparison or offset


@dataclass(frozen=True, slots=True)
class _Use:
    """One place where values that were the input's, plus `offset`, arrive."""

    node: NodeProto
    index: int
    offset: int


class _Scope:
    """Who takes which name, and what is constant, over the graph and its bodies."""

    def __init__(self, graph: GraphProto) -> None:
        self.takers: dict[str, list[tuple[NodeProto, int]]] = {}
        self.tensors: dict[str, TensorProto] = {}
        self.makers: dict[str, NodeProto] = {}
        for body in graphs.all_graphs(graph):
            self.tensors.update(graphs.constants(body))
            for node in body.node:
                self.makers.update((name, node) for name in node.output)
                for index, name in enumerate(node.input):
                    self.takers.setdefault(name, []).append((node, index))

    def dims(self, name: str) -> tuple[int, ...] | None:
        """Shape of a constant, also of one that is cast or dequantised on the way."""
        for _ in range(4):
            if name in self.tensors:
                return tuple(self.tensors[name].dims)
            maker = self.makers.get(name)
            if maker is None or maker.op_type not in ("DequantizeLinear", "Cast", "Identity"):
                return None
            name = maker.input[0]
        return None

    def values(self, name: str) -> np.ndarray | None:
        tensor = self.tensors.get(name)
        small = tensor is not None and int(np.prod(tensor.dims)) <= _SMALL
        if not small or tensor is None or tensor.data_location == TensorProto.EXTERNAL:
            return None
        return np.asarray(onnx.numpy_helper.to_array(tensor))

    def offset(self, node: NodeProto, index: int) -> int | None:
        """What Add or Sub with a constant adds to the values; None: nobody knows."""
        if node.op_type not in ("Add", "Sub"):
            return 0
        other = self.values(node.input[1 - index])
        if other is None or other.size != 1 or other.dtype.kind not in "iu":
            return None
        return int(other.reshape(())) * (-1 if node.op_type == "Sub" else 1)


def hints(graph: GraphProto) -> dict[str, Hint]:
    """One hint for each integer input the graph says something about."""
    scope = _Scope(graph)
    found = {}
    for value in graph.input:
        tensor = value.type.tensor_type
        if value.type.HasField("tensor_type") and tensor.elem_type in INTEGERS:
            single = all(dim.dim_value == 1 for dim in tensor.shape.dim)
            hint = _hint(scope, value.name, single)
            if hint:
                found[value.name] = hint
    return found


def _hint(scope: _Scope, name: str, single: bool) -> Hint | None:
    """The tightest bound by an index; else a choice, for a single number; else a size."""
    every = [hint for use in _uses(scope, name) if (hint := _reads(scope, use, single))]
    indices = [hint for hint in every if hint.kind == "index"]
    if indices:
        low, high = max(hint.low for hint in indices), min(hint.high for hint in indices)
        tightest = min(indices, key=lambda hint: hint.high)
        return Hint("index", tightest.why, low, high) if low < high else None
    for kind in ("choice", "size"):
        for hint in every:
            if hint.kind == kind:
                return hint
    return None


def _uses(scope: _Scope, name: str) -> Iterator[_Use]:
    pending, seen = [(name, 0)], {name}
    while pending:
        name, offset = pending.pop()
        for node, index in scope.takers.get(name, ()):
            yield _Use(node, index, offset)
            if index not in _KEEPS.get(node.op_type, ()) or _leaves_integers(node):
                continue
            added = scope.offset(node, index)
            for output in node.output if added is not None else ():
                if output not in seen:
                    seen.add(output)
                    pending.append((output, offset + (added or 0)))


def _leaves_integers(node: NodeProto) -> bool:
    return node.op_type == "Cast" and graphs.attributes(node).get("to") not in INTEGERS


def _reads(scope: _Scope, use: _Use, single: bool) -> Hint | None:
    node, kind = use.node, use.node.op_type
    if use.index in _SIZES.get(kind, ()):
        return Hint("size", f"a size for {kind}", 1, 2)
    if kind == "OneHot" and use.index == 0:
        depth = scope.values(node.input[1])
        if depth is not None and depth.size == 1:
            return _index(use, int(depth.reshape(())), "one-hot of depth {}")
    if kind in ("Equal", "Greater", "Less"):
        return _compared(scope, use, single)
    table = _table(node, use.index)
    dims = scope.dims(node.input[table[0]]) if table else None
    if not table or not dims or not -len(dims) <= table[1] < len(dims):
        return None
    return _index(use, dims[table[1]], f"indexes {{}} rows of {node.input[table[0]]}")


def _table(node: NodeProto, index: int) -> tuple[int, int] | None:
    """(input that is indexed, its axis) when this input of the node is an index."""
    if node.op_type in ("Gather", "GatherElements", "ArrayFeatureExtractor") and index == 1:
        last = -1 if node.op_type == "ArrayFeatureExtractor" else 0
        return 0, int(graphs.attributes(node).get("axis", last))
    return _TABLES.get(node.op_type, {}).get(index)


def _compared(scope: _Scope, use: _Use, single: bool) -> Hint | None:
    """`x == 0..n-1` is how a one-hot is spelled; a single number is compared to be chosen by."""
    constant = scope.values(use.node.input[1 - use.index]) if len(use.node.input) == 2 else None
    if constant is None or constant.dtype.kind not in "iu" or not constant.size:
        return None
    row = constant.reshape(-1)
    low = int(row[0])
    if row.size > 2 and np.array_equal(row, np.arange(low, low + row.size)):
        why = f"compared with {low}..{low + row.size - 1}, as a one-hot"
        return Hint("index", why, low - use.offset, low + row.size - use.offset)
    if single and row.size == 1 and use.node.op_type == "Equal":
        return Hint("choice", "the graph compares it with this constant", low - use.offset)
    return None


def _index(use: _Use, rows: int, why: str) -> Hint:
    return Hint("index", why.format(rows), max(0, -use.offset), rows - use.offset)
