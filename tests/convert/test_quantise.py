"""Fewer bits: the ways tried, the one taken, and what is said of those that were not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from effprof.convert import Source, quantise_onnx, quantise_tflite, to_tflite
from effprof.convert import quantise as room
from effprof.model.count import count
from effprof.model.dims import settle
from effprof.model.open import open_model
from tests.conftest import EXAMPLES
from tests.convert.conftest import LIMITS

STUDENT = EXAMPLES / "student.onnx"
Make = Callable[..., Source]


def test_onnx_is_quantised_statically_by_channel(source: Make) -> None:
    made = quantise_onnx(source(STUDENT), "int8", LIMITS)
    assert (made.format, made.precision) == ("onnx", "int8")
    assert [(one.way, one.why) for one in made.attempts] == [("static int8", "")]
    graph = onnx.load(made.path).graph
    assert "QuantizeLinear" in {node.op_type for node in graph.node}
    weights = [t for t in graph.initializer if t.data_type == onnx.TensorProto.INT8 and t.dims]
    assert any(len(one.dims) == 4 for one in weights)
    assert (made.samples > 0, made.floating, made.cached) == (True, {}, ())
    again = quantise_onnx(source(STUDENT), "int8", LIMITS)
    assert (again.cached, again.samples) == ((made.by,), made.samples)
    assert again.seconds < made.seconds


def test_operators_that_stay_in_float_are_named(
    source: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The quantiser knows no Erf, though it quantises what goes in and what comes out."""
    monkeypatch.setattr(room, "AGREES", 0.5)  # of random weights
    x, y = (onnx.helper.make_tensor_value_info(name, 1, [1, 8]) for name in "xy")
    weights = np.random.default_rng(0).normal(size=(8, 8)).astype(np.float32)
    nodes = [
        onnx.helper.make_node("MatMul", ["x", "w"], ["h"], name="mul"),
        onnx.helper.make_node("Erf", ["h"], ["e"], name="erf"),
        onnx.helper.make_node("MatMul", ["e", "w"], ["y"], name="again"),
    ]
    graph = onnx.helper.make_graph(
        nodes, "g", [x], [y], [onnx.numpy_helper.from_array(weights, "w")]
    )
    path = tmp_path / "erf.onnx"
    opset = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, ir_version=8, opset_imports=opset), path)
    made = quantise_onnx(source(path), "int8", LIMITS)
    assert [one.way for one in made.attempts if one.taken] == ["static int8"]
    assert made.floating == {"Erf": 1}


def test_onnx_in_half(source: Make) -> None:
    made = quantise_onnx(source(STUDENT), "fp16", LIMITS)
    graph = onnx.load(made.path).graph
    assert made.precision == "fp16"
    assert onnx.TensorProto.FLOAT16 in {tensor.data_type for tensor in graph.initializer}
    assert graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    onnx.checker.check_model(str(made.path), full_check=True)
    half, whole = (open_model(path) for path in (made.path, STUDENT))
    shapes = settle(whole, {}, {}).shapes
    assert count(half, shapes).macs == count(whole, shapes).macs


def test_what_disagrees_falls_back_to_float_and_says_so(
    source: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "AGREES", 1.1)
    made = quantise_onnx(source(STUDENT), "int8", LIMITS)
    assert made.precision == "fp32"
    assert made.path.read_bytes() == STUDENT.read_bytes()
    *tried, taken = made.attempts
    assert [one.way for one in tried] == ["static int8", "dynamic int8"]
    assert all("cosine" in one.why and not one.taken for one in tried)
    assert (taken.way, taken.taken) == ("fp32, as it was", True)


@pytest.mark.slow
@pytest.mark.usefixtures("converters")
def test_tflite_whole(source: Make) -> None:
    """For a microcontroller: integers from input to output, bias in 32 bits, weights by channel."""
    from ai_edge_litert.interpreter import Interpreter

    given = source(STUDENT)
    made = quantise_tflite(to_tflite(given, LIMITS), given, "int8", LIMITS, whole=True)
    (image,) = made.inputs
    assert (image.dtype, image.axes) == ("int8", (0, 2, 3, 1))
    assert image.scale > 0
    assert made.by == "onnx2tf 2.6.9, ai-edge-quantizer 0.10.0"
    assert (made.samples > 0, made.floating) == (True, {})
    interpreter = Interpreter(str(made.path))
    kinds = {
        np.dtype(one["dtype"]).name for one in interpreter.get_tensor_details() if one["shape"].size
    }
    assert kinds <= {"int8", "int32"}
    by_channel = [
        one
        for one in interpreter.get_tensor_details()
        if one["quantization_parameters"]["scales"].size > 1
        and np.dtype(one["dtype"]).name == "int8"
    ]
    assert by_channel
