"""`effprof measure`, whole, on real models: order and sanity, never milliseconds."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from tests.conftest import EXAMPLES
from tests.e2e.command import effprof, effprof_here, report_of
from tests.e2e.conftest import Whole
from tests.e2e.models import magika, silero


def test_the_report_fits_its_own_schema(report: dict[str, Any]) -> None:
    schema = json.loads(effprof("schema", "report").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(report, schema)


def test_every_figure_has_unit_origin_and_source(report: dict[str, Any]) -> None:
    assert report["metrics"]
    for key, metric in report["metrics"].items():
        assert metric["origin"] in ("measured", "emulated", "modelled"), key
        assert metric["unit"], key
        assert metric["source"], key


def test_percentiles_are_in_order_and_inside_their_intervals(report: dict[str, Any]) -> None:
    latency = [report["metrics"][f"latency.{name}"] for name in ("min", "p50", "p90", "p99", "max")]
    values = [metric["value"] for metric in latency]
    assert values == sorted(values)
    assert values[0] > 0
    for metric in latency[1:4]:
        assert metric["low"] <= metric["value"] <= metric["high"]
        assert metric["n"] >= 459


def test_quality_is_real_figures(report: dict[str, Any]) -> None:
    found = {key: metric for key, metric in report["metrics"].items() if "quality" in key}
    assert found["quality.accuracy"]["n"] == 500
    assert 0.97 < found["quality.accuracy"]["value"] <= 1
    assert found["quality.accuracy"]["low"] < found["quality.accuracy"]["value"]
    assert 0.9 < found["quality.agreement"]["value"] < 1
    assert found["quality.max_error"]["value"] > 0


def test_energy_is_modelled_with_its_band_and_takes_the_score_down_with_it(
    report: dict[str, Any],
) -> None:
    energy = report["metrics"]["energy.inference"]
    assert energy["origin"] == "modelled"
    assert energy["high"] == pytest.approx(2.1 * energy["value"])
    assert energy["low"] == pytest.approx(energy["value"] / 2.1)
    assert report["score"]["measured_share"] < 1


def test_trials_are_processes_and_add_up(report: dict[str, Any]) -> None:
    assert len(report["trials"]) == report["scenario"]["trials"] >= 1
    assert sum(trial["runs"] for trial in report["trials"]) == report["scenario"]["runs"]
    assert all(trial["ending"] == "ok" and trial["load_s"] > 0 for trial in report["trials"])


def test_memory_is_the_runtimes_own_and_in_order(report: dict[str, Any]) -> None:
    if sys.platform != "linux":
        pytest.skip("resident memory is read from /proc")
    found = {name: report["metrics"][f"memory.{name}"]["value"] for name in ("load", "peak")}
    assert 5 * 2**20 < found["load"] <= found["peak"] < 200 * 2**20


def test_operators_are_joined_to_the_graph(report: dict[str, Any]) -> None:
    assert sum(row["share"] for row in report["operators"]) == pytest.approx(1)
    convolutions = [row for row in report["operators"] if "Conv" in row["type"]]
    assert sum(row.get("macs", 0) for row in convolutions) == pytest.approx(133_632, rel=0.05)


def test_the_table_fits_80_columns_and_is_plain_in_a_pipe(whole: Whole) -> None:
    assert max(map(len, whole.stdout.splitlines())) <= 80
    assert "\x1b" not in whole.stdout + whole.stderr
    assert whole.stderr == ""


@pytest.mark.usefixtures("two_trials")
def test_a_target_that_fails_beside_one_that_does_not_loses_nothing(tmp_path: Path) -> None:
    small = tmp_path / "small.yaml"
    small.write_text(
        "schema: 1\nname: small\nenvironment: edge\nsummary: no room\nmeans: run\n"
        "backend: onnxruntime\nprofile: edge\nmemory_limit: 20 MiB\n"
    )
    path = tmp_path / "both.json"
    done = effprof_here(
        "measure", EXAMPLES / "student.onnx", "-t", "cloud-cpu", "-t", small, "--time", 0.5,
        "--json", path, "--quiet",
    )  # fmt: skip
    assert done.returncode == 4
    assert len(done.stdout.splitlines()) == 2  # --quiet: a line for each
    loaded = json.loads(path.read_text())
    assert loaded["schema"] == "effprof.reports/1"
    first, second = loaded["reports"]
    assert first["target"]["id"] == "cloud-cpu"
    assert "unfinished" not in first
    assert second["trials"][0]["ending"] == "memory"


@pytest.mark.usefixtures("two_trials")
def test_a_sweep_finds_its_peak_and_a_model_agrees_with_itself() -> None:
    report = report_of(
        EXAMPLES / "teacher.onnx", "--scenario", "offline", "--batch", "1,16", "--time", 1,
        "--inputs", EXAMPLES / "heldout.npz", "--reference", EXAMPLES / "teacher.onnx",
    )  # fmt: skip
    batches = [row["batch"] for row in report["sweep"]]
    assert batches == [1, 16]
    metrics = {key: metric["value"] for key, metric in report["metrics"].items()}
    assert metrics["throughput.peak"] == max(row["throughput"] for row in report["sweep"])
    assert report["scenario"]["batch"] == metrics["throughput.peak_batch"]
    assert 0 < metrics["throughput.scaling"] < 4
    missing = {one["metric"]: one["hint"] for one in report["missing"] if "hint" in one}
    assert missing["throughput.knee_batch"] == "--batch 1,2,4,8,16,32"
    assert report["model"]["macs"] == 1_347_456 * report["scenario"]["batch"]
    assert metrics["quality.agreement"] == 1
    assert metrics["quality.cosine"] == pytest.approx(1)
    assert metrics["quality.max_error"] == 0


@pytest.mark.usefixtures("two_trials")
def test_a_server_counts_from_the_scheduled_arrival() -> None:
    report = report_of(
        EXAMPLES / "teacher.onnx", "--scenario", "server", "--rate", 800, "--deadline", "50 ms",
        "--time", 3,
    )  # fmt: skip
    metrics = report["metrics"]
    assert metrics["latency.under_load.p99"]["value"] >= metrics["latency.min"]["value"]
    assert metrics["throughput.items"]["value"] == pytest.approx(800, rel=0.25)
    assert 0 <= metrics["deadline.miss_rate"]["value"] <= 1
    missing = {one["metric"]: one["reason"] for one in report["missing"]}
    if "throughput.at_deadline" in missing:  # a busy machine keeps the deadline at no rate tried
        assert missing["throughput.at_deadline"]
    else:
        assert metrics["throughput.at_deadline"]["value"] > 0


@pytest.mark.usefixtures("two_trials")
def test_a_server_forms_batches_in_its_queue() -> None:
    report = report_of(
        EXAMPLES / "student.onnx", "--scenario", "server", "--rate", 4000, "--deadline", "50 ms",
        "--max-batch", 4, "--max-queue-delay", "1 ms", "--time", 2, "--no-energy",
    )  # fmt: skip
    metrics = report["metrics"]
    assert 1 <= metrics["throughput.mean_batch"]["value"] <= 4
    assert metrics["latency.queue"]["value"] > 0
    assert "batches of up to 4" in metrics["latency.queue"]["scope"]
    assert (report["scenario"]["max_batch"], report["scenario"]["queue_delay"]) == (4, 0.001)
    assert [row["batch"] for row in report["sweep"]] == [1, 4]
    assert "throughput.peak" not in metrics  # of a sweep over batches, which this is not


@pytest.mark.usefixtures("two_trials")
def test_magika_as_it_comes() -> None:
    report = report_of(magika(), "--time", 0.5)
    assert report["model"]["inputs"][0]["shape"] == [1, 2048]
    assert any(warning["code"] == "assumed" for warning in report["warnings"])
    assert report["metrics"]["compute.macs"]["value"] > 1e8


@pytest.mark.usefixtures("two_trials")
@pytest.mark.parametrize(
    ("name", "flags"),
    [
        pytest.param("silero_vad_16k_op15.onnx", ["--dim", "sequence=512"], marks=pytest.mark.slow),
        ("silero_vad.onnx", ["--shape", "input=1x512", "--shape", "state=2x1x128"]),
        pytest.param("silero_vad_openvino_16k.onnx", [], marks=pytest.mark.slow),
    ],
)
def test_silero_with_its_state_its_if_and_its_scalar(name: str, flags: list[str]) -> None:
    report = report_of(silero(name), "--time", 0.3, *flags)
    assert report["metrics"]["latency.p50"]["value"] > 0
    assert not [w for w in report["warnings"] if w["code"] == "non-finite-output"]


def test_an_unresolved_dimension_prints_the_flag_to_add() -> None:
    done = effprof_here("measure", silero("silero_vad_16k_op15.onnx"))
    assert done.returncode == 2
    assert "--dim sequence=" in done.stderr


@pytest.mark.slow
def test_the_same_seed_gives_the_same_inputs() -> None:
    first, second = (
        report_of(EXAMPLES / "student.onnx", "--time", 0.5, "--seed", 7)["model"]["inputs"]
        for _ in range(2)
    )
    assert first == second
    assert "seed 7" in first[0]["values"]


def test_a_budget_decides_the_exit_code(whole: Whole, tmp_path: Path) -> None:
    assert whole.code == 5
    verdicts = {one["metric"]: one["verdict"] for one in whole.report["verdicts"]}
    assert verdicts == {"latency.p50": "pass", "battery.share_per_hour": "undecided"}
    missing = {one["metric"]: one["reason"] for one in whole.report["missing"]}
    assert "edge" in missing["battery.share_per_hour"]
    phone = whole.saved.with_suffix(".yaml")
    assert effprof("check", whole.saved, "--budget", phone, "--undecided", "pass").returncode == 0
    tight = tmp_path / "tight.yaml"
    tight.write_text("schema: 1\nname: tight\nlimits:\n  latency.p50: {max: 1 ns}\n")
    assert effprof_here("check", whole.saved, "--budget", tight).returncode == 1


def test_a_saved_report_scores_as_it_did(whole: Whole, tmp_path: Path) -> None:
    again = tmp_path / "again.json"
    assert effprof("score", whole.saved, "--json", again).returncode == 0
    assert json.loads(again.read_text())["score"] == whole.report["score"]


def test_nothing_heavy_is_imported_for_help() -> None:
    heavy = {"numpy", "onnxruntime", "onnx", "psutil", "rich.console", "yaml", "scipy",
             "sqlalchemy", "ruptures", "prometheus_client"}  # fmt: skip
    code = "import sys, effprof.cli.app; print(*sys.modules)"
    seen = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not heavy & set(seen)


@pytest.mark.slow
def test_an_offline_input_of_one_batch_goes_round(tmp_path: Path) -> None:
    few = tmp_path / "few.npz"
    np.savez(few, image=np.zeros((4, 1, 8, 8), np.float32))
    report = report_of(EXAMPLES / "student.onnx", "--inputs", few, "--batch", 4, "--time", 0.5)
    assert report["model"]["inputs"][0]["shape"] == [4, 1, 8, 8]
