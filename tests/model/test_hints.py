from collections.abc import Sequence

import numpy as np
import pytest
from onnx import NodeProto, TensorProto
from onnx.helper import make_graph, make_node

from effprof.model.hints import hints
from effprof.model.model import Hint
from tests.model import build

TABLE = build.weight("table", np.zeros((7, 3), np.float32))


def _hint(
    nodes: list[NodeProto], *weights: TensorProto, shape: Sequence[build.Dim] = ("n", 4)
) -> Hint | None:
    proto = build.model(
        nodes, [build.tensor("ids", shape, build.INT64)], [build.tensor("y", None)], weights
    )
    return hints(proto.graph).get("ids")


def test_an_index_is_bounded_by_its_table() -> None:
    hint = _hint([make_node("Gather", ["table", "ids"], ["y"])], TABLE)
    assert hint == Hint("index", "indexes 7 rows of table", 0, 7)
    hint = _hint([make_node("Gather", ["table", "ids"], ["y"], axis=-1)], TABLE)
    assert hint is not None
    assert hint.high == 3


def test_an_index_is_followed_through_what_keeps_values() -> None:
    nodes = [
        make_node("Cast", ["ids"], ["a"], to=build.INT32),
        make_node("Unsqueeze", ["a", "axes"], ["b"]),
        make_node("Reshape", ["b", "shape"], ["c"]),
        make_node("Gather", ["table", "c"], ["y"]),
    ]
    weights = [TABLE, build.weight("axes", [0]), build.weight("shape", [-1])]
    hint = _hint(nodes, *weights)
    assert hint is not None
    assert (hint.low, hint.high) == (0, 7)


def test_an_offset_moves_the_bound() -> None:
    nodes = [make_node("Add", ["ids", "two"], ["a"]), make_node("Gather", ["table", "a"], ["y"])]
    hint = _hint(nodes, TABLE, build.weight("two", np.int64(2)))
    assert hint is not None
    assert (hint.low, hint.high) == (0, 5)


def test_the_tightest_of_several_tables_wins() -> None:
    nodes = [
        make_node("Gather", ["table", "ids"], ["y"]),
        make_node("Gather", ["few", "ids"], ["z"]),
    ]
    hint = _hint(nodes, TABLE, build.weight("few", np.zeros((2, 3), np.float32)))
    assert hint is not None
    assert hint.high == 2


def test_a_quantised_table_is_a_table() -> None:
    nodes = [
        make_node("DequantizeLinear", ["q", "scale"], ["t"]),
        make_node("Gather", ["t", "ids"], ["y"]),
    ]
    weights = [build.weight("q", np.zeros((9, 2), np.int8)), build.weight("scale", np.float32(1))]
    hint = _hint(nodes, *weights)
    assert hint is not None
    assert hint.high == 9


def test_a_cast_to_floats_ends_the_trail() -> None:
    nodes = [
        make_node("Cast", ["ids"], ["a"], to=build.FLOAT),
        make_node("Gather", ["table", "a"], ["y"]),
    ]
    assert _hint(nodes, TABLE) is None


def test_one_hot_bounds() -> None:
    nodes = [make_node("OneHot", ["ids", "depth", "values"], ["y"])]
    weights = [build.weight("depth", np.int64(10)), build.weight("values", np.ones(2, np.float32))]
    hint = _hint(nodes, *weights)
    assert hint is not None
    assert (hint.kind, hint.high) == ("index", 10)
    hint = _hint(
        [make_node("Equal", ["ids", "range"], ["y"])], build.weight("range", np.arange(257))
    )
    assert hint is not None
    assert (hint.low, hint.high) == (0, 257)


def test_a_single_number_compared_with_a_constant_takes_it() -> None:
    nodes = [make_node("Equal", ["ids", "c"], ["y"])]
    rate = build.weight("c", np.int64(16000))
    hint = _hint(nodes, rate, shape=())
    assert hint is not None
    assert (hint.kind, hint.low) == ("choice", 16000)
    assert _hint(nodes, rate, shape=(1, 128)) is None


@pytest.mark.parametrize("kind", ["Range", "ConstantOfShape"])
def test_a_size_is_known_as_one(kind: str) -> None:
    inputs = ["zero", "ids", "one"] if kind == "Range" else ["ids"]
    weights = [build.weight("zero", np.int64(0)), build.weight("one", np.int64(1))]
    hint = _hint([make_node(kind, inputs, ["y"])], *weights, shape=())
    assert hint is not None
    assert hint.kind == "size"


def test_an_index_inside_a_branch_is_found() -> None:
    body = make_graph(
        [make_node("Gather", ["table", "ids"], ["out"])], "b", [], [build.tensor("out", None)]
    )
    nodes = [make_node("If", ["yes"], ["y"], then_branch=body, else_branch=body)]
    hint = _hint(nodes, TABLE, build.weight("yes", np.bool_(True)))
    assert hint is not None
    assert hint.high == 7
