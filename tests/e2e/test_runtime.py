"""Two versions of a runtime, each in an environment of its own."""

from pathlib import Path

import pytest

from tests.conftest import EXAMPLES
from tests.e2e.command import effprof, report_of

STUDENT = EXAMPLES / "student.onnx"


@pytest.mark.network
def test_an_older_runtime_measures_under_its_own_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path))
    made = effprof("setup", "onnxruntime==1.24.4")
    assert made.returncode == 0, made.stderr
    report = report_of(STUDENT, "--runtime", "onnxruntime==1.24.4", "--time", 1)
    assert report["host"]["packages"]["onnxruntime"] == "1.24.4"
    assert report["metrics"]["latency.p50"]["value"] > 0
    assert report["metrics"]["memory.peak"]["value"] > 0
    ours = report_of(STUDENT, "--time", 1)
    assert ours["host"]["packages"]["onnxruntime"] != "1.24.4"
