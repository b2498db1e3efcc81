"""LiteRT: names, batches, refusals that name the operator, and times of operators."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from effprof.backends.litert import LiteRt, prefixes
from effprof.ports import Refusal
from tests.conftest import SHARED
from tests.model import tflite_build as build

OPTIONS = {"threads": 1}


@pytest.fixture(scope="module")
def backend() -> LiteRt:
    made = LiteRt()
    made.start()
    return made


def _images(batch: int) -> dict[str, np.ndarray]:
    return {"x": np.random.default_rng(1).random((batch, 8, 8, 3), np.float32)}


def _named(path: Path) -> Path:
    """A graph of two operators whose signature has names of its own."""
    graph = build.Graph()
    x, h, y = (graph.tensor(name, (1, 64)) for name in ("call_x:0", "hidden", "Call:0"))
    graph.add("TANH", [x], [h])
    graph.add("LOGISTIC", [h], [y])
    graph.signature("serving_default", {"image": x}, {"scores": y})
    return graph.file(path, [x], [y])


def test_it_answers_by_the_names_of_the_signature(backend: LiteRt, tmp_path: Path) -> None:
    session = backend.load(str(_named(tmp_path / "m.tflite")), OPTIONS)
    outputs = session.run({"image": np.zeros((1, 64), np.float32)})
    np.testing.assert_allclose(outputs["scores"], 0.5)


@pytest.mark.parametrize("open_batch", [True, False])
def test_a_batch_gives_what_its_items_give_alone(
    backend: LiteRt, tmp_path: Path, *, open_batch: bool
) -> None:
    path = build.network(tmp_path / "m.tflite", open_batch=open_batch)
    session = backend.load(str(path), OPTIONS)
    together = session.run(_images(5))["scores"]
    alone = [session.run({"x": image[None]})["scores"][0] for image in _images(5)["x"]]
    np.testing.assert_allclose(together, alone, rtol=1e-5)


def test_a_graph_with_its_batch_written_into_it_is_refused_at_another(
    backend: LiteRt, tmp_path: Path
) -> None:
    graph = build.Graph()
    x, y = graph.tensor("x", (1, 4)), graph.tensor("y", (1, 2, 2))
    shape = graph.weight("shape", np.array([1, 2, 2], np.int32))
    graph.add("RESHAPE", [x, shape], [y])
    session = backend.load(str(graph.file(tmp_path / "m.tflite", [x], [y])), OPTIONS)
    with pytest.raises(Refusal, match="cannot run this model at inputs of 3x4") as refusal:
        session.run({"x": np.zeros((3, 4), np.float32)})
    assert refusal.value.kind == "request"


def test_a_graph_that_takes_more_items_and_answers_for_one_is_refused(
    backend: LiteRt, tmp_path: Path
) -> None:
    graph = build.Graph()
    x, y = graph.tensor("x", (1, 4)), graph.tensor("y", (1, 4))
    axes = graph.weight("axes", np.array([0], np.int32))
    options = schema.ReducerOptionsT()
    options.keepDims = True
    graph.add("MEAN", [x, axes], [y], options)
    session = backend.load(str(graph.file(tmp_path / "m.tflite", [x], [y])), OPTIONS)
    with pytest.raises(Refusal, match="answers for fewer"):
        session.run({"x": np.zeros((3, 4), np.float32)})


def test_inputs_are_kept_from_one_bound_run_to_the_next(backend: LiteRt, tmp_path: Path) -> None:
    path = build.network(tmp_path / "m.tflite")
    session = backend.load(str(path), OPTIONS)
    expected = session.run(_images(2))["scores"]
    run = session.bind(_images(2))
    for _ in range(5):
        run()
    interpreter = session.interpreter
    place = interpreter.get_output_details()[0]["index"]
    np.testing.assert_array_equal(interpreter.get_tensor(place), expected)


def test_threads_are_those_asked_for(backend: LiteRt, tmp_path: Path) -> None:
    path = str(build.network(tmp_path / "m.tflite"))
    assert backend.load(path, {"threads": 2}).settings == {"threads": 2, "xnnpack": True}
    plain = backend.load(path, {"threads": 1, "xnnpack": False})
    assert plain.settings == {"threads": 1, "xnnpack": False}
    assert plain.run(_images(1))["scores"].shape == (1, 5)


def _unknown_version(path: Path) -> Path:
    graph = build.Graph()
    x, y = graph.tensor("x", (1, 4)), graph.tensor("y", (1, 4))
    graph.add("RELU", [x], [y], version=99)
    return graph.file(path, [x], [y])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (build.custom, "operator MagicWand is a custom one"),
        (lambda path: build.custom(path, "FlexErf"), "operator FlexErf is TensorFlow's own"),
        (_unknown_version, "operator RELU of version 99"),
    ],
)
def test_an_operator_it_has_not_is_named(
    backend: LiteRt, make: Callable[[Path], Path], said: str, tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match=said) as refusal:
        backend.load(str(make(tmp_path / "m.tflite")), OPTIONS)
    assert refusal.value.kind == "request"
    assert refusal.value.hint


def test_an_index_outside_its_table_is_no_fault_of_the_file(
    backend: LiteRt, tmp_path: Path
) -> None:
    session = backend.load(str(build.embedding(tmp_path / "m.tflite")), OPTIONS)
    with pytest.raises(Refusal, match="while running") as refusal:
        session.run({"tokens": np.full((1, 6), 500, np.int32)})
    assert refusal.value.kind == "failed"
    assert session.run({"tokens": np.full((1, 6), 3, np.int32)})["picked"].shape == (1, 6, 8)


@pytest.mark.parametrize("name", ["npu", "gpu", "NPU|CPU"])
def test_an_accelerator_without_its_delegate_is_not_believed(backend: LiteRt, name: str) -> None:
    model = {"format": "tflite", "opset": None, "precision": "fp32"}
    reason = backend.refuses(model, {"accelerator": name})
    assert reason is not None
    assert "delegate" in reason
    assert backend.refuses(model, {"accelerator": "npu", "delegate": "/no/such.so"}) is not None
    assert backend.refuses(model, {"accelerator": "cpu"}) is None


def test_a_delegate_that_does_not_load_is_lacking(backend: LiteRt, tmp_path: Path) -> None:
    path = build.network(tmp_path / "m.tflite")
    with pytest.raises(Refusal, match="does not load") as refusal:
        backend.load(str(path), {"delegate": str(path)})
    assert refusal.value.kind == "lacking"


def test_other_formats_are_refused(backend: LiteRt) -> None:
    assert backend.refuses({"format": "onnx", "opset": 17, "precision": "fp32"}, OPTIONS)


def test_operators_are_timed_by_cutting_the_graph(backend: LiteRt, tmp_path: Path) -> None:
    """The cuts of a file with a signature, and of a batch; a busy machine may blur the times."""
    path = build.network(tmp_path / "m.tflite")
    found = backend.operators(str(path), OPTIONS, _images(64), 0.2)
    if isinstance(found, str):
        assert "too noisy" in found
    else:
        assert [one.type for one in found] == ["CONV_2D", "MEAN", "FULLY_CONNECTED", "SOFTMAX"]
        assert [one.name for one in found][:2] == ["features:0", "pooled:1"]
        assert all(one.latency_s > 0 and one.how for one in found)
    named = str(_named(tmp_path / "n.tflite"))
    found = backend.operators(named, OPTIONS, {"image": np.ones((1, 64), np.float32)}, 0.05)
    assert isinstance(found, str) or [one.type for one in found] == ["TANH", "LOGISTIC"]


def test_a_cut_computes_what_the_whole_computes(backend: LiteRt, tmp_path: Path) -> None:
    held = _named(tmp_path / "m.tflite").read_bytes()
    (tmp_path / "cut.tflite").write_bytes(prefixes.cut(held, 1, [1]))
    session = backend.load(str(tmp_path / "cut.tflite"), OPTIONS)
    outputs = session.run({"call_x:0": np.ones((1, 64), np.float32)})
    np.testing.assert_allclose(outputs["hidden"], np.tanh(1), rtol=1e-5)
    with pytest.raises(struct.error):
        prefixes.cut(held[:8], 1, [1])


def test_operators_of_constants_alone_are_no_part_of_a_run(backend: LiteRt, tmp_path: Path) -> None:
    graph = build.Graph()
    x, wide, y = (graph.tensor(n, s) for n, s in (("x", (1, 4)), ("wide", (3, 4)), ("y", (1, 3))))
    half = graph.weight("half", np.ones((3, 4), np.float16))
    graph.add("DEQUANTIZE", [half], [wide], schema.DequantizeOptionsT())
    graph.add("FULLY_CONNECTED", [x, wide, -1], [y], schema.FullyConnectedOptionsT())
    path = graph.file(tmp_path / "m.tflite", [x], [y])
    found = backend.operators(str(path), OPTIONS, {"x": np.ones((1, 4), np.float32)}, 0.05)
    assert not isinstance(found, str)
    assert [(one.name, one.type) for one in found] == [("y:1", "FULLY_CONNECTED")]


def test_times_that_do_not_ascend_share_what_they_add() -> None:
    pools = prefixes.ascending([1.0, 3.0, 2.0, 5.0])
    assert pools == [(1.0, 1), (2.5, 2), (5.0, 1)]
    assert prefixes.differences(pools) == [1.0, 0.75, 0.75, 2.5]


def test_more_operators_than_the_time_allows_are_left_out(backend: LiteRt, tmp_path: Path) -> None:
    path = str(build.network(tmp_path / "m.tflite"))
    found = backend.operators(path, OPTIONS, _images(1), 1e-6)
    assert isinstance(found, str)
    assert "would take" in found


@pytest.mark.parametrize("name", ["kws_int8", "kws_float", "vww_int8", "ic_int8", "ad_int8"])
def test_reference_networks_run_at_any_batch(backend: LiteRt, name: str) -> None:
    path = SHARED / "models" / f"{name}.tflite"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    session = backend.load(str(path), OPTIONS)
    (details,) = session.interpreter.get_input_details()
    shape = tuple(map(int, details["shape"]))
    rng = np.random.default_rng(0)
    if details["dtype"] is np.float32:
        items = rng.random((3, *shape[1:]), np.float32)
    else:
        items = rng.integers(-128, 128, (3, *shape[1:])).astype(np.int8)
    (name,) = session.inputs
    together = next(iter(session.run({name: items}).values()))
    alone = np.concatenate([next(iter(session.run({name: one[None]}).values())) for one in items])
    np.testing.assert_allclose(together.astype(float), alone.astype(float), atol=1.1)
