"""`effprof measure` where a counter can be read, and `effprof calibrate` where none can."""

import errno
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from effprof.base.folders import data_folder
from effprof.measure import energy, levels
from tests.e2e.command import effprof_here
from tests.meters.lay import RANGE_UJ, drawing, lay, rapl

WATTS = 20.0
BUSY = 0.35  # what a machine that tests beside others may be off by in half a second


def measured(tmp_path: Path, *words: object) -> dict[str, Any]:
    file = tmp_path / "report.json"
    done = effprof_here("measure", *words, "--time", "0.5", "--json", file)
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads(file.read_text())
    return loaded


def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows of half a second."""
    for room, name, value in (
        (levels, "WINDOW_S", 0.5),
        (levels, "UPDATES", 10),
        (energy, "IDLE_S", 0.3),
        (energy, "SETTLE_S", 0.1),
    ):
        monkeypatch.setattr(room, name, value)


@pytest.mark.usefixtures("two_trials")
def test_rapl_takes_the_place_of_the_model(
    student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly(monkeypatch)
    root = tmp_path / "sys"
    monkeypatch.setenv("EFFPROF_SYS", str(root))
    lay(root, rapl({"intel-rapl:0": ("package-0", 0), "intel-rapl:0:0": ("core", 5)}, RANGE_UJ))
    with drawing(root, "intel-rapl:0", WATTS):
        told = measured(tmp_path, student, "-t", "edge")
    metrics = told["metrics"]
    assert metrics["power.mean"]["value"] == pytest.approx(WATTS, rel=BUSY)
    found = metrics["energy.inference"]
    assert (found["origin"], found["n"]) == ("measured", 3)
    assert found["source"].startswith("meter:rapl")
    assert "core" not in found["scope"]
    rates = [one["items"] / one["seconds"] for one in told["energy"][0]["windows"]]
    assert WATTS / max(rates) * (1 - BUSY) <= found["value"] <= WATTS / min(rates) * (1 + BUSY)


@pytest.mark.usefixtures("two_trials")
def test_a_meter_that_was_asked_for_and_fails_is_no_success(
    student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly(monkeypatch)
    monkeypatch.setenv("EFFPROF_SYS", str(tmp_path / "sys"))
    command = f"{sys.executable} -c \"print('1 5'); raise SystemExit(3)\""
    file = tmp_path / "report.json"
    words = ("--meter-command", command, "--time", "0.5", "--json", file)
    done = effprof_here("measure", student, "-t", "edge", *words)
    assert done.returncode == 4
    told = json.loads(file.read_text())
    (warning,) = [one for one in told["warnings"] if one["code"] == "meter-failed"]
    assert "ended after 1 reading" in warning["text"]
    assert "gave no figure" in done.stdout
    assert told["metrics"]["energy.inference"]["origin"] == "modelled"
    assert told["score"]["points"] is not None  # the rest was measured, and is judged


@pytest.mark.usefixtures("two_trials")
def test_an_interrupt_while_the_counters_are_read_is_the_reason(
    student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(energy, "run", interrupt)
    monkeypatch.setenv("EFFPROF_SYS", str(lay(tmp_path, rapl({"intel-rapl:0": ("package-0", 0)}))))
    file = tmp_path / "report.json"
    done = effprof_here("measure", student, "-t", "edge", "--time", "0.5", "--json", file)
    assert done.returncode == 130
    missing = {one["metric"]: one["reason"] for one in json.loads(file.read_text())["missing"]}
    assert missing["power.mean"] == "interrupted before it was measured"
    assert missing["utilization.compute"] == "interrupted before it was measured"


@pytest.mark.usefixtures("two_trials")
def test_watts_at_the_plug_replace_the_average(
    student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = data_folder() / "ceilings"  # of this machine, or made by this run for the next
    kept.mkdir(parents=True, exist_ok=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/ceilings").symlink_to(kept.absolute())
    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path / "data"))
    done = effprof_here("calibrate", "--watts-idle", "3", "--watts-busy", "9")
    assert done.returncode == 0
    assert "3 W idle, 9 W busy" in done.stdout
    told = measured(tmp_path, student, "-t", "edge", "--no-energy")
    found = told["metrics"]["energy.inference"]
    assert found["source"] == "cpu-power-model:calibrated"
    run_s = told["metrics"]["latency.mean"]["value"]
    assert 3 * run_s <= found["value"] <= 9 * run_s
    said = [effprof_here("calibrate", "--forget-watts").stdout for _ in range(2)]
    assert "No longer kept: 3 W idle, 9 W busy" in said[0]
    assert "No watts of this machine were kept" in said[1]
    assert not list((tmp_path / "data/power").iterdir())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--watts-idle", "3"), "both watts are needed"),
        (("--forget-watts", "--watts-idle", "3"), "--forget-watts with watts to keep"),
        (("--watts-idle", "3", "--watts-busy", "9", "--time", "4"), "--time says nothing with"),
        (("--forget-watts", "--threads", "1"), "--threads says nothing with --forget-watts"),
        (("--watts-idle", "9", "--watts-busy", "3"), "a busy machine draws more"),
        (("--watts-idle", "nan", "--watts-busy", "3"), "a busy machine draws more"),
        (("--watts-idle", "8000", "--watts-busy", "23000000"), "which no machine draws"),
    ],
)
def test_watts_that_make_no_sense(words: tuple[str, ...], said: str) -> None:
    done = effprof_here("calibrate", *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_watts_that_find_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `measure --json` does: this machine lacks something, and nothing half-written is left."""

    def full(_path: Path, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path))
    monkeypatch.setattr(Path, "write_bytes", full)
    done = effprof_here("calibrate", "--watts-idle", "3", "--watts-busy", "9")
    assert done.returncode == 3
    assert "no space left on device" in done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--meter-command", "cat", "--no-energy"), "says nothing with --no-energy"),
        (("--meter-command", "cat", "-t", "tinyml"), "no meter sees it"),
        (("--meter-command", "no-such-meter -x"), "no-such-meter is no command here, and no file"),
        (("--meter-command", "'unclosed"), "No closing quotation"),
        (("--meter-command", ""), "names nothing"),
        (("--energy-time", "inf"), "--energy-time"),
    ],
)
def test_flags_that_would_do_nothing(words: tuple[str, ...], said: str, student: Path) -> None:
    done = effprof_here("measure", student, *words)
    assert done.returncode == 2
    assert said in done.stderr
