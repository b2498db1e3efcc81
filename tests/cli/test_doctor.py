"""`effprof doctor`."""

import json
import os
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from effprof.base.errors import TargetError
from effprof.cli.checks import machine
from effprof.cli.checks.finding import Finding, State
from effprof.cli.checks.installation import installation
from effprof.cli.checks.target import find
from effprof.cli.doctor import doctor
from effprof.estimators.cpu_power import Plug
from effprof.host import cgroup, cpu, describe, load
from effprof.measure import plug
from effprof.target.template import TEMPLATE
from tests.meters.lay import lay, rapl


def alone(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No instrument of the machine that tests."""
    (here / "sys").mkdir()
    monkeypatch.setenv("EFFPROF_SYS", str(here / "sys"))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("effprof.meters.nvml.Nvml.present", lambda _self: False)


app = typer.Typer()
app.command()(doctor)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EFFPROF_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(machine, "_STEAL_WINDOW_S", 0.0)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def finding(subject: str) -> Finding:
    here = (*machine.machine(), *installation())
    return next(one for one in here if one.subject == subject)


def test_edge_can_be_measured() -> None:
    done = run("-t", "edge")
    assert done.exit_code == 0
    assert "target edge: can be measured here" in done.stdout
    assert "target cloud-cpu" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout


def test_all_targets_without_one_asked_for(here: Path) -> None:
    (here / "targets").mkdir()
    (here / "targets/broken.yaml").write_text("a: [")
    done = run()
    assert done.exit_code == 0
    assert "target broken: cannot be measured here" in done.stdout
    assert "target cloud-cpu: can be measured here" in done.stdout
    assert "target pixel-9-pro: can be worked out here" in done.stdout  # no phone is here


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("backend: onnxruntime", "backend: onnxruntme", "no backend of that name is installed"),
        ("[memory,", "[memery,", "no meter of that name is installed"),
    ],
)
def test_lacking(old: str, new: str, words: str, here: Path) -> None:
    (here / "x.yaml").write_text(TEMPLATE.replace(old, new))
    done = run("-t", "x.yaml")
    assert done.exit_code == 3
    assert words in " ".join(done.stdout.split())
    assert "did you mean" in done.stdout


def test_backend_that_is_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    done = run("-t", "edge")
    assert done.exit_code == 3
    assert "onnxruntime is not installed" in done.stdout


def test_a_profile_nobody_knows_stops_measure_and_is_said_here(here: Path) -> None:
    (here / "x.yaml").write_text(TEMPLATE.replace("profile: edge", "profile: egde"))
    done = run("-t", "x.yaml")
    assert done.exit_code == 3
    assert "did you mean edge?" in done.stdout


def test_a_target_whose_estimator_lacks_a_fact_is_not_ready(here: Path) -> None:
    text = TEMPLATE.replace("means: run", "means: model\nestimator: phone")
    (here / "x.yaml").write_text(text)
    done = run("-t", "x.yaml")
    assert done.exit_code == 3
    assert "facts.cpu_runtime" in done.stdout


def test_an_extra_that_is_not_installed_is_said_of_its_target_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after a plain `pip install`: the others are looked at all the same."""
    monkeypatch.setitem(sys.modules, "ethosu", None)
    (lacking,) = find("corstone-300-u55")
    assert not lacking.measurable
    said = next(one for one in lacking.findings if one.state is State.LACK)
    assert "ethos-u-vela is not installed" in said.text
    assert said.advice == "pip install 'effprof[ethos-u]'"


def test_unknown_target() -> None:
    assert isinstance(run("-t", "egde").exception, TargetError)


def test_json(here: Path) -> None:
    assert run("--json", "out.json").exit_code == 0
    told = json.loads((here / "out.json").read_text())
    assert told["schema"] == "effprof.doctor/1"
    assert {one["state"] for one in told["machine"]} <= {"ok", "note", "lack"}
    assert {one["id"]: one["measurable"] for one in told["targets"]}["edge"] is True
    alone = json.loads(run("-t", "edge", "--json", "-").stdout)
    assert [one["id"] for one in alone["targets"]] == ["edge"]
    assert alone["host"]["cores"] >= 1


class TestMachine:
    def test_quota(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cgroup, "cpu_quota", lambda *_: 1.5)
        assert "quota 1.5 CPUs" in finding("cpu").text
        assert finding("cpu").state == "note"

    def test_limited_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cgroup, "memory_limit_bytes", lambda *_: 1 << 30)
        assert "limited to 1 GiB by a control group" in finding("memory").text

    @pytest.mark.parametrize(("value", "state"), [(0.1, "ok"), (0.9, "note"), (None, "note")])
    def test_load(self, value: float | None, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(load, "load_per_core", lambda *_: value)
        assert finding("load").state == state

    def test_steal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        readings = iter([(0, 0), (100, 30)])
        monkeypatch.setattr(load, "cpu_ticks", lambda *_: next(readings))
        found = finding("steal")
        assert found.state == "note"
        assert found.text.startswith("30.0 % of CPU time")

    @pytest.mark.parametrize(
        ("governor", "turbo", "state"),
        [("powersave", True, "note"), ("performance", None, "ok"), (None, None, "ok")],
    )
    def test_frequency(
        self,
        governor: str | None,
        turbo: bool | None,
        state: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(cpu, "governor", lambda *_: governor)
        monkeypatch.setattr(cpu, "turbo", lambda *_: turbo)
        assert finding("frequency").state == state

    def test_no_energy_counter(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        alone(here, monkeypatch)
        assert finding("energy").text == "no counter on this machine: energy is modelled"

    def test_watts_at_the_plug(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        alone(here, monkeypatch)
        plug.keep(describe().fingerprint, Plug(3.0, 8.5, 4))
        assert "worked out from 3 W idle and 8.5 W busy" in finding("energy").text

    def test_a_counter_that_can_be_read_and_one_that_cannot(
        self, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alone(here, monkeypatch)
        lay(here / "sys", rapl({"intel-rapl:0": ("package-0", 1)}))
        lay(here / "sys", {"class/hwmon/hwmon0/name": "ina3221"})
        assert finding("energy rapl").state == "ok"
        assert finding("energy hwmon").state == "note"
        assert "no sensor of power" in finding("energy hwmon").advice
        assert "meter rapl" in run("-t", "edge").stdout

    def test_no_uv(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "uv", None)
        monkeypatch.setenv("PATH", "/nowhere")
        assert finding("uv").advice == "pip install uv"

    def test_data_folder(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert str(here / "data") in finding("data folder").text
        monkeypatch.setattr("os.access", lambda _path, mode: mode == os.F_OK)
        assert "cannot be written to" in finding("data folder").text
