"""Ceilings are kept, and those of a busy moment are not kept for ever."""

from pathlib import Path

import pytest

from effprof.base.records import Ending
from effprof.estimators.roofline import Ceilings
from effprof.measure import calibrate
from effprof.measure.launch import Answer


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """One whose load and whose ceilings are what this says; `measured` counts."""
    now = {"load": 0.0, "others_share": 0.0, "flops_per_s": 1e11, "measured": 0}
    level = {"working_set_bytes": 2**20, "bytes_per_s": 1e10}

    def launch(*_words: object, **_more: object) -> Answer:
        now["measured"] += 1
        return Answer(Ending.OK, found=now | {"bandwidth": [level]})

    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path))
    monkeypatch.setattr(calibrate, "launch", launch)
    monkeypatch.setattr("os.getloadavg", lambda: (now["load"], 0.0, 0.0))
    return now


def ask() -> Ceilings:
    return calibrate.ceilings("f", 2, lambda _phase: None)


def test_quiet_ones_are_measured_once(machine: dict[str, float]) -> None:
    assert calibrate.cautions(ask()) == ()
    assert ask().flops_per_s == 1e11
    assert machine["measured"] == 1


def test_busy_ones_are_a_warning_until_it_is_quiet(machine: dict[str, float]) -> None:
    machine |= {"others_share": 0.4, "load": 1e3, "flops_per_s": 5e10}
    (told,) = calibrate.cautions(ask())
    assert told.code == "busy-ceilings"
    assert "40 %" in told.text
    ask()
    assert machine["measured"] == 1
    machine |= {"others_share": 0.0, "load": 0.0, "flops_per_s": 1e11}
    found = ask()
    assert (found.flops_per_s, calibrate.cautions(found)) == (1e11, ())
    ask()
    assert machine["measured"] == 2


def test_a_real_worker_says_how_busy_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path))
    found = calibrate.measure("f", 1, lambda _phase: None, 0.05)
    assert found.flops_per_s > 0
    assert 0 <= found.others_share <= 1
