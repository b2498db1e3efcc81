"""How many trials, how long, and why they stop: with real workers of a scripted runtime."""

import json
from pathlib import Path
from typing import Any

import pytest

from effprof.base.records import Ending
from effprof.base.standing import Standing
from effprof.measure import collect as room
from effprof.measure.collect import Evidence, collect
from effprof.measure.plan import LEAST_TRIALS, MOST_TRIALS, Plan
from effprof.measure.trial import Trial, middle
from effprof.worker.protocol import Load
from tests.measure.build import FEEDS, LOAD, answer, block, failed, plan
from tests.scripted import PLUGIN


class Silent:
    def __init__(self) -> None:
        self.told: list[Standing] = []

    def phase(self, text: str) -> None: ...

    def trial(self, now: Standing) -> None:
        self.told.append(now)


def collected(asked: Plan, watcher: Silent | None = None) -> Evidence:
    evidence = Evidence()
    for evidence in collect(asked, watcher or Silent()):  # noqa: B007  the last one is wanted
        pass
    return evidence


def faked(monkeypatch: pytest.MonkeyPatch, wall_us: float, **changes: Any) -> list[dict[str, Any]]:
    """Workers that take exactly `wall_us` a run, as many as fit the slice they are given."""
    asked: list[dict[str, Any]] = []

    def launch(request: Any, limits: Any, **_rest: Any) -> Any:
        asked.append(request.settings)
        runs = max(1, int(request.settings["slice_s"] * 1e6 / wall_us))
        return answer([block([wall_us] * runs)], **changes)

    monkeypatch.setattr(room, "launch", launch)
    return asked


def test_a_steady_model_stops_at_the_goal_after_six_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faked(monkeypatch, 7000)
    evidence = collected(plan())
    assert evidence.stopped == "goal"
    assert len(evidence.trials) == LEAST_TRIALS
    assert sum(trial.runs for trial in evidence.trials) >= 459


def test_a_slower_model_gets_longer_slices_so_that_its_p99_can_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = faked(monkeypatch, 15_000)
    evidence = collected(plan())
    assert evidence.stopped == "goal"
    assert len(evidence.trials) <= LEAST_TRIALS + 1
    assert asked[1]["slice_s"] > asked[0]["slice_s"]


def test_a_model_too_slow_for_a_p99_stops_at_the_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    faked(monkeypatch, 100_000)
    evidence = collected(plan(ceiling_s=5))
    assert evidence.stopped == "ceiling"
    assert len(evidence.trials) >= LEAST_TRIALS
    assert evidence.timed_s < 6


def test_a_short_ceiling_is_shared_among_six_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    faked(monkeypatch, 1000)
    evidence = collected(plan(ceiling_s=0.5))
    assert len(evidence.trials) >= LEAST_TRIALS
    assert evidence.timed_s < 0.6


def test_never_more_than_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = iter([1000.0, 1500.0] * MOST_TRIALS)

    def launch(*_args: Any, **_rest: Any) -> Any:
        return answer([block([next(speeds)] * 20)])

    monkeypatch.setattr(room, "launch", launch)
    evidence = collected(plan(ceiling_s=1e6))
    assert len(evidence.trials) == MOST_TRIALS
    assert evidence.precision is not None
    assert evidence.precision > 0.1


def test_batches_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    faked(monkeypatch, 1000)
    evidence = collected(plan(loads={1: LOAD, 8: LOAD}))
    assert [trial.batch for trial in evidence.trials][:4] == [1, 8, 1, 8]


def test_an_interrupt_keeps_what_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    def launch(*_args: Any, **_rest: Any) -> Any:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(1)
        return answer([block([1000] * 50)])

    monkeypatch.setattr(room, "launch", launch)
    evidence = collected(plan())
    assert evidence.stopped == "interrupted"
    assert len(evidence.good()) == 2


def test_running_out_of_memory_at_one_batch_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def one(asked: Plan, batch: int, *_rest: Any) -> Trial:
        if batch == 8:
            return failed(Ending.MEMORY, "too much", batch=8)
        return Trial.of(batch, answer([block([1000] * 600)]))

    monkeypatch.setattr(room, "_one", one)
    evidence = collected(plan(loads={1: LOAD, 8: LOAD}))
    assert evidence.stopped == "goal"
    assert [trial.batch for trial in evidence.trials].count(8) == 1
    assert len(evidence.good(1)) >= LEAST_TRIALS


def test_progress_says_how_precise_and_how_much_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    faked(monkeypatch, 7000)
    watcher = Silent()
    collected(plan(), watcher)
    assert [standing.done for standing in watcher.told] == list(range(1, LEAST_TRIALS + 1))
    assert watcher.told[0].precision is None
    assert watcher.told[-1].precision == pytest.approx(0, abs=1e-9)
    assert watcher.told[-1].p50_s == pytest.approx(0.007)


def test_real_workers_of_a_runtime_that_crashes_end_the_collection(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"at": "first", "do": "segfault"}))
    evidence = collected(plan(backend=PLUGIN, loads={1: Load(str(path), FEEDS)}))
    assert evidence.stopped == "failed"
    assert len(evidence.trials) == 1
    assert "SIGSEGV" in evidence.trials[0].answer.detail


def test_real_workers_agree_with_the_clock_they_were_given(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"run_s": 0.002}))
    evidence = collected(plan(backend=PLUGIN, loads={1: Load(str(path), FEEDS)}, ceiling_s=0.6))
    assert len(evidence.good()) >= LEAST_TRIALS
    sample = middle(evidence.good(), 0)
    assert sample is not None
    assert 0.002 <= sample.smallest() <= sample.typical() < 0.02
