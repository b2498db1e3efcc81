"""What every child process is given."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from effprof.base.process import Child, stops_held


def test_onnxruntime_leaves_nothing_behind_and_sends_nothing(tmp_path: Path) -> None:
    """It has an uploader of events of its own, which begins with a file for the device's id."""
    folders = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "TMPDIR"), str(tmp_path))
    with Child((sys.executable, "-c", "import onnxruntime"), {**folders, "CI": None}) as child:
        child.send("")
        assert child.answers.read() == b""
        assert child.finish() == 0
    assert list(tmp_path.rglob("*")) == []


def test_interrupted_while_it_starts_leaves_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal comes when the child runs and `Popen` has not returned."""
    pids: list[int] = []

    class Slow(subprocess.Popen[bytes]):
        def __init__(self, *words: object, **more: object) -> None:
            super().__init__(*words, **more)  # type: ignore[call-overload]
            pids.append(self.pid)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", Slow)
    with pytest.raises(KeyboardInterrupt), Child(("sleep", "60"), {}):
        raise AssertionError("entered")
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_a_stop_is_heard_at_the_end_of_the_block_and_once() -> None:
    after = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012  what comes between is the point
        with stops_held():
            signal.raise_signal(signal.SIGINT)
            after.append("the block went on")
        after.append("not this")
    assert after == ["the block went on"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
