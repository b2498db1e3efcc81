"""Real workers around a runtime that does as it is told."""

import json
import sys
from pathlib import Path
from statistics import median

import pytest

from effprof.base.records import Block, Ending
from effprof.gate import pairs
from effprof.gate.decide import Rule
from effprof.gate.sequential import FIRST, LAST
from effprof.measure.plan import Plan
from effprof.worker.protocol import Load
from tests.scripted import PLUGIN

WALL = Rule(clock="wall")


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "SLICE_S", 0.05)
    monkeypatch.setattr(pairs, "WARM_UP_S", 0.0)


def plan(folder: Path, name: str, **script: object) -> Plan:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(script))
    return Plan(PLUGIN, {1: Load(str(path), ())}, {"threads": 1}, python=sys.executable)


@pytest.mark.parametrize("together", [True, False])
def test_models_race_until_it_is_settled_or_the_looks_are_taken(
    tmp_path: Path, together: bool
) -> None:
    plans = (plan(tmp_path, "base", run_s=0.001), plan(tmp_path, "other", run_s=0.004))
    found = pairs.collect(plans, WALL, 200.0, lambda _: None, together=together)
    assert FIRST <= len(found.units) <= LAST
    assert found.stopped in ("settled", "looks")
    assert found.decision is not None
    assert found.decision.verdict != "pass"
    assert median(unit.wall.log for unit in found.units) > 0
    assert median(found.base_s) < median(found.candidate_s)


def test_which_is_loaded_first_changes_nothing_of_which_is_which(tmp_path: Path) -> None:
    plans = (plan(tmp_path, "base", run_s=0.001), plan(tmp_path, "other", run_s=0.02))
    for flip in (False, True):
        found = pairs.together_once(plans, flip, 0)
        assert isinstance(found, tuple)
        assert pairs.unit(*found).wall.log > 0


def test_half_of_the_workers_load_the_candidate_first() -> None:
    for seed in range(5):
        flips = pairs._flips(seed)  # noqa: SLF001
        assert len(flips) == LAST
        assert all(flips[at] != flips[at + 1] for at in range(0, LAST, 2))


@pytest.mark.parametrize("together", [True, False])
def test_a_worker_that_dies_ends_the_race_without_a_verdict(tmp_path: Path, together: bool) -> None:
    plans = (plan(tmp_path, "base"), plan(tmp_path, "other", at="run", do="abort"))
    found = pairs.collect(plans, WALL, 60.0, lambda _: None, together=together)
    assert found.stopped == "failed"
    assert found.units == []
    assert found.failed is not None
    assert found.failed.ending is Ending.CRASHED


def test_no_worker_is_begun_that_cannot_end_in_time(tmp_path: Path) -> None:
    plans = (plan(tmp_path, "base"), plan(tmp_path, "other"))
    found = pairs.collect(plans, WALL, 0.001, lambda _: None, together=True)
    assert (len(found.units), found.stopped, found.decision) == (1, "time", None)


def test_a_unit_is_made_of_both_clocks() -> None:
    base = [Block([100, 110, 120, 130], 0, 1, [10, 11, 12, 13])] * 3
    other = [Block([400, 440, 480, 520], 0, 2, [40, 44, 48, 52])] * 3
    found = pairs.unit(base, other)
    assert found.wall.log == pytest.approx(0.6931, abs=1e-3)
    assert found.cpu.log == pytest.approx(0.6931, abs=1e-3)
    assert pairs.unit(base, other[:1]).wall.error == 0
