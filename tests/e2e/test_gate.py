"""The gate on real models: short ones, so that what they say is seldom more than undecided."""

import json
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES
from tests.e2e.command import effprof, effprof_here

STUDENT, TEACHER = EXAMPLES / "student.onnx", EXAMPLES / "teacher.onnx"


def test_a_model_against_itself_never_fails(tmp_path: Path) -> None:
    saved = tmp_path / "gate.json"
    done = effprof(
        "gate", STUDENT, "--baseline", STUDENT, "--time", 6, "--undecided", "pass",
        "--json", saved,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(saved.read_text())
    told = report["gate"]
    assert told["verdict"] in ("pass", "undecided")
    lines = {line["metric"]: line for line in told["lines"]}
    assert list(lines) == ["latency.p50", "memory.peak", "size.model"]
    assert lines["latency.p50"]["clock"] == "cpu"
    assert lines["size.model"]["verdict"] == "pass"
    assert [one["metric"] for one in report["verdicts"]] == list(lines)
    assert "student.onnx against student.onnx on edge" in done.stdout


def test_a_larger_file_fails_by_itself(tmp_path: Path) -> None:
    saved = tmp_path / "gate.json"
    done = effprof(
        "gate", TEACHER, "--baseline", STUDENT, "--metric", "size.model", "--json", saved,
        "--db", tmp_path / "history.db",
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = json.loads(saved.read_text())["gate"]["lines"]
    assert (line["verdict"], line["how"]) == ("fail", "exact")
    kept = tmp_path / "kept.json"
    effprof_here("history", "list", "--db", tmp_path / "history.db", "--json", kept)
    (entry,) = json.loads(kept.read_text())["entries"]
    assert (entry["made_by"], entry["verdict"]) == ("gate", "fail")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["none.onnx", "--baseline", STUDENT], 2, "none.onnx"),
        ([STUDENT, "--baseline", "none.onnx"], 2, "none.onnx"),
        ([STUDENT, "--baseline", STUDENT, "--metric", "latency.p5"], 2, "did you mean"),
        ([STUDENT, "--baseline", STUDENT, "--margin", "5%"], 2, "--margin 5% is not under"),
        ([STUDENT, "--baseline", STUDENT, "--margin", "0.5"], 2, "--margin"),
        ([STUDENT, "--baseline", STUDENT, "--baseline-runtime", "onnxruntime==0.0.1"], 3, "setup"),
        ([STUDENT, "--baseline", STUDENT, "--baseline-runtime", "litert==1.0"], 2, "litert"),
    ],
    ids=str,
)
def test_what_cannot_be_gated_is_never_a_verdict(words: list[object], code: int, told: str) -> None:
    done = effprof_here("gate", *words)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
