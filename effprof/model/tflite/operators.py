"""The operators of a TFLite graph at chosen input shapes, with MACs and bytes."""

from collections.abc import Mapping

from effprof.base.errors import ModelError
from effprof.base.records import TensorSpec
from effprof.model.macs import UnknownShapeError
from effprof.model.model import Counts, Operator, Shape
from effprof.model.tflite import file as files
from effprof.model.tflite.facts import names
from effprof.model.tflite.file import File, Sizes, Subgraph
from effprof.model.tflite.macs import BODIES, macs
from effprof.model.tflite.shapes import Shapes, infer
from effprof.model.totals import totals

# These change how a tensor is seen, not its bytes.
_VIEWS = {"RESHAPE", "SQUEEZE", "EXPAND_DIMS", "SHAPE", "RANK"}
# These read of a constant only the rows they pick.
_PICKS = {"GATHER", "GATHER_ND", "EMBEDDING_LOOKUP", "HASHTABLE_LOOKUP"}
_LARGEST = 2**62  # what JSON carries; no model comes near it


def count(file: File, shapes: Mapping[str, Shape]) -> Counts:
    """Every operator of the main graph that runs at these shapes of its inputs."""
    graph, (taken, given) = file.main, names(file)
    settled = {place: _closed(shapes.get(name)) for place, name in taken.items()}
    found = infer(graph, settled)
    operators = _operators(graph, found)
    if (
        max((one.macs or 0) + (one.bytes or 0) for one in operators or (Operator("", ""),))
        > _LARGEST
    ):
        raise ModelError("the file is damaged: an operator is larger than any machine")
    outputs = tuple(
        TensorSpec(given[place], graph.tensors[place].dtype, _told(found[place]))
        for place in graph.outputs
    )
    return totals(operators, outputs)


def _closed(shape: Shape | None) -> Sizes | None:
    if shape is None or not all(isinstance(size, int) for size in shape):
        return None
    return tuple(int(size) for size in shape)


def _told(shape: Sizes | None) -> Shape:
    return shape if shape is not None else ("...",)


def _operators(graph: Subgraph, shapes: Shapes) -> tuple[Operator, ...]:
    """In the graph's order. What is made of constants alone is made once, when the model loads."""
    held = {
        place: len(tensor.data)
        for place, tensor in enumerate(graph.tensors)
        if tensor.data is not None
    }
    found = []
    for index, operator in enumerate(graph.operators):
        sources = [place for place in operator.inputs if place >= 0]
        if sources and all(place in held for place in sources) and operator.type not in BODIES:
            taken = sum(held[place] for place in sources)
            for place in operator.outputs:  # a widened weight stays as it is stored
                wide = graph.tensors[place].size_bytes(shapes[place])
                held[place] = taken if operator.type == "DEQUANTIZE" else wide
        else:
            found.append(_operator(index, operator, graph, shapes, held))
    return tuple(found)


def _operator(
    index: int,
    operator: files.Operator,
    graph: Subgraph,
    shapes: Shapes,
    held: Mapping[int, int],
) -> Operator:
    number, why = _macs(operator, shapes, held)
    return Operator(
        name=operator_name(index, operator, graph),
        type=operator.custom or operator.type,
        inputs=tuple(
            _unique(graph, place) for place in operator.inputs if place >= 0 and place not in held
        ),
        outputs=tuple(_unique(graph, place) for place in operator.outputs),
        output_shapes=tuple(shapes[place] for place in operator.outputs),
        macs=number,
        weight_bytes=_weight_bytes(operator, graph, shapes, held),
        activation_bytes=_activation_bytes(operator, graph, shapes, held),
        why=why,
    )


def operator_name(index: int, operator: files.Operator, graph: Subgraph) -> str:
    """The first of the layers in its output's name, and its place: a file gives it no name."""
    name = graph.tensors[operator.outputs[0]].name if operator.outputs else ""
    return f"{name.partition(';')[0] or operator.type}:{index}"


def _unique(graph: Subgraph, place: int) -> str:
    return f"{graph.tensors[place].name}:{place}"


def _macs(
    operator: files.Operator, shapes: Shapes, held: Mapping[int, int]
) -> tuple[int | None, str]:
    """The count, or None and the reason."""
    if operator.type == "CUSTOM":
        return None, "what a custom operator does is not in the file"
    if operator.type in BODIES:
        return None, BODIES[operator.type]
    taken = [shapes[place] if place >= 0 else None for place in operator.inputs]
    given = [shapes[place] for place in operator.outputs]
    try:
        number = macs(operator, taken, given, [place in held for place in operator.inputs])
    except UnknownShapeError as error:
        return None, str(error)
    except (IndexError, ValueError, TypeError) as error:
        return None, f"its shapes do not fit together ({type(error).__name__})"
    return number, "" if number is not None else "effprof has no count for this operator"


def _weight_bytes(
    operator: files.Operator, graph: Subgraph, shapes: Shapes, held: Mapping[int, int]
) -> int:
    sources = dict.fromkeys(place for place in operator.inputs if place in held)
    total = sum(held[place] for place in sources)
    if operator.type not in _PICKS or not operator.outputs:
        return total
    picked = operator.outputs[0]
    shape = shapes[picked]
    return total if shape is None else min(total, graph.tensors[picked].size_bytes(shape))


def _activation_bytes(
    operator: files.Operator, graph: Subgraph, shapes: Shapes, held: Mapping[int, int]
) -> int | None:
    if operator.type in _VIEWS:
        return 0
    if operator.type in BODIES or operator.type == "CUSTOM":
        return None
    total = 0
    for place in (*dict.fromkeys(operator.inputs), *operator.outputs):
        if place < 0 or place in held:
            continue
        shape = shapes[place]
        if shape is None:
            return None
        total += graph.tensors[place].size_bytes(shape)
    return total
