"""An emulation is asked once, and again when anything that its answer follows from changes."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from effprof import target
from effprof.base.records import Ending, Feed, Plugin, Values
from effprof.measure import answered
from effprof.measure.launch import Answer, Limits
from effprof.measure.plan import Plan
from effprof.worker.protocol import Load, Request
from tests.backends.mcu.models import dense
from tests.measure.build import plan as made

pytest.importorskip("ziglang")
FEEDS = (Feed("in0", "int8", (1, 64), Values("random", -128, 127)),)
MCU = Plugin("effprof.backends.mcu.plugin:Mcu")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of each test: nothing is kept yet."""
    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    model = dense(tmp_path / "m.tflite")
    options = {"threads": 1, "board": target.load("nucleo-l4r5zi").plain_facts()}
    packages = ("ziglang", "unicorn", "capstone")
    loads = {1: Load(str(model), FEEDS)}
    return made(backend=MCU, loads=loads, options=options, packages=packages, means="emulate")


class Workers:
    """In place of `launch`: counts who was asked, answers as it is told."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answer = Answer(ending=Ending.OK, found={"readings": [], "emulation": {}})

    def __call__(self, request: Request, _limits: Limits, **_: Any) -> Answer:
        self.asked.append(request)
        items = {key: one for key, one in request.settings.items() if key == "items"}
        return replace(self.answer, found=self.answer.found | items)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    made = Workers()
    monkeypatch.setattr(answered, "launch", made)
    return made


def ask(plan: Plan, job: str = "emulate", **settings: Any) -> Answer:
    return answered.ask(plan, plan.request(job, 1, plan.seed, **settings), Limits())


def test_the_next_run_is_told_the_same_by_nobody(plan: Plan, tmp_path: Path) -> None:
    """Real workers the first time, none the second."""
    first = ask(plan)
    assert first.ok, first.detail
    assert not first.cached
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
    outputs = [
        ask(plan, "outputs", folder=str(folder), items=3, ceiling_s=None) for folder in folders
    ]
    assert outputs[0].ok, outputs[0].detail
    again = ask(plan)
    assert again.cached
    assert again.found == first.found
    assert (again.settings, again.packages) == (first.settings, first.packages)
    assert "load_ns" in first.loaded
    assert "load_ns" not in again.loaded  # seconds of another day
    assert [one.cached for one in outputs] == [False, True]
    arrays = [np.load(next(iter(one.found["outputs"].values()))) for one in outputs]
    assert arrays[0].shape[0] == 3
    np.testing.assert_array_equal(*arrays)
    assert [next(iter(folder.iterdir())).name for folder in folders] == ["0.npy", "0.npy"]


def test_all_that_an_answer_follows_from_asks_anew(
    plan: Plan, workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asks(changed: Plan, job: str = "emulate", **settings: Any) -> int:
        before = len(workers.asked)
        ask(changed, job, **settings)
        return len(workers.asked) - before

    elsewhere = tmp_path / "elsewhere.tflite"
    elsewhere.write_bytes(Path(plan.loads[1].path).read_bytes())
    board = {"board": dict(plan.options["board"]) | {"clock": 1e6}}
    values = replace(FEEDS[0], values=Values("random", -128, 126))
    assert asks(plan) == 1
    assert asks(plan) == 0
    assert asks(replace(plan, loads={1: Load(str(elsewhere), FEEDS)})) == 0
    assert asks(replace(plan, options=dict(plan.options) | board)) == 1
    assert asks(replace(plan, seed=1)) == 1
    assert asks(replace(plan, loads={1: Load(str(elsewhere), (values,))})) == 1
    assert asks(plan, "outputs", items=3) == 1
    assert asks(plan, "outputs", items=4) == 1
    elsewhere.write_bytes(b"TFL3 another")
    assert asks(replace(plan, loads={1: Load(str(elsewhere), FEEDS)})) == 1
    monkeypatch.setattr(answered, "_code", lambda: "of a newer effprof")
    assert asks(plan) == 1


def test_items_of_a_file_are_told_by_their_content(
    plan: Plan, workers: Workers, tmp_path: Path
) -> None:
    for name, value in (("a", 1), ("b", 1), ("c", 2)):
        np.save(tmp_path / f"{name}.npy", np.full((4, 64), value, np.int8))
        values = Values("file", path=str(tmp_path / f"{name}.npy"))
        ask(replace(plan, loads={1: Load(plan.loads[1].path, (replace(FEEDS[0], values=values),))}))
    assert len(workers.asked) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"means": "run"},
        {"python": "/another/python"},
        {"backend": Plugin("stranger.plugin:Emulator")},
        {"packages": ("no-such-package-is-installed",)},
        {"options": {"threads": 1, "keep": "build"}},
        {"loads": {1: Load("/no/such/file", FEEDS)}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_may_answer_otherwise_is_asked_every_time(
    changes: dict[str, Any], plan: Plan, workers: Workers, data: Path
) -> None:
    for _ in range(2):
        assert not ask(replace(plan, **changes)).cached
    assert len(workers.asked) == 2
    assert not data.exists()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(ending=Ending.TIMEOUT),
        Answer(ending=Ending.OK, found={"outputs": {}, "items": 2}),
        Answer(
            ending=Ending.OK,
            found={
                "emulation": {"cautions": [{"code": "flash-unfollowed", "text": "", "advice": ""}]}
            },
        ),
    ],
    ids=["failed", "not all items", "half of it"],
)
def test_an_answer_that_another_day_may_better_is_not_kept(
    answer: Answer, plan: Plan, workers: Workers
) -> None:
    workers.answer = answer
    ask(plan)
    ask(plan)
    assert len(workers.asked) == 2


@pytest.mark.parametrize("cut", [0, 1, 60, -1])
def test_a_damaged_entry_is_asked_again_and_mended(plan: Plan, workers: Workers, cut: int) -> None:
    ask(plan)
    (entry,) = answered.folder().iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(whole[:cut])
    assert not ask(plan).cached
    assert ask(plan).cached
    flipped = bytearray(whole)
    flipped[len(whole) // 3] ^= 0xFF
    entry.write_bytes(bytes(flipped))
    assert not ask(plan).cached


def test_the_oldest_go_and_a_large_one_is_not_kept(
    plan: Plan, workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answered, "MOST", 2)
    for seed in range(3):
        ask(replace(plan, seed=seed))
        for entry in answered.folder().iterdir():  # all older than the next
            os.utime(entry, ns=(seed, entry.stat().st_mtime_ns - 10**9))
    assert len(list(answered.folder().iterdir())) == 2
    monkeypatch.setattr(answered, "LARGEST_BYTES", 1000)
    np.save(tmp_path / "0.npy", np.zeros(1000, np.int8))
    workers.answer.found["outputs"] = {"y": str(tmp_path / "0.npy")}
    ask(replace(plan, seed=4))
    ask(replace(plan, seed=4))
    assert len(workers.asked) == 5


def test_where_nothing_can_be_kept_it_is_asked_every_time(
    plan: Plan, workers: Workers, data: Path
) -> None:
    data.touch()
    ask(plan)
    assert not ask(plan).cached
