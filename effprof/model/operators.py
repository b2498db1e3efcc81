"""Child only: the operators of the graph at chosen input shapes, with MACs and bytes."""

from collections.abc import Mapping

from onnx import GraphProto, ModelProto, NodeProto

from effprof.base.records import TensorSpec
from effprof.model import fold, infer, stored
from effprof.model import graph as graphs
from effprof.model.infer import Tensors
from effprof.model.macs import Call, UnknownShapeError, macs
from effprof.model.model import Counts, Operator, Shape
from effprof.model.totals import totals
from effprof.model.types import dtype_name, size_bytes

# These change how a tensor is seen, not its bytes: runtimes give the same buffer on.
_VIEWS = {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout", "Shape", "Size"}
# These read of a constant only the rows they pick.
_PICKS = {"Gather", "GatherElements", "GatherND", "EmbedLayerNormalization", "GatherBlockQuantized"}
BODIES = {
    "If": "which branch runs depends on the data",
    "Loop": "how often its body runs depends on the data",
    "Scan": "what its body takes is not counted",
    "SequenceMap": "how often its body runs depends on the data",
}


def count(model: ModelProto, shapes: Mapping[str, Shape], inputs: Mapping[str, int]) -> Counts:
    """Every node that runs; changes `model`, which is done with.

    `inputs`: integer inputs whose one value is known; branches are chosen by it.
    """
    for body in graphs.all_graphs(model.graph):
        for node, name in zip(body.node, graphs.node_names(body), strict=True):
            node.name = name
    tensors = infer.prepare(model, shapes)
    branches = sum(node.op_type == "If" for node in model.graph.node)
    notices = fold.settle(model, tensors, inputs)
    if branches > sum(node.op_type == "If" for node in model.graph.node):
        notices += tuple(f"counted for {name} = {value}" for name, value in inputs.items())
    _forget_invented_names(tensors, shapes)
    stored.as_quantised(model.graph, tensors)
    return totals(_operators(model.graph, tensors), _outputs(model.graph, tensors), notices)


def _forget_invented_names(tensors: Tensors, shapes: Mapping[str, Shape]) -> None:
    """Inference names sizes it cannot tell (unk__7); only names of the inputs mean something."""
    names = {dim for shape in shapes.values() for dim in shape}
    for name, shape in tensors.shapes.items():
        known = tuple(dim if isinstance(dim, int) or dim in names else "?" for dim in shape)
        tensors.shapes[name] = known


def _operators(graph: GraphProto, tensors: Tensors) -> tuple[Operator, ...]:
    """In the graph's order. What is made of constants alone is made once, when the model loads."""
    constants = dict(tensors.constants)
    operators = []
    for node in graph.node:
        if _is_folded(node, constants):
            _fold(node, tensors, constants)
        elif node.name:  # fold.py ties a branch to the graph with nameless nodes
            operators.append(_operator(node, tensors, constants))
    return tuple(operators)


def _is_folded(node: NodeProto, constants: Mapping[str, int]) -> bool:
    if any(True for _ in graphs.subgraphs(node)) or node.op_type.startswith("Random"):
        return False
    return all(source in constants for source in node.input if source)


def _fold(node: NodeProto, tensors: Tensors, constants: dict[str, int]) -> None:
    """Its outputs are constants too; a dequantised one stays as it is stored (runtimes fuse it)."""
    held = sum(constants.get(source, 0) for source in node.input)
    for output in node.output:
        made = None if node.op_type == "DequantizeLinear" else _tensor_bytes(output, tensors)
        constants.setdefault(output, held if made is None else made)


def _operator(node: NodeProto, tensors: Tensors, constants: Mapping[str, int]) -> Operator:
    number, why = _macs(node, tensors)
    return Operator(
        name=node.name,
        type=node.op_type,
        inputs=tuple(source for source in node.input if source and source not in constants),
        outputs=tuple(node.output),
        output_shapes=tuple(tensors.shapes.get(output) for output in node.output if output),
        macs=number,
        weight_bytes=_weight_bytes(node, tensors, constants),
        activation_bytes=_activation_bytes(node, tensors, constants),
        why=why,
    )


def _macs(node: NodeProto, tensors: Tensors) -> tuple[int | None, str]:
    """The count, or None and the reason."""
    if node.op_type in BODIES:
        return None, BODIES[node.op_type]
    kind = node.op_type
    if node.domain == "com.microsoft" and kind == "Attention":
        kind = "com.microsoft.Attention"
    elif node.domain not in (*graphs.STANDARD, "com.microsoft", "ai.onnx.ml"):
        return None, f"operators of {node.domain} are not known"
    call = Call(
        kind,
        [tensors.shapes.get(source) if source else None for source in node.input],
        [tensors.shapes.get(output) if output else None for output in node.output],
        graphs.attributes(node),
    )
    try:
        number = macs(call)
    except UnknownShapeError as error:
        return None, str(error)
    except (IndexError, KeyError, ValueError, TypeError) as error:
        return None, f"its shapes do not fit together ({type(error).__name__})"
    return number, "" if number is not None else "effprof has no count for this operator"


def _weight_bytes(node: NodeProto, tensors: Tensors, constants: Mapping[str, int]) -> int:
    held = sum(constants[source] for source in dict.fromkeys(node.input) if source in constants)
    if node.op_type not in _PICKS:
        return held
    picked = [_tensor_bytes(output, tensors) for output in node.output[:1]]
    return min(held, *(number for number in picked if number is not None), held)


def _activation_bytes(
    node: NodeProto, tensors: Tensors, constants: Mapping[str, int]
) -> int | None:
    if node.op_type in _VIEWS or stored.is_taken_in(node, tensors):
        return 0
    if node.op_type in BODIES:
        return None
    total_bytes = 0
    for name in (*dict.fromkeys(node.input), *node.output):
        if name and name not in constants:
            number = _tensor_bytes(name, tensors)
            if number is None:
                return None
            total_bytes += number
    return total_bytes


def _tensor_bytes(name: str, tensors: Tensors) -> int | None:
    shape, number = tensors.shapes.get(name), tensors.types.get(name)
    if shape is None or number is None or any(isinstance(dim, str) for dim in shape):
        return None
    return size_bytes(number, [int(dim) for dim in shape])


def _outputs(graph: GraphProto, tensors: Tensors) -> tuple[TensorSpec, ...]:
    return tuple(
        TensorSpec(
            value.name,
            dtype_name(value.type.tensor_type.elem_type),
            tensors.shapes.get(value.name, ("...",)),
        )
        for value in graph.output
    )
