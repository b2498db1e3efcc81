"""Shapes of every tensor at input shapes the file was not written for.

A file states the shape of each tensor at one size of its inputs. Where an operator gets what the
file states, so it gives; where not, its own rule tells (`rules.py`). An operator without a rule
leaves its outputs unknown (None).
"""

from collections.abc import Mapping, Sequence

from effprof.model.tflite.file import Operator, Sizes, Subgraph
from effprof.model.tflite.rules import RULES, Case

Shapes = list[Sizes | None]


def infer(graph: Subgraph, given: Mapping[int, Sizes | None]) -> Shapes:
    """By place of the tensor. `given`: the inputs' shapes; None for one that is not settled."""
    shapes: Shapes = [tensor.shape for tensor in graph.tensors]
    changed = {place for place, shape in given.items() if shape != graph.tensors[place].shape}
    for place in changed:
        shapes[place] = given[place]
    for operator in graph.operators:
        if not changed.intersection(operator.inputs):
            continue
        found = _outputs(operator, graph, shapes)
        for place, shape in zip(operator.outputs, found, strict=True):
            shapes[place] = shape
            if shape != graph.tensors[place].shape:
                changed.add(place)
    return shapes


def _outputs(operator: Operator, graph: Subgraph, shapes: Shapes) -> Sequence[Sizes | None]:
    """Unknown where an input that matters is unknown, or the numbers do not go together."""
    unknown = [None] * len(operator.outputs)
    rule = RULES.get(operator.type)
    taken = [shapes[place] if place >= 0 else None for place in operator.inputs]
    if rule is None or not taken or taken[0] is None or not operator.outputs:
        return unknown
    case = Case(operator, graph, taken)
    try:
        shape = rule(case)
    except (IndexError, ValueError, TypeError, ZeroDivisionError):
        return unknown
    return [shape] * len(operator.outputs)
