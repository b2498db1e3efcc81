"""`effprof measure` on a target that takes another file than the user's."""

from pathlib import Path

import pytest

from effprof import environment
from tests.conftest import EXAMPLES
from tests.e2e.command import effprof_here, report_of

DATA = ("--inputs", EXAMPLES / "heldout.npz", "--labels", EXAMPLES / "labels.npy", "--time", "1")


@pytest.mark.slow
def test_onnx_to_int8_tflite(student: Path) -> None:
    """The user's file and what ran in its place are told apart, and compared."""
    if any(environment.locate(spec) is None for spec in environment.SETS["mobile"]):
        pytest.skip("the converters are not set up here: effprof setup mobile")
    report = report_of(student, "-t", "mobile", "--precision", "int8", *DATA)
    model = report["model"]
    assert (model["format"], model["precision"]) == ("onnx", "fp32")
    assert model["inputs"][0]["shape"] == [1, 1, 8, 8]
    assert model["size_bytes"] == student.stat().st_size
    converted = model["converted"]
    assert (converted["to"], converted["precision"]) == ("tflite", "int8")
    assert converted["inputs"][0]["axes"] == [0, 2, 3, 1]
    metrics = report["metrics"]
    assert metrics["size.model"]["value"] == converted["size_bytes"] < model["size_bytes"]
    assert metrics["compute.macs"]["value"] == model["macs"]
    assert metrics["quality.cosine"]["value"] > 0.98
    assert metrics["quality.agreement"]["value"] > 0.95
    assert metrics["quality.accuracy"]["value"] > 0.95


def test_without_converters_the_way_to_them_is_said(student: Path, tmp_path: Path) -> None:
    env = {"EFFPROF_DATA": str(tmp_path)}
    done = effprof_here("measure", student, "-t", "mobile", env=env)
    assert done.returncode == 3
    assert "hint: effprof setup mobile" in done.stderr
    told = effprof_here("doctor", "-t", "mobile", env=env)
    assert "onnx2tf==2.6.9 is not set up" in " ".join(told.stdout.split())
    assert told.returncode == 0
