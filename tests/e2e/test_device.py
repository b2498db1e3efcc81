"""`effprof measure` on devices that are not here, and on one that this machine says it is."""

import json
from pathlib import Path
from typing import Any

import pytest

from effprof.host import board
from tests.e2e.command import effprof_here


def measured(tmp_path: Path, *words: object) -> dict[str, Any]:
    file = tmp_path / "report.json"
    done = effprof_here("measure", *words, "--json", file)
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads(file.read_text())
    return loaded


def test_a_gpu_that_is_not_here_is_worked_out_and_runs_nothing(
    student: Path, tmp_path: Path
) -> None:
    told = measured(tmp_path, student, "-t", "h100", "--price", "3.60USD/h")
    assert {one["origin"] for key, one in told["metrics"].items() if key != "size.model"} == {
        "modelled"
    }
    assert told["trials"] == []
    assert told["metrics"]["cost.million"]["value"] > 0
    assert {"throughput.peak", "throughput.scaling", "energy.inference"} <= set(told["metrics"])
    assert told["score"]["points"] > 0
    rows = [one for one in told["operators"] if one.get("latency")]
    assert sum(one["share"] for one in rows) == pytest.approx(1)
    assert {one["bound"] for one in rows} <= {"compute", "memory", "overhead"}
    assert "outside-published" in {one["code"] for one in told["warnings"]}  # it is tiny


def test_a_pi_that_is_not_here(student: Path, tmp_path: Path) -> None:
    told = measured(tmp_path, student, "-t", "raspberry-pi-5")
    assert told["target"]["estimator"] == "roofline"
    assert told["target"]["settings"] == {"threads": 4}  # its own, whatever this machine has
    missing = {one["metric"]: one["reason"] for one in told["missing"]}
    assert "no tail" in missing["latency.p99"]
    assert "power_busy" in missing["energy.inference"]


@pytest.mark.usefixtures("two_trials")
def test_a_pi_that_runs_effprof_itself_is_measured(
    student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "called", lambda *_: ("Raspberry Pi 5 Model B Rev 1.0",))
    told = measured(tmp_path, student, "-t", "raspberry-pi-5", "--time", "0.5", "--no-energy")
    assert told["target"]["id"] == "raspberry-pi-5"
    assert told["target"]["device"]["name"] == "Raspberry Pi 5"
    assert told["metrics"]["latency.p50"]["origin"] == "measured"
    assert "estimator" not in told["target"]


def test_a_precision_that_is_asked_for_is_made_and_worked_out(
    student: Path, tmp_path: Path
) -> None:
    told = measured(tmp_path, student, "-t", "t4", "--precision", "int8")
    assert told["model"]["converted"]["precision"] == "int8"
    assert told["metrics"]["latency.p50"]["source"].endswith("peak_int8")
    assert "settings" not in told["target"]
    assert told["trials"] == []


@pytest.mark.parametrize("words", ["--threads 4", "--duty 60/h", "--cell 225mAh@3V"])
def test_what_says_nothing_of_a_gpu_that_is_worked_out_is_refused(
    words: str, student: Path
) -> None:
    done = effprof_here("measure", student, "-t", "h100", *words.split())
    assert done.returncode == 2
    assert words.split()[0] in done.stderr


def test_several_batches_are_in_its_own_sweep(student: Path) -> None:
    done = effprof_here("measure", student, "-t", "h100", "--batch", "1,8")
    assert done.returncode == 2
    assert "one batch at a time" in done.stderr
