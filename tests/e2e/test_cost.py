"""Prices on the command line and in a target, and a score by `cloud` that has all its parts."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import effprof_here


def measured(tmp_path: Path, *words: object) -> dict[str, Any]:
    file = tmp_path / "report.json"
    done = effprof_here("measure", *words, "--no-energy", "--time", "0.6", "--json", file)
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads(file.read_text())
    return loaded


@pytest.mark.usefixtures("two_trials")
def test_a_cloud_score_has_all_its_parts(student: Path, tmp_path: Path) -> None:
    words = ("-t", "cloud-cpu", "--scenario", "offline", "--batch", "1,8", "--price", "0.17USD/h")
    told = measured(tmp_path, student, *words)
    metrics = told["metrics"]
    rate = metrics["throughput.items"]["value"]
    assert metrics["cost.million"]["value"] == pytest.approx(0.17 / 3600 / rate * 1e6)
    carbon = metrics["carbon.million"]
    assert "475 gCO2/kWh assumed" in carbon["source"]
    assert "PUE 1.56 assumed" in carbon["source"]
    assert told["score"]["points"] > 0
    assert len(told["score"]["parts"]) == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--price", "3.60"), "--price: 3.60 has no unit"),
        (("--price", "0USD/h"), "must be above zero"),
        (("--price", "3USD/kWh"), "a price of time is wanted"),
        (("--grid", "1kg"), "a carbon intensity is wanted"),
        (("--grid", "-1g/kWh"), "below zero"),
        (("--pue", "nan"), "--pue: nan is not a quantity"),
        (("--pue", "156"), "no site draws 156 times what its machines do"),
        (("--pue", "56%"), "no site draws 0.56 times"),
    ],
)
def test_prices_that_make_no_sense(words: tuple[str, str], said: str, student: Path) -> None:
    done = effprof_here("measure", student, *words)
    assert done.returncode == 2
    assert said in done.stderr or said in " ".join(done.stderr.split())


def test_power_without_carbon_and_a_pue_in_percent(student: Path, tmp_path: Path) -> None:
    told = measured(tmp_path, student, "-t", "t4", "--grid", "0g/kWh", "--pue", "120%")
    carbon = told["metrics"]["carbon.million"]
    assert carbon["value"] == 0
    assert carbon["source"] == "0 gCO2/kWh, PUE 1.2"
