"""Two versions of a runtime, each in an environment of its own."""

import json
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


@pytest.mark.network
def test_two_versions_of_a_runtime_are_gated_in_processes_that_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path))
    assert effprof("setup", "onnxruntime==1.24.4").returncode == 0
    saved = tmp_path / "gate.json"
    done = effprof(
        "gate", STUDENT, "--baseline", STUDENT, "--baseline-runtime", "onnxruntime==1.24.4",
        "--time", 60, "--metric", "latency.p50", "--json", saved,
    )  # fmt: skip
    assert done.returncode in (0, 1, 5), done.stderr
    gate = json.loads(saved.read_text())["gate"]
    assert gate["baseline"]["packages"]["onnxruntime"] == "1.24.4"
    assert gate["lines"][0]["how"] == "alternating"
    assert any("two runtimes" in note for note in gate["notes"])
