"""Channels cut out of ONNX graphs, made for real and run for real.

The expected answers are those of the whole model with the same channels set to 0, so a wrong
index anywhere shows.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import NodeProto, helper, numpy_helper

from effprof.convert.child import Broken, Limits
from effprof.convert.variants import Recipe, make
from effprof.model.count import count
from effprof.model.dims import settle
from effprof.model.open import open_model

HALF = Recipe("channels-50", "channels", 0.5, "channels_onnx")
DIGITS = Path(__file__).parents[2] / "examples" / "digits"
Array = np.ndarray
RNG = np.random.default_rng(0)


def conv(name: str, source: str, **attributes: Any) -> NodeProto:
    inputs = [source, f"{name}.w", f"{name}.b"]
    return helper.make_node("Conv", inputs, [name], name, pads=[1, 1, 1, 1], **attributes)


def node(kind: str, inputs: Iterable[str], output: str, **attributes: Any) -> NodeProto:
    return helper.make_node(kind, list(inputs), [output], output, **attributes)


def filters(name: str, *shape: int) -> dict[str, Array]:
    """Random, of rising norm; channel 0 is the weakest."""
    strength = np.linspace(0.2, 1.0, shape[0]).reshape(-1, *[1] * (len(shape) - 1))
    weights = (np.sign(RNG.normal(size=shape)) * strength).astype(np.float32)
    return {f"{name}.w": weights, f"{name}.b": RNG.normal(size=shape[0]).astype(np.float32)}


def saved(path: Path, nodes: list[NodeProto], arrays: dict[str, Array], rank: int = 4) -> Path:
    tensors = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    x = helper.make_tensor_value_info("x", 1, [1, 3, 8, 8])
    y = helper.make_tensor_value_info("y", 1, [None] * rank)
    graph = helper.make_graph(nodes, "g", [x], [y], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def cut(path: Path, folder: Path) -> Path:
    return make(HALF, path, hashlib.sha256(path.read_bytes()).hexdigest(), folder, Limits(60))


def shapes(path: Path) -> dict[str, tuple[int, ...]]:
    return {one.name: tuple(one.dims) for one in onnx.load(path).graph.initializer}


def macs(path: Path) -> int:
    model = open_model(path)
    total = count(model, settle(model, {}, {}).shapes).macs
    assert total is not None
    return total


def answers(path: Path) -> Array:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    x = np.random.default_rng(1).normal(size=(1, 3, 8, 8)).astype(np.float32)
    return np.asarray(session.run(None, {"x": x})[0])


CHAIN = [
    conv("c1", "x"),
    node("BatchNormalization", ["c1", "s", "o", "m", "v"], "n"),
    node("Relu", ["n"], "r"),
    node("MaxPool", ["r"], "p", kernel_shape=[2, 2], strides=[2, 2]),
    conv("d", "p", group=8),
    node("Sigmoid", ["d"], "e"),
    node("Mul", ["d", "e"], "swish"),
    node("Flatten", ["swish"], "f"),
    node("Gemm", ["f", "g1.w", "g1.b"], "g1", transB=1),
    node("Relu", ["g1"], "h"),
    node("Gemm", ["h", "g2.w"], "y"),
]


def chain() -> dict[str, Array]:
    arrays = filters("c1", 8, 3, 3, 3) | filters("d", 8, 1, 3, 3) | filters("g1", 6, 8 * 16)
    arrays["g2.w"] = RNG.normal(size=(6, 5)).astype(np.float32)
    for name, low in (("s", 0.5), ("o", -1), ("m", -1), ("v", 0.5)):
        arrays[name] = RNG.uniform(low, 1.5, size=8).astype(np.float32)
    return arrays


def test_a_chain_loses_its_channels_everywhere_they_go(tmp_path: Path) -> None:
    arrays = chain()
    small = cut(saved(tmp_path / "whole.onnx", CHAIN, arrays, rank=2), tmp_path)
    found = shapes(small)
    assert found["c1.w"] == (4, 3, 3, 3)
    assert found["s"] == found["v"] == found["c1.b"] == (4,)
    assert found["d.w"] == (4, 1, 3, 3)
    assert found["g1.w"] == (3, 4 * 16)
    assert found["g2.w"] == (3, 5)
    arrays["g1.w"][:, : 4 * 16] = 0  # the four weakest channels of c1, at each of 16 places
    arrays["g2.w"][:3] = 0  # the three weakest rows of g1
    expected = answers(saved(tmp_path / "zeroed.onnx", CHAIN, arrays, rank=2))
    np.testing.assert_allclose(answers(small), expected, rtol=1e-4, atol=1e-4)


def test_it_computes_less_and_is_smaller(tmp_path: Path) -> None:
    whole = DIGITS / "teacher.onnx"
    small = cut(whole, tmp_path)
    onnx.checker.check_model(str(small), full_check=True)
    assert macs(small) < 0.4 * macs(whole)
    assert shapes(small)["conv2_weight"] == (16, 16, 3, 3)
    assert small.stat().st_size < 0.4 * whole.stat().st_size


def test_the_strongest_filters_stay(tmp_path: Path) -> None:
    nodes = [conv("c1", "x"), conv("y", "c1")]
    arrays = filters("c1", 8, 3, 3, 3) | filters("y", 2, 8, 3, 3)
    before = arrays["c1.w"].copy()
    small = onnx.load(cut(saved(tmp_path / "m.onnx", nodes, arrays), tmp_path))
    kept = {one.name: numpy_helper.to_array(one) for one in small.graph.initializer}
    assert np.array_equal(kept["c1.w"], before[4:])
    assert np.array_equal(kept["y.w"], arrays["y.w"][:, 4:])


def test_a_residual_keeps_what_it_adds_and_loses_what_is_within(tmp_path: Path) -> None:
    nodes = [
        conv("c1", "x"),
        conv("c2", "c1"),
        node("Relu", ["c2"], "r"),
        conv("c3", "r"),
        node("Add", ["c1", "c3"], "a"),
        conv("y", "a"),
    ]
    arrays = filters("c1", 8, 3, 3, 3) | filters("c2", 8, 8, 3, 3) | filters("c3", 8, 8, 3, 3)
    small = cut(saved(tmp_path / "m.onnx", nodes, arrays | filters("y", 2, 8, 3, 3)), tmp_path)
    found = shapes(small)
    assert found["c1.w"] == (8, 3, 3, 3)
    assert found["c2.w"] == (4, 8, 3, 3)
    assert found["c3.w"] == (8, 4, 3, 3)
    assert answers(small).shape == (1, 2, 8, 8)


def left_whole(*nodes: NodeProto, **more: Array) -> tuple[list[NodeProto], dict[str, Array]]:
    return [conv("c1", "x"), *nodes], filters("c1", 8, 3, 3, 3) | more


WHOLE = {
    "Conv c1: is the output y": (
        [helper.make_node("Conv", ["x", "c1.w"], ["y"], "c1", pads=[1, 1, 1, 1])],
        {"c1.w": np.ones((8, 3, 3, 3), np.float32)},
    ),
    "reaches Concat y": left_whole(node("Concat", ["c1", "x"], "y", axis=1)),
    "reaches Softmax y": left_whole(node("Softmax", ["c1"], "y", axis=1)),
    "meets k in Add a": left_whole(
        node("Add", ["c1", "k"], "a"),
        conv("y", "a"),
        **filters("y", 2, 8, 3, 3),
        k=np.ones((8, 1, 1), np.float32),
    ),
    "reaches Conv y of 2 groups": left_whole(conv("y", "c1", group=2), **filters("y", 2, 4, 3, 3)),
    "Conv c1 shares c1.w": left_whole(
        node("Relu", ["c1"], "r"), node("Conv", ["x", "c1.w"], "s"), node("Add", ["r", "s"], "y")
    ),
    "it has no convolution or Gemm": ([node("Relu", ["x"], "y")], {}),
}


@pytest.mark.parametrize("why", WHOLE)
def test_what_cannot_lose_channels_says_what_stands_in_the_way(tmp_path: Path, why: str) -> None:
    nodes, arrays = WHOLE[why]
    with pytest.raises(Broken) as told:
        cut(saved(tmp_path / "m.onnx", nodes, arrays), tmp_path)
    assert why in str(told.value)


def test_a_single_number_lines_up_with_any_channels(tmp_path: Path) -> None:
    nodes = [conv("c1", "x"), node("Mul", ["c1", "k"], "m"), conv("y", "m")]
    arrays = filters("c1", 8, 3, 3, 3) | filters("y", 2, 8, 3, 3)
    arrays["k"] = np.array(0.5, np.float32)
    small = cut(saved(tmp_path / "m.onnx", nodes, arrays), tmp_path)
    assert shapes(small)["y.w"] == (2, 4, 3, 3)
    assert answers(small).shape == (1, 2, 8, 8)
