"""A device that is not here: what reaches its estimator, and whose figures are whose."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from effprof.base.errors import TargetError
from effprof.report.schema import schema
from effprof.target.file import read
from tests.conftest import EXAMPLES
from tests.e2e.command import effprof, effprof_here

MODEL = EXAMPLES / "student.onnx"
LABELLED = ("--inputs", EXAMPLES / "heldout.npz", "--labels", EXAMPLES / "labels.npy")
PHONE = """\
schema: 1
name: some-phone
environment: mobile
summary: a phone that is not here
means: model
estimator: phone
backend: onnxruntime
options: {threads: 1}
meters: [memory]
profile: mobile
device: {name: Some Phone, soc: Some Chip}
facts:
  cpu_runtime: {value: xnnpack, source: a test}
  cpu_rate_fp32: {value: 20 GMAC/s, source: a test}
  cpu_power_busy: {value: 1 W, source: a test}
  battery_energy: {value: 15 Wh, source: a test}
  duty_cycle: {value: 3600 queries/h, source: a test}
"""


def target(folder: Path, *changes: tuple[str, str]) -> Path:
    text = PHONE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "some-phone.yaml"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    folder = tmp_path_factory.mktemp("phone")
    saved = folder / "report.json"
    words = ("-t", target(folder), *LABELLED, "--time", 1, "--json", saved)
    done = effprof("measure", MODEL, *words)
    assert done.returncode == 0, done.stderr
    return json.loads(saved.read_text()), done.stdout


def test_the_phones_figures_are_modelled_each_with_its_band(made: Any) -> None:
    metrics = made[0]["metrics"]
    worked_out = [key for key in metrics if key.startswith(("latency", "energy", "battery"))]
    assert {"latency.p50", "latency.p90", "energy.inference", "battery.share_per_hour"} <= set(
        worked_out
    )
    for key in (*worked_out, "memory.peak", "throughput.items"):
        assert metrics[key]["origin"] == "modelled", key
        assert metrics[key]["low"] < metrics[key]["value"] < metrics[key]["high"], key


def test_what_this_machine_measured_stays_apart(made: Any) -> None:
    report = made[0]
    here = report["host_metrics"]
    assert {"latency.p50", "latency.load", "memory.peak", "throughput.items"} <= set(here)
    assert all(one["origin"] == "measured" for one in here.values())
    assert here["latency.p50"]["value"] != report["metrics"]["latency.p50"]["value"]
    assert report["metrics"]["memory.peak"]["value"] == here["memory.peak"]["value"]


def test_the_answers_are_this_machines_so_of_the_phone_they_are_a_conclusion(made: Any) -> None:
    accuracy = made[0]["metrics"]["quality.accuracy"]
    assert accuracy["origin"] == "modelled"
    assert accuracy["value"] == made[0]["host_metrics"]["quality.accuracy"]["value"] > 0.9
    assert "this machine" in accuracy["scope"]


def test_no_time_of_this_machine_stands_beside_an_operator(made: Any) -> None:
    rows = made[0]["operators"]
    assert rows
    assert all("latency" not in row and "share" not in row for row in rows)


def test_the_report_keeps_its_schema_and_says_who_worked_it_out(made: Any) -> None:
    jsonschema.validate(made[0], schema("report"))
    told = made[0]["target"]
    assert (told["estimator"], told["device"]["soc"]) == ("phone", "Some Chip")
    assert told["duty"] == 1


def test_the_table_says_which_block_is_of_this_machine(made: Any) -> None:
    title = "On this machine, which is not the Some Phone"
    assert title in made[1]
    above, below = made[1].split(title)
    assert re.search(r"○ latency\.p50", above)
    assert re.search(r"● latency\.p50", below)


def test_what_this_machines_clock_suffers_is_no_warning_of_the_phone(tmp_path: Path) -> None:
    saved = tmp_path / "report.json"
    words = ("-t", target(tmp_path), "--time", 0.1, "--precision-goal", "0.01%", "--json", saved)
    done = effprof_here("measure", MODEL, *words)
    report = json.loads(saved.read_text())
    reached = report["scenario"].get("precision_reached")  # unknown where one trial took it all
    assert reached is None or reached > report["scenario"]["precision_goal"]
    assert "precision-not-reached" not in {one["code"] for one in report["warnings"]}
    assert "next: " not in done.stdout


def test_the_battery_follows_the_duty(tmp_path: Path, made: Any) -> None:
    path = target(tmp_path, ("backend: onnxruntime\n", ""))
    saved = tmp_path / "report.json"
    effprof_here("measure", MODEL, "-t", path, "--duty", "7200/h", "--json", saved)
    twice = json.loads(saved.read_text())["metrics"]
    once = made[0]["metrics"]["battery.share_per_hour"]["value"]
    assert twice["battery.share_per_hour"]["value"] == pytest.approx(2 * once)


def test_without_a_backend_nothing_runs_and_nothing_of_this_machine_is_told(
    tmp_path: Path,
) -> None:
    path = target(tmp_path, ("backend: onnxruntime\n", ""))
    saved = tmp_path / "report.json"
    effprof_here("measure", MODEL, "-t", path, "--json", saved)
    report = json.loads(saved.read_text())
    assert report["metrics"]["latency.p50"]["origin"] == "modelled"
    assert report["trials"] == []
    assert "host_metrics" not in report
    missing = {one["metric"]: one["reason"] for one in report["missing"]}
    assert "this machine" in missing["memory.peak"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--scenario", "offline"), "single stream"),
        (("--batch", "1,8"), "one batch"),
        (("--duty", "0/h"), "above zero"),
        (("--duty", "5 ms"), "a rate is wanted"),
    ],
)
def test_what_cannot_be_worked_out_is_refused_before_any_work(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = effprof_here("measure", MODEL, "-t", target(tmp_path), *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_target_that_lacks_a_fact_is_refused_with_the_facts_name(tmp_path: Path) -> None:
    path = target(tmp_path, ("  cpu_rate_fp32: {value: 20 GMAC/s, source: a test}\n", ""))
    done = effprof_here("measure", MODEL, "-t", path)
    assert done.returncode == 2
    assert "cpu_rate_fp32" in done.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("estimator: phone\n", "")], "estimator"),
        ([("means: model", "means: run")], "estimator"),
        ([("means: model", "means: run"), ("backend: onnxruntime\n", "")], "backend"),
        ([("3600 queries/h", "3600")], "duty_cycle"),
    ],
)
def test_means_and_what_they_need(
    tmp_path: Path, changes: list[tuple[str, str]], said: str
) -> None:
    with pytest.raises(TargetError, match=said):
        read(target(tmp_path, *changes))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("measure", MODEL, "-t", "h100", "--duty", "60/h"), "--duty says nothing on h100"),
        (("variants", MODEL, "-t", "h100"), "h100: nothing runs the variants here"),
    ],
)
def test_what_a_device_that_runs_nothing_cannot_heed_is_refused(
    words: tuple[object, ...], said: str
) -> None:
    done = effprof_here(*words)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_precision_is_made_and_held_against_its_own_peak(tmp_path: Path) -> None:
    saved = tmp_path / "report.json"
    words = ("-t", "t4", "--precision", "fp16", "--json", saved)
    assert effprof_here("measure", MODEL, *words).returncode == 0
    report = json.loads(saved.read_text())
    assert report["model"]["converted"]["precision"] == "fp16"
    assert report["metrics"]["latency.p50"]["source"] == "device-roofline:gpu, peak_fp16"
    assert "threads" not in report["target"].get("settings", {})


def test_threads_are_those_of_the_device(tmp_path: Path) -> None:
    saved = tmp_path / "report.json"
    assert effprof_here("measure", MODEL, "-t", "raspberry-pi-4", "--json", saved).returncode == 0
    assert json.loads(saved.read_text())["target"]["settings"]["threads"] == 4
