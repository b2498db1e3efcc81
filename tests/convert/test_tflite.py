"""ONNX into .tflite by the real converter."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx.helper import make_node

from benchmarks.zoo import MADE
from effprof import environment
from effprof.base.errors import ModelError, SetupError
from effprof.convert import Source, to_tflite
from effprof.convert import tflite as room
from tests.conftest import EXAMPLES
from tests.convert.conftest import LIMITS
from tests.model import build

STUDENT = EXAMPLES / "student.onnx"
Make = Callable[..., Source]


@pytest.mark.usefixtures("converters")
def test_digits(source: Make) -> None:
    """Converted, judged, laid out as asked, kept; the user's file is as it was."""
    before = hashlib.sha256(STUDENT.read_bytes()).hexdigest()
    made = to_tflite(source(STUDENT), LIMITS)
    assert hashlib.sha256(STUDENT.read_bytes()).hexdigest() == before
    (image,) = made.inputs
    assert (image.original, image.axes, image.dtype) == ("image", (0, 2, 3, 1), "float32")
    assert [one.original for one in made.outputs] == ["logits"]
    assert made.operators["CONV_2D"] == 3
    assert made.attempts[-1].cosine is not None
    assert made.attempts[-1].cosine > 0.99999
    assert made.path.read_bytes()[4:8] == b"TFL3"
    again = to_tflite(source(STUDENT), LIMITS)
    assert (again.cached, made.cached) == ((made.by,), ())
    assert (again.path, again.inputs, again.attempts) == (made.path, made.inputs, made.attempts)


def test_not_set_up(source: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path / "bare"))
    with pytest.raises(SetupError) as bad:
        to_tflite(source(STUDENT), LIMITS)
    assert environment.ONNX2TF.key in bad.value.message
    assert "effprof setup mobile" in bad.value.hint
    assert bad.value.exit_code == 3


def test_layouts_go_by_what_works_on_the_input() -> None:
    laid = room._axes  # noqa: SLF001 - the rule itself, on every rank
    assert laid(4, ["Conv"]) == (0, 2, 3, 1)
    assert laid(3, ["Conv"]) == (0, 2, 1)
    assert (
        laid(3, ["MatMul"]) == laid(3, ["LSTM"]) == laid(2, ["Conv"]) == laid(4, ["MatMul"]) == ()
    )


@pytest.mark.slow
@pytest.mark.usefixtures("converters")
def test_a_signal_with_as_many_channels_as_steps(source: Make, tmp_path: Path) -> None:
    """onnx2tf lays it out wrongly and is content; the answers tell, and another way is taken."""
    made = to_tflite(source(MADE["square-signal"](tmp_path / "square.onnx")), LIMITS)
    assert made.attempts[-1].why == ""
    assert made.attempts[-1].cosine is not None
    assert made.attempts[-1].cosine > 0.9999


@pytest.mark.slow
@pytest.mark.usefixtures("converters")
def test_where_no_way_agrees_the_nearest_is_taken(
    source: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "AGREES", 1.1)
    made = to_tflite(source(STUDENT), LIMITS)
    assert [one.way for one in made.attempts] == [
        "onnx2tf",
        "onnx2tf after onnxsim",
        "onnx2tf with the layout of the ONNX file",
    ]
    assert all("cosine" in one.why for one in made.attempts)
    assert [one.taken for one in made.attempts].count(True) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("converters")
def test_what_cannot_be_converted_is_named(source: Make, tmp_path: Path) -> None:
    """A loop whose length the data decides."""
    from onnx import TensorProto, helper

    body = helper.make_graph(
        [
            make_node("Add", ["total", "total"], ["total_out"]),
            make_node("Less", ["i", "limit"], ["again"]),
        ],
        "body",
        [
            build.tensor("i", [], build.INT64),
            build.tensor("cond", [], build.BOOL),
            build.tensor("total", [1, 3]),
        ],
        [build.tensor("again", [], build.BOOL), build.tensor("total_out", [1, 3])],
        [helper.make_tensor("limit", TensorProto.INT64, [], [5])],
    )
    nodes = [
        make_node("ReduceSum", ["x"], ["sum"], keepdims=0),
        make_node("Greater", ["sum", "zero"], ["go"]),
        make_node("Loop", ["", "go", "x"], ["y"], body=body, name="as_long_as_it_takes"),
    ]
    model = build.model(
        nodes,
        [build.tensor("x", [1, 3])],
        [build.tensor("y", [1, 3])],
        [build.weight("zero", np.float32(0))],
    )
    with pytest.raises(ModelError) as bad:
        to_tflite(source(build.save(model, tmp_path / "loop.onnx")), LIMITS)
    assert "as_long_as_it_takes (Loop)" in bad.value.message
    assert "without Loop" in bad.value.hint
    assert "-t edge" in bad.value.hint
    assert "\n" not in bad.value.message
