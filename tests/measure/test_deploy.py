"""What becomes of a model on its way to a target, and what is said of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from effprof.base.errors import RequestError
from effprof.base.records import Measurement, Missing, Origin
from effprof.convert import Attempt, Converted, Limits, Tensor, together
from effprof.measure import deploy as room
from effprof.measure.conversion import cautions, differences, part
from effprof.measure.deploy import Deployment, Wanted, deploy, wanted
from effprof.measure.samples import Samples
from effprof.model.model import Model
from effprof.model.open import open_model
from effprof.target import load
from tests.conftest import EXAMPLES
from tests.measure.build import FEEDS

FEEDS_BY_BATCH = {1: FEEDS}


def want(*formats: str, precision: str | None = None, whole: bool = False) -> Wanted:
    return Wanted(formats, precision, whole, Limits())


@pytest.fixture
def model(student: Path) -> Model:
    return open_model(student)


def test_a_model_that_will_do_is_taken_as_it_is(model: Model) -> None:
    for precision in (None, "fp32"):
        made = deploy(model, FEEDS_BY_BATCH, want("onnx", precision=precision), None, 0)
        assert made.loads[1].path == str(model.path.resolve())
        assert made.converted is None
        assert made.cautions == ()


def test_a_format_nobody_converts_is_left_for_the_backend_to_refuse(model: Model) -> None:
    made = deploy(model, FEEDS_BY_BATCH, want("openvino"), None, 0)
    assert made.converted is None


def of(model: Model, precision: str | None) -> Model:
    return replace(model, facts=replace(model.facts, precision=precision))


@pytest.mark.parametrize("is_", ["int8", "fp16", "mixed", "fp64"])
def test_bits_that_are_gone_do_not_come_back(model: Model, is_: str) -> None:
    with pytest.raises(RequestError, match=rf"--precision fp32: student\.onnx is {is_} already"):
        deploy(of(model, is_), FEEDS_BY_BATCH, want("onnx", precision="fp32"), None, 0)


def test_a_model_without_weights_is_as_good_as_fp32(model: Model) -> None:
    made = deploy(of(model, None), FEEDS_BY_BATCH, want("onnx", precision="fp32"), None, 0)
    assert made.converted is None


def test_what_is_emulated_is_int8_throughout_unless_told_otherwise() -> None:
    board = wanted(load("nrf52840"), ("tflite",), None, Limits())
    assert (board.precision, board.whole) == ("int8", True)
    here = wanted(load("edge"), ("onnx",), None, Limits())
    assert (here.precision, here.whole) == (None, False)
    assert wanted(load("edge"), ("onnx",), "fp16", Limits()).precision == "fp16"


def made(precision: str, *attempts: Attempt, transposes: int = 0) -> Converted:
    inputs = (Tensor("x_nhwc", "x", "int8", (0, 1), 0.5, 3),)
    return Converted(
        Path("m.tflite"), "tflite", precision, "onnx2tf 2.6.9", inputs, (),
        transposes=transposes, attempts=attempts,
    )  # fmt: skip


def codes(one: Converted, asked: str | None = "int8") -> list[str]:
    return [c.code for c in cautions(one, FEEDS_BY_BATCH, asked)]


def test_a_fallback_is_said() -> None:
    tried = (Attempt("static int8", 0.8, "cosine of 0.8"), Attempt("dynamic int8", None, "boom"))
    assert codes(made("fp32", *tried)) == ["precision-fallback"]
    assert codes(made("int8", tried[0], Attempt("dynamic int8", 0.99, taken=True))) == [
        "quantised-dynamically"
    ]
    assert codes(made("int8", Attempt("static int8", 0.99, taken=True))) == ["calibrated-on-random"]
    assert codes(made("fp32", Attempt("onnx2tf", 1.0), transposes=3), None) == ["transposes-added"]


def test_the_feed_follows_the_file() -> None:
    (feed,) = room._feeds(FEEDS, made("int8"))  # noqa: SLF001
    assert (feed.name, feed.shape, feed.run_dtype) == ("x_nhwc", (1, 4), "int8")
    assert feed.recast is not None
    assert (feed.recast.name, feed.recast.scale, feed.recast.zero_point) == ("x", 0.5, 3)


@pytest.mark.parametrize(
    ("precision", "cosine", "said"),
    [("fp32", 0.9995, 0), ("fp32", 0.99, 1), ("int8", 0.99, 0), ("int8", 0.9, 1)],
)
def test_answers_that_differ_more_than_the_precision_explains(
    precision: str, cosine: float, said: int
) -> None:
    found = [Measurement("quality.cosine", cosine, Origin.MEASURED, "reference")]
    one = Deployment({}, {}, precision, converted={"to": "tflite"})
    assert len(differences(one, found)) == said
    rebuilt = differences(
        Deployment({}, {}, precision), found
    )  # by the runtime, in no steps of ours
    assert len(rebuilt) == said
    assert not any("attempts" in one.advice for one in rebuilt)
    assert differences(one, [Missing("quality.cosine", "not finite")]) == ()


def test_where_no_way_agreed_the_one_taken_is_named() -> None:
    tried = (
        Attempt("onnx2tf", 0.4, "0.4"),
        Attempt("onnx2tf after onnxsim", 0.9, "0.9", taken=True),
    )
    told = part(made("fp32", *tried), open_model(EXAMPLES / "student.onnx"), None)
    assert [one["taken"] for one in told["attempts"]] == [False, True]
    one = Deployment({}, {}, "fp32", converted=told)
    (said,) = differences(one, [Measurement("quality.cosine", 0.9, Origin.MEASURED, "reference")])
    assert "no way of converting it agreed, onnx2tf after onnxsim came nearest" in said.text


def test_what_came_from_the_cache_is_told_apart(model: Model) -> None:
    """Seconds are those of this run."""
    float_ = replace(made("fp32"), by="a 1", cached=("a 1",), seconds=0.01)
    whole = replace(made("int8"), by="b 2", seconds=2.0, samples=16, floating={"SOFTMAX": 1})
    told = part(whole.after(float_), model, "int8")
    assert (told["by"], told["cached"], told["cached_parts"]) == ("a 1, b 2", False, ["a 1"])
    assert told["seconds"] == 2.01
    assert (told["calibrated_on"], told["float_operators"]) == (16, {"SOFTMAX": 1})
    again = part(replace(whole, cached=("b 2",), seconds=0.0).after(float_), model, "int8")
    assert (again["cached"], "cached_parts" in again) == (True, False)
    fresh = part(together([whole, replace(whole, seconds=1.0)]), model, "int8")
    assert (fresh["cached"], fresh["seconds"]) == (False, 3.0)


def test_samples_are_known_by_what_they_hold(tmp_path: Path) -> None:
    import numpy as np

    Samples(FEEDS, None, 3).write(tmp_path / "s.npz")
    with np.load(tmp_path / "s.npz") as held:
        assert held["0_0"].shape == (1, 4)
        assert not (held["0_0"] == held["1_0"]).all()
    assert Samples(FEEDS, None, 3).identity() == Samples(FEEDS, None, 3).identity()
    assert Samples(FEEDS, None, 3).identity() != Samples(FEEDS, None, 4).identity()
