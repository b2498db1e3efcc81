"""Which operators of the graph stand behind a row of ONNX Runtime's profiler.

What the runtime (1.20 to 1.32, CPU) calls a node it has changed, as found by profiling:
- unchanged, or a convolution that took in its activation: the node's own name;
- in NCHWc layout: the tensor that the last fused node wrote, and "_nchwc"; or "ReorderInput" and
  "ReorderOutput", which are no node of the graph;
- other fusions: "NAME/MatMulAddFusion", "fused NAME" (Gemm with its activation);
- a pattern with a name of its own ("Gelu"), of which nothing tells what it replaced.
A node taken in has no row of its own.
"""

from collections.abc import Mapping, Sequence

from effprof.model.model import Operator


def behind(rows: Sequence[str], operators: Sequence[Operator]) -> dict[str, tuple[Operator, ...]]:
    """Row -> its operators in the graph's order; none for a row that is no part of the graph."""
    by_name = {one.name: place for place, one in enumerate(operators)}
    makers = {name: place for place, one in enumerate(operators) for name in one.outputs}
    owners: dict[int, str] = {}
    ends: dict[int, str] = {}  # rows that are known by the last of their operators
    for row in rows:
        place = _place(row, by_name)
        if place is not None:
            owners[place] = row
        elif (
            row.endswith("_nchwc") and (last := makers.get(row.removesuffix("_nchwc"))) is not None
        ):
            ends[last] = row
    for last, row in ends.items():
        _take_back(last, row, operators, makers, owners, ends)
    _take_along(operators, makers, owners)
    found: dict[str, list[Operator]] = {row: [] for row in rows}
    for place in sorted(owners):
        found[owners[place]].append(operators[place])
    return {row: tuple(members) for row, members in found.items()}


def _place(row: str, by_name: Mapping[str, int]) -> int | None:
    head, slash, tail = row.rpartition("/")
    stems = [row, row.removeprefix("fused ")]
    if slash and tail.endswith("Fusion"):
        stems.append(head)
    return next((by_name[stem] for stem in stems if stem in by_name), None)


def _take_back(
    last: int,
    row: str,
    operators: Sequence[Operator],
    makers: Mapping[str, int],
    owners: dict[int, str],
    ends: Mapping[int, str],
) -> None:
    """The row's last operator, and what comes before it up to the next rows."""
    pending = [last]
    while pending:
        place = pending.pop()
        if place in owners or ends.get(place, row) != row:
            continue
        owners[place] = row
        if operators[place].macs:
            continue  # a fused row holds one contraction, and begins with it
        pending += [makers[name] for name in operators[place].inputs if name in makers]


def _take_along(
    operators: Sequence[Operator], makers: Mapping[str, int], owners: dict[int, str]
) -> None:
    """What has no row was taken in by the row before it; never a contraction, which would show."""
    for place, operator in enumerate(operators):
        if place not in owners and operator.macs == 0:
            before = [makers[name] for name in operator.inputs if name in makers]
            row = next((owners[one] for one in before if one in owners), None)
            if row is not None:
                owners[place] = row
