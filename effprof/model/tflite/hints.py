"""What a TFLite graph says about the values of its integer inputs; as model/hints.py for ONNX.

An input is followed through operators that keep its values to where it indexes a table, which
bounds it, or serves as a size.
"""

from collections.abc import Iterator

from effprof.model.model import Hint
from effprof.model.tflite.file import Operator, Subgraph

_INTEGERS = ("int32", "int64", "uint32", "uint64", "int16", "uint16", "int8", "uint8")
_KEEPS = {  # operator type -> inputs whose values reach the output
    "CAST": {0}, "RESHAPE": {0}, "SQUEEZE": {0}, "EXPAND_DIMS": {0}, "TRANSPOSE": {0},
    "SLICE": {0}, "STRIDED_SLICE": {0}, "TILE": {0}, "SPLIT": {1}, "SPLIT_V": {0}, "UNPACK": {0},
    "BROADCAST_TO": {0}, "PACK": set(range(64)), "CONCATENATION": set(range(64)), "PAD": {0},
    "MAXIMUM": {0, 1}, "MINIMUM": {0, 1}, "SELECT": {1, 2}, "SELECT_V2": {1, 2}, "ADD": {0, 1},
    "SUB": {0}, "GATHER": {0}, "REVERSE_V2": {0},
}  # fmt: skip
_SIZES = {  # operator type -> inputs that are a length, a count or a shape
    "RANGE": {0, 1, 2}, "SLICE": {1, 2}, "STRIDED_SLICE": {1, 2, 3}, "RESHAPE": {1}, "FILL": {0},
    "BROADCAST_TO": {1}, "TILE": {1}, "TOPK_V2": {1}, "PAD": {1}, "RESIZE_BILINEAR": {1},
    "RESIZE_NEAREST_NEIGHBOR": {1}, "ONE_HOT": {1},
}  # fmt: skip
_FOLLOWED = 4096  # tensors; a graph that passes an index on further is not followed


def hints(graph: Subgraph, names: dict[int, str]) -> dict[str, Hint]:
    """One hint for each integer input, by its name in `names`, that the graph says something of."""
    takers: dict[int, list[tuple[Operator, int]]] = {}
    for operator in graph.operators:
        for index, place in enumerate(operator.inputs):
            takers.setdefault(place, []).append((operator, index))
    found = {}
    for place in graph.inputs:
        tensor = graph.tensors[place]
        if tensor.dtype in _INTEGERS and tensor.quantization is None:
            hint = _hint(graph, takers, place)
            if hint:
                found[names[place]] = hint
    return found


def _hint(
    graph: Subgraph, takers: dict[int, list[tuple[Operator, int]]], place: int
) -> Hint | None:
    """The tightest bound by an index; else a size."""
    every = list(_reads(graph, takers, place))
    indices = [hint for hint in every if hint.kind == "index"]
    if not indices:
        return next(iter(every), None)
    low, high = max(hint.low for hint in indices), min(hint.high for hint in indices)
    tightest = min(indices, key=lambda hint: hint.high)
    return Hint("index", tightest.why, low, high) if low < high else None


def _reads(
    graph: Subgraph, takers: dict[int, list[tuple[Operator, int]]], place: int
) -> Iterator[Hint]:
    """Every use, with what was added to the values on the way taken off the bound."""
    pending, seen = [(place, 0)], {place}
    while pending and len(seen) < _FOLLOWED:
        place, offset = pending.pop()
        for operator, index in takers.get(place, ()):
            if index in _SIZES.get(operator.type, ()):
                yield Hint("size", f"a size for {operator.type}", 1, 2)
            if (bound := _bound(graph, operator, index)) is not None:
                rows, why = bound
                yield Hint("index", why, max(0, -offset), rows - offset)
            added = _added(graph, operator, index)
            if index not in _KEEPS.get(operator.type, ()) or added is None:
                continue
            for output in operator.outputs:
                if output not in seen and graph.tensors[output].dtype in _INTEGERS:
                    seen.add(output)
                    pending.append((output, offset + added))


def _bound(graph: Subgraph, operator: Operator, index: int) -> tuple[int, str] | None:
    """(rows, what for) when this input of the operator is an index into a table of known size."""
    shapes = [graph.tensors[one].shape if one >= 0 else () for one in operator.inputs]
    match operator.type, index:
        case "GATHER", 1 if shapes[0]:
            axis = operator.option("axis") % len(shapes[0])
            return shapes[0][axis], f"indexes {shapes[0][axis]} rows of {_name(graph, operator, 0)}"
        case "GATHER_ND", 1 if shapes[1] and shapes[1][-1] == 1 and shapes[0]:
            return shapes[0][0], f"indexes {shapes[0][0]} rows of {_name(graph, operator, 0)}"
        case "EMBEDDING_LOOKUP", 0 if len(shapes) > 1 and shapes[1]:
            return shapes[1][0], f"indexes {shapes[1][0]} rows of {_name(graph, operator, 1)}"
        case "ONE_HOT", 0 if len(operator.inputs) > 1:
            depth = graph.tensors[operator.inputs[1]].values()
            return (depth[0], f"one-hot of depth {depth[0]}") if depth else None
    return None


def _name(graph: Subgraph, operator: Operator, index: int) -> str:
    return graph.tensors[operator.inputs[index]].name


def _added(graph: Subgraph, operator: Operator, index: int) -> int | None:
    """What ADD or SUB with a constant adds to the values; None: nobody knows."""
    if operator.type not in ("ADD", "SUB"):
        return 0
    other = operator.inputs[1 - index] if len(operator.inputs) == 2 else -1
    values = graph.tensors[other].values() if other >= 0 else None
    if values is None or len(values) != 1:
        return None
    return -values[0] if operator.type == "SUB" else values[0]
