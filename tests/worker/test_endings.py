"""A worker that misbehaves in every way we can think of: one ending each, and nothing is left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from effprof.base.records import Ending, Feed, Values
from effprof.measure.launch import Answer, Limits, launch
from effprof.worker.protocol import Load, Request
from tests.processes import words
from tests.scripted import PLUGIN

FEEDS = (Feed("x", "float32", (1, 4), Values("random")),)
SETTINGS = {"slice_s": 0.05, "ceiling_s": 1.0, "warm_up_s": 0.02}


def request(tmp_path: Path, **script: object) -> Request:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(script))
    return Request("time", PLUGIN, (Load(str(path), FEEDS),), settings=SETTINGS)


def answer(tmp_path: Path, do: str, at: str, limits: Limits | None = None) -> Answer:
    return launch(request(tmp_path, do=do, at=at), limits or Limits(silence_s=30))


@pytest.fixture(autouse=True)
def no_stray_process() -> Iterator[None]:
    yield
    children = psutil.Process().children(recursive=True)
    left = [one for one in children if "effprof/worker" in words(one)]
    assert left == []


def test_an_honest_worker_ends_ok(tmp_path: Path) -> None:
    got = launch(request(tmp_path), Limits(silence_s=30))
    assert got.ending is Ending.OK
    assert got.loaded["warmup_runs"] > 0
    assert got.packages == {"scripted": "1.0"}
    assert sum(len(block.wall_ns) for block in got.blocks[0]) >= 10


@pytest.mark.parametrize("phase", ["load", "first", "run"])
def test_raising_is_an_error_with_its_own_words_on_one_line(tmp_path: Path, phase: str) -> None:
    got = answer(tmp_path, "raise", phase)
    assert got.ending is Ending.ERROR
    assert got.kind == "failed"
    assert got.detail == "RuntimeError: the runtime says no"


def test_a_refusal_keeps_its_kind_and_hint(tmp_path: Path) -> None:
    got = answer(tmp_path, "refuse", "load")
    assert (got.ending, got.kind, got.hint) == (Ending.ERROR, "request", "bring another")
    got = answer(tmp_path, "lack", "load")
    assert (got.kind, got.detail) == ("lacking", "no such accelerator")


@pytest.mark.parametrize(
    ("do", "name"), [("segfault", "SIGSEGV"), ("abort", "SIGABRT"), ("kill", "SIGKILL")]
)
def test_a_crash_names_its_signal_and_phase(tmp_path: Path, do: str, name: str) -> None:
    got = answer(tmp_path, do, "first")
    assert got.ending is Ending.CRASHED
    assert name in got.detail
    assert "first" in got.detail
    assert ("out of memory" in got.detail) == (do == "kill")


@pytest.mark.parametrize("do", ["hang", "hang-deaf"])
def test_a_hang_is_a_timeout_that_names_the_phase(
    tmp_path: Path, do: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour passes in the phase that hangs, and no time at all before it, however slow we are."""
    now_s = 0.0

    def pass_time(phase: str) -> None:
        nonlocal now_s
        now_s += 3600 * (phase == "first")

    monkeypatch.setattr("effprof.measure.launch.time", SimpleNamespace(monotonic=lambda: now_s))
    got = launch(request(tmp_path, do=do, at="first"), Limits(), on_phase=pass_time)
    assert got.ending is Ending.TIMEOUT
    assert got.detail == "phase first did not end within 300 s"


@pytest.mark.parametrize("do", ["exit", "exit-7", "half-line"])
def test_leaving_without_a_last_word_is_broken(tmp_path: Path, do: str) -> None:
    got = answer(tmp_path, do, "run")
    assert got.ending is Ending.BROKEN
    assert "last word" in got.detail


def test_garbage_on_the_pipe_is_passed_over(tmp_path: Path) -> None:
    assert answer(tmp_path, "garbage", "load").ending is Ending.OK


def test_a_flood_on_stdout_neither_blocks_nor_leaks(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert answer(tmp_path, "flood", "load").ending is Ending.OK
    assert capfd.readouterr() == ("", "")


def test_eating_memory_is_stopped_at_the_limit(tmp_path: Path) -> None:
    limit_bytes = 400 * 2**20
    got = answer(tmp_path, "eat", "first", Limits(silence_s=30, memory_bytes=limit_bytes))
    assert got.ending is Ending.MEMORY
    assert got.resident_bytes > limit_bytes
    assert "400 MiB" in got.detail


def test_a_grandchild_does_not_outlive_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = tmp_path / "pids"
    monkeypatch.setenv("SCRIPTED_PIDS", str(pids))
    assert answer(tmp_path, "grandchild", "load").ending is Ending.OK
    assert _gone(int(pids.read_text()))


def test_a_worker_that_will_not_exit_gets_two_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    got = answer(tmp_path, "linger", "load")
    assert got.ending is Ending.OK
    assert 2 <= time.monotonic() - began < 120  # it would linger for an hour


def test_an_interrupted_parent_leaves_no_worker(tmp_path: Path) -> None:
    worker = _parent_of_a_hanging_worker(tmp_path, signal.SIGINT)
    assert _gone(worker)


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_a_killed_parent_leaves_no_worker(tmp_path: Path) -> None:
    worker = _parent_of_a_hanging_worker(tmp_path, signal.SIGKILL)
    assert _gone(worker)


def _parent_of_a_hanging_worker(tmp_path: Path, number: int) -> int:
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"at": "load", "do": "hang"}))
    code = (
        "from tests.worker.test_endings import *\n"
        f"launch(Request('time', PLUGIN, (Load({str(path)!r}, FEEDS),), settings=SETTINGS),"
        " Limits(), on_phase=lambda phase: print(phase, flush=True))"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert parent.stdout is not None
    while parent.stdout.readline().strip() != "load":
        assert parent.poll() is None
    (worker,) = psutil.Process(parent.pid).children()
    os.kill(parent.pid, number)
    parent.wait(timeout=60)
    parent.stdout.close()
    return worker.pid


def _gone(pid: int) -> bool:
    for _ in range(300):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.1)
    return False
