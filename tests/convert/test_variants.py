"""Variants of an ONNX file, made for real and run for real."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from effprof.convert.child import Broken, Limits
from effprof.convert.variants import RECIPES, Recipe, make

DIGITS = Path(__file__).parents[2] / "examples" / "digits"
STUDENT = DIGITS / "student.onnx"


def made(name: str, folder: Path, path: Path = STUDENT) -> Path:
    recipe = next(one for one in RECIPES if one.name == name)
    return make(recipe, path, hashlib.sha256(path.read_bytes()).hexdigest(), folder, Limits(60))


def weights(path: Path) -> dict[str, np.ndarray]:
    graph = onnx.load(path).graph
    arrays = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    return {name: array for name, array in arrays.items() if array.ndim > 1}


@pytest.mark.parametrize(("name", "share"), [("pruned-50", 0.5), ("pruned-80", 0.8)])
def test_pruning_sets_the_smallest_weights_to_0_and_leaves_the_rest(
    tmp_path: Path, name: str, share: float
) -> None:
    path = made(name, tmp_path)
    assert path.name == f"student.{name}.onnx"
    before, after = weights(STUDENT), weights(path)
    assert before.keys() == after.keys()
    touched = 0
    for key, old in before.items():
        new = after[key]
        gone = (new == 0) & (old != 0)
        assert np.array_equal(new[~gone], old[~gone])
        if gone.any():
            touched += 1
            assert (new == 0).mean() == pytest.approx(share, abs=1 / new.size)
            assert np.abs(old[gone]).max() <= np.abs(new[new != 0]).min()
    assert touched >= 2


def test_a_dynamic_one_multiplies_integers(tmp_path: Path) -> None:
    kinds = {node.op_type for node in onnx.load(made("int8-dynamic", tmp_path)).graph.node}
    assert "DynamicQuantizeLinear" in kinds


def test_it_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = made("pruned-50", tmp_path).read_bytes()

    def never(*_: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr("effprof.convert.variants.ask", never)
    assert made("pruned-50", tmp_path).read_bytes() == first


def test_what_has_nothing_to_prune_is_told(tmp_path: Path) -> None:
    nodes = [onnx.helper.make_node("Relu", ["x"], ["y"])]
    ends = [onnx.helper.make_tensor_value_info(one, 1, [1, 8]) for one in ("x", "y")]
    graph = onnx.helper.make_graph(nodes, "g", ends[:1], ends[1:])
    path = tmp_path / "relu.onnx"
    onnx.save(onnx.helper.make_model(graph), path)
    with pytest.raises(Broken, match="no float weights of convolutions or matrix products"):
        made("pruned-50", tmp_path, path)
    with pytest.raises(Broken, match="no operator that can be quantised dynamically"):
        made("int8-dynamic", tmp_path, path)
    assert Recipe("pruned-50", "pruned", 0.5) in RECIPES
