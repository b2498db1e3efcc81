"""TFLite models through the command line, in real processes."""

import json
import random
from pathlib import Path

import pytest

from tests.e2e.command import effprof, effprof_here, report_of
from tests.model import tflite_build as build


@pytest.mark.usefixtures("two_trials")
def test_a_tflite_model_is_measured_from_end_to_end(tmp_path: Path) -> None:
    path = build.network(tmp_path / "m.tflite")
    report = report_of(
        path, "-t", "mobile", "--batch", "1,4", "--threads", "1", "--time", "1", "--sustained", "1"
    )
    metrics = report["metrics"]
    assert report["target"]["backend"] == "litert"
    assert report["target"]["device"] == {"name": "this machine"}
    assert report["target"]["settings"] == {"threads": 1, "xnnpack": True}
    assert "ai-edge-litert" in report["host"]["packages"]
    assert metrics["compute.macs"]["value"] == 4 * 4 * 4 * 27 + 20
    assert metrics["size.model"]["value"] == path.stat().st_size
    assert {"latency.load", "latency.first", "latency.p50", "memory.peak"} <= set(metrics)
    assert metrics["throughput.peak_batch"]["value"] in (1, 4)
    assert metrics["throughput.sustained_ratio"]["n"] >= 2
    assert len(report["sustained"]) >= 10
    assert all(row["throughput"] > 0 for row in report["sustained"])
    assert report["model"]["outputs"][0]["shape"] == [1, 5]


@pytest.mark.usefixtures("two_trials")
def test_a_quantised_model_answers_as_the_reference_does(tmp_path: Path) -> None:
    path = build.quantised(tmp_path / "m.tflite")
    report = report_of(path, "-t", "mobile", "--reference", path, "--time", "0.3", "--threads", "1")
    assert report["metrics"]["quality.cosine"]["value"] == pytest.approx(1)
    assert report["model"]["inputs"][0]["dtype"] == "int8"
    assert "as int8: 0.5 x (q +10)" in report["model"]["inputs"][0]["values"]


@pytest.mark.parametrize(
    ("name", "said"), [("MagicWand", "is a custom one"), ("FlexErf", "TensorFlow's own")]
)
def test_an_operator_litert_has_not_is_a_request_that_makes_no_sense(
    name: str, said: str, tmp_path: Path
) -> None:
    done = effprof_here("measure", build.custom(tmp_path / "m.tflite", name), "-t", "mobile")
    assert done.returncode == 2
    assert f"operator {name}" in done.stderr
    assert said in done.stderr
    assert "hint:" in done.stderr


def test_on_a_target_of_onnx_it_is_said_where_it_runs(tmp_path: Path) -> None:
    done = effprof_here("measure", build.network(tmp_path / "m.tflite"), "-t", "edge")
    assert done.returncode == 2
    assert "ONNX Runtime loads ONNX files, this is tflite" in done.stderr
    assert "hint: -t mobile runs .tflite files" in done.stderr


def test_sustained_is_for_targets_that_are_run(tmp_path: Path) -> None:
    path = build.quantised(tmp_path / "m.tflite")
    done = effprof_here("measure", path, "-t", "nrf52840", "--sustained", "5")
    assert done.returncode == 2
    assert "is not run here" in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_damaged_file_ends_with_the_right_code_and_one_line(tmp_path: Path) -> None:
    """What still reads as a model may run; what does not is refused, and nothing hangs."""
    whole = build.network(tmp_path / "m.tflite").read_bytes()
    rng = random.Random(0)
    for turn in range(100):
        held = bytearray(whole)
        for _ in range(rng.choice((1, 2, 8))):
            held[rng.randrange(8, len(held))] = rng.randrange(256)
        path = tmp_path / f"{turn}.tflite"
        path.write_bytes(held)
        report = tmp_path / "report.json"
        done = effprof("measure", path, "-t", "mobile", "--time", "0.1", "--json", report, "-q")
        assert done.returncode in (0, 2, 4), (turn, done.stderr)
        if done.returncode == 2:
            assert done.stderr.startswith("effprof: ")
            assert len([line for line in done.stderr.splitlines() if "hint:" not in line]) == 1
        else:
            assert json.loads(report.read_text())["schema"] == "effprof.report/1"
