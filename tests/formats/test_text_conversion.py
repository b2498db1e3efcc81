"""How the file that ran came about, in the words of "How it was measured"."""

from typing import Any

import pytest
from msgspec.structs import replace

from effprof.formats.text import text
from effprof.formats.text_conversion import conversion
from tests.formats.sample import FULL, TINY

STATIC = {
    "to": "tflite",
    "precision": "int8",
    "by": "onnx2tf 2.6.9, ai-edge-quantizer 0.10.0",
    "attempts": [
        {"way": "onnx2tf", "taken": True, "cosine": 1.0},
        {"way": "static int8", "taken": True, "cosine": 0.99731},
    ],
    "calibrated_on": 16,
    "float_operators": {"SOFTMAX": 1, "ADD": 2},
    "seconds": 3.21,
    "cached": False,
    "cached_parts": ["onnx2tf 2.6.9"],
}


def told(**changes: Any) -> str:
    made = {**STATIC, **changes}
    return conversion(replace(TINY, model=replace(TINY.model, converted=made)))


def test_way_calibration_what_is_left_and_what_it_took() -> None:
    values = TINY.model.inputs[0].values
    assert told() == (
        "onnx2tf, cosine 1.0000; "
        f"static int8, calibrated on 16 samples ({values}), cosine 0.9973; "
        "left in float: ADD x 2, SOFTMAX; made in 3.21 s, onnx2tf 2.6.9 kept from an earlier run"
    )
    assert "left in float: no operator" in told(float_operators={})
    many = {"Tanh": 2, "Mul": 24, "Add": 10, "Exp": 1, "Sub": 5, "Max": 3}
    shown = "left in float: Mul x 24, Add x 10, Sub x 5, Max x 3, 3 of other kinds; "
    assert shown in told(float_operators=many)
    assert told(cached=True, cached_parts=[]).endswith("; kept from an earlier run")


def test_ways_that_failed_are_told_by_the_warnings() -> None:
    failed = {"way": "static int8", "taken": False, "why": "a scale rank"}
    dynamic = {"way": "dynamic int8", "taken": True, "cosine": 0.99}
    shown = told(attempts=[failed, dynamic], calibrated_on=0)
    assert shown.startswith("dynamic int8, cosine 0.9900; left in float")


@pytest.mark.parametrize("attempts", [[], 7, [{"taken": True}], "onnx2tf", None])
def test_what_another_wrote_is_left_out(attempts: object) -> None:
    assert told(attempts=attempts) == ""


def test_it_stands_among_how_it_was_measured() -> None:
    assert "conversion" not in text(FULL)
    shown = text(replace(TINY, model=replace(TINY.model, converted=STATIC)))
    assert "  conversion  onnx2tf, cosine 1.0000; static int8" in shown
