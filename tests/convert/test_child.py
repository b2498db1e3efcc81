"""A step in a process of its own: what it may do, and what becomes of one that does not end."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.helper import make_node

from effprof.base.errors import UnfinishedError
from effprof.convert.child import Broken, Limits, ask
from tests.model import build


def request(path: Path, out: Path, **changes: object) -> dict[str, object]:
    return {"path": str(path), "out": str(out), "shapes": {"x": [2, 3]}, "frozen": {}} | changes


@pytest.fixture
def chosen(tmp_path: Path) -> Path:
    """One output of x, doubled; a whole number chooses whether one is added: control flow."""
    branches = [
        onnx.helper.make_graph(
            [make_node("Identity", [name], [f"{name}_out"])],
            name,
            [],
            [build.tensor(f"{name}_out", [])],
        )
        for name in ("one", "none")
    ]
    nodes = [
        make_node("Equal", ["mode", "wanted"], ["chosen"]),
        make_node("If", ["chosen"], ["extra"], then_branch=branches[0], else_branch=branches[1]),
        make_node("Add", ["x", "x"], ["twice"]),
        make_node("Add", ["twice", "extra"], ["y"], name="last"),
    ]
    weights = [
        build.weight("wanted", np.int64(1)),
        build.weight("one", np.float32(1)),
        build.weight("none", np.float32(0)),
    ]
    inputs = [build.tensor("x", ["n", 3]), build.tensor("mode", [], build.INT64)]
    model = build.model(nodes, inputs, [build.tensor("y", ["n", 3])], weights)
    return build.save(model, tmp_path / "chosen.onnx")


def test_shapes_are_fixed_and_a_frozen_input_folds_its_branch_away(
    chosen: Path, tmp_path: Path
) -> None:
    before = chosen.read_bytes()
    frozen = {"mode": {"value": 1, "dtype": "int64", "shape": []}}
    told = ask("fold", request(chosen, tmp_path / "out.onnx", frozen=frozen), Limits())
    assert told["inputs"] == [{"name": "x", "rank": 2, "consumers": ["Add"]}]
    folded = onnx.load(tmp_path / "out.onnx").graph
    assert {node.op_type for node in folded.node} == {"Add"}
    assert [dim.dim_value for dim in folded.input[0].type.tensor_type.shape.dim] == [2, 3]
    assert chosen.read_bytes() == before


def test_a_failure_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Broken, match=r"No such file|nothing\.onnx") as bad:
        ask("fold", request(tmp_path / "nothing.onnx", tmp_path / "out.onnx"), Limits())
    assert "\n" not in str(bad.value)


def test_a_deadline(chosen: Path, tmp_path: Path) -> None:
    with pytest.raises(UnfinishedError, match="did not end within") as bad:
        ask("fold", request(chosen, tmp_path / "out.onnx"), Limits(deadline_s=0.0))
    assert "--timeout" in bad.value.hint


def test_a_memory_limit(chosen: Path, tmp_path: Path) -> None:
    with pytest.raises(UnfinishedError, match="MiB of memory"):
        ask("fold", request(chosen, tmp_path / "out.onnx"), Limits(memory_bytes=1))
