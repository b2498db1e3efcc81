"""The energy pass with real workers: files that move, a command, a driver library."""

import sys
from pathlib import Path

import pytest

from effprof.base.records import Caution, Measurement, Missing
from effprof.measure import energy, levels
from effprof.measure.meters import EXTERNAL, meters_of
from effprof.worker.protocol import Load
from tests.measure.build import FEEDS, plan
from tests.meters import nvml
from tests.meters.lay import RANGE_UJ, drawing, lay, rapl
from tests.scripted import PLUGIN

BUSY = 0.35  # what a machine that tests beside others may be off by in half a second
PACKAGE = {"intel-rapl:0": ("package-0", 0)}


@pytest.fixture(autouse=True)
def sys_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Short windows, and no instrument of the machine that tests."""
    for room, name, value in (
        (levels, "WINDOW_S", 0.4),
        (levels, "UPDATES", 5),
        (energy, "IDLE_S", 0.2),
        (energy, "SETTLE_S", 0.1),
    ):
        monkeypatch.setattr(room, name, value)
    monkeypatch.setenv("EFFPROF_SYS", str(tmp_path / "sys"))
    return tmp_path / "sys"


def passed(tmp_path: Path, *names: str, command: str | None = None) -> energy.Pass:
    model = tmp_path / "model.json"
    model.write_text("{}")
    metered = meters_of(names, command, energy=True)
    asked = plan(
        backend=PLUGIN,
        loads={1: Load(str(model), FEEDS)},
        energy=metered.energy,
        energy_s=6.0,
        meter_command=command,
    )
    return energy.run(asked, 1, lambda _phase: None)


def value(found: energy.Pass, key: str) -> float:
    parts = {p.metric: p for p in energy.figures(found, True) if not isinstance(p, Caution)}
    one = parts[key]
    assert isinstance(one, Measurement), one
    return one.value


def test_joules_that_wrap(tmp_path: Path, sys_root: Path) -> None:
    lay(sys_root, rapl(PACKAGE, RANGE_UJ))
    with drawing(sys_root, "intel-rapl:0", 20.0):
        found = passed(tmp_path, "rapl", "battery")
    assert value(found, "power.mean") == pytest.approx(20, rel=BUSY)
    assert value(found, "power.idle") == pytest.approx(20, rel=BUSY)
    assert [one.name for one in found.meters] == ["rapl", "battery"]
    assert "no battery" in found.meters[1].lack


def test_a_counter_that_stands_still(tmp_path: Path, sys_root: Path) -> None:
    lay(sys_root, rapl(PACKAGE))
    found = passed(tmp_path, "rapl")
    assert found.leader is None
    assert "did not move" in found.meters[0].lack
    assert {type(one) for one in energy.figures(found, metered=True)} == {Missing}


def test_an_external_meter_goes_before_all_others(tmp_path: Path, sys_root: Path) -> None:
    lay(sys_root, rapl(PACKAGE))
    code = "import itertools,time; [print(time.time(), 7 + i % 2, flush=True) or time.sleep(.01) "
    command = f'{sys.executable} -c "{code}for i in itertools.count()]"'
    found = passed(tmp_path, "rapl", command=command)
    assert found.leader is not None
    assert found.leader.name == EXTERNAL
    assert value(found, "power.mean") == pytest.approx(7.5, rel=0.1)
    assert energy.unread(found) == ""


def test_a_command_that_is_none_ends_the_pass_with_its_reason(tmp_path: Path) -> None:
    found = passed(tmp_path, command="no-such-meter-anywhere")
    assert "--meter-command no-such-meter-anywhere" in found.lack
    assert energy.unread(found) == found.lack


def test_a_gpu_by_nvml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """nvidia-ml-py itself, in the worker, over a driver library of the test's own."""
    monkeypatch.setenv("LD_LIBRARY_PATH", str(nvml.build(tmp_path)))
    monkeypatch.setenv("FAKE_WATTS", "300")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    # LD_LIBRARY_PATH is read when a process starts: this one began without it.
    monkeypatch.setattr("effprof.meters.nvml.Nvml.unavailable", lambda _self: None)
    found = passed(tmp_path, "nvml")
    assert value(found, "power.mean") == pytest.approx(300, rel=BUSY)
    (part,) = energy.parts(found)
    assert part.windows[0].temperature_celsius == 55
    assert part.update_period == pytest.approx(0.02, rel=1)
