import os
import sys
import time
from pathlib import Path

import pytest

from effprof.base.errors import ModelError
from effprof.model import child
from effprof.model.wire import Reply, Request

REQUEST = Request("facts", "m.onnx", 2**31)


def _play(monkeypatch: pytest.MonkeyPatch, code: str, deadline_s: float = 10.0) -> Reply:
    """A child of our own making; the pipe's number is its last argument."""
    prelude = "import os, signal, sys, time\nout = os.fdopen(int(sys.argv[-1]), 'wb')\n"
    monkeypatch.setattr(child, "_COMMAND", (sys.executable, "-c", prelude + code))
    return child.ask(REQUEST, deadline_s)


def test_an_answer_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "print('noise' * 100000)\nsys.stdin.readline()\nout.write(b'{\"facts\": {\"opset\": 7}}')"
    )
    facts = _play(monkeypatch, code).facts
    assert facts is not None
    assert facts.opset == 7


def test_a_file_is_asked_about_once_until_it_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = list[str]()

    def answer(_question: bytes, path: str, _deadline_s: float) -> Reply:
        asked.append(path)
        return Reply()

    monkeypatch.setattr(child, "_asked", answer)
    model = tmp_path / "m.onnx"
    for text in ("one", "one", "other"):
        if not model.exists() or model.read_text() != text:
            model.write_text(text)
        child.ask(Request("facts", str(model), 2**31))
    child.ask(Request("facts", str(model), 2**31, "tflite"))
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "killed by SIGSEGV"),
        ("os.abort()", "killed by SIGABRT"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
        ("pass", "ended without a word"),
        ("out.write(b'{\"facts\": {')", "ended without a word"),
        ("out.write(b'[1]'); print('odd')", "odd"),
        ("raise ValueError('broken tensor')", "ValueError: broken tensor"),
        ("raise MemoryError", "more memory than its size allows"),
        ('out.write(b\'{"error": "no good", "hint": "h"}\')', "no good"),
    ],
)
def test_every_ending_is_one_line(monkeypatch: pytest.MonkeyPatch, code: str, word: str) -> None:
    with pytest.raises(ModelError, match=word) as error:
        _play(monkeypatch, code)
    assert error.value.message.startswith("m.onnx: ")
    assert "\n" not in error.value.message
    assert error.value.hint


@pytest.mark.parametrize("code", ["time.sleep(60)", "signal.signal(15, 1)\nwhile True: print('x')"])
def test_a_hang_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    start_s = time.monotonic()
    with pytest.raises(ModelError, match=r"did not finish within 0\.5 s"):
        _play(monkeypatch, code, 0.5)
    assert time.monotonic() - start_s < 50


def test_a_grandchild_does_not_survive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = f"""
pid = os.fork()
if pid == 0:
    time.sleep(60)
open({str(pid_file)!r}, 'w').write(str(pid))
out.write(b'{{}}')
out.flush()
os._exit(0)
"""
    with pytest.raises(ModelError):  # the grandchild holds the pipe open
        _play(monkeypatch, code, 1.0)
    pid = int(pid_file.read_text())
    until_s = time.monotonic() + 50
    while time.monotonic() < until_s and _runs(pid):
        time.sleep(0.02)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        return b"Z" not in Path(f"/proc/{pid}/stat").read_bytes().rsplit(b")")[-1].split()[:1]
    except OSError:
        return False


def test_memory_is_limited_by_the_file(tmp_path: Path) -> None:
    """The child itself: a limit it cannot start under ends as one line."""
    path = tmp_path / "m.onnx"
    path.write_bytes(b"x")
    with pytest.raises(ModelError, match="cannot be examined"):
        child.ask(Request("facts", str(path), 2**26))
    assert child.address_limit_bytes(10**9) > 4 * 10**9


def test_a_file_named_as_a_library_is_not_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "onnx.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError) as error:
        child.ask(Request("facts", os.fspath(tmp_path / "none.onnx"), 2**32))
    assert "hijacked" not in error.value.message
