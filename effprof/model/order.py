"""Child only: nodes in an order in which they can run.

ONNX demands it and shape inference relies on it; ONNX Runtime sorts them itself, so files that are
not sorted go round (its own float16 conversion writes them).
"""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from onnx import GraphProto, NodeProto

from effprof.model import graph as graphs


def sort(graph: GraphProto) -> None:
    """In place, bodies of control flow too; a graph that is sorted, or has a cycle, stays."""
    for body in graphs.all_graphs(graph):
        order = _order(body.node)
        if order is None:
            continue
        # ONNX Runtime calls an unnamed node by its place in the file, which it keeps.
        for node, name in zip(body.node, graphs.node_names(body), strict=True):
            node.name = name
        kept = [NodeProto.FromString(body.node[place].SerializeToString()) for place in order]
        body.ClearField("node")
        body.node.extend(kept)


def _order(nodes: Sequence[NodeProto]) -> list[int] | None:
    """Places of the nodes in an order that runs; None where theirs will do, or none does."""
    maker = {name: place for place, node in enumerate(nodes) for name in node.output if name}
    needs = [{maker[name] for name in _read(node) if name in maker} for node in nodes]
    if all(made < place for place, them in enumerate(needs) for made in them):
        return None
    try:
        return list(TopologicalSorter(dict(enumerate(needs))).static_order())
    except CycleError:
        return None


def _read(node: NodeProto) -> set[str]:
    """Its inputs, and what its bodies may take from outside."""
    names = set(node.input)
    for _, body in graphs.subgraphs(node):
        for graph in graphs.all_graphs(body):
            names.update(name for inner in graph.node for name in inner.input)
            names.update(value.name for value in graph.output)
    return names
