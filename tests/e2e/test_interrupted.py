"""Ctrl-C in the midst of work: the exit code, and nothing that stays behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.backends.mcu.small import compiled
from tests.conftest import EXAMPLES, SHARED
from tests.processes import alive, words

HANG = "static volatile int sink; void hang(void) { for (;;) sink++; }"
PATIENCE_S = 120.0
WORKER = str(Path("worker") / "__main__.py")


def interrupted(folder: Path, sign: str, *words: object) -> tuple[int, list[psutil.Process]]:
    """Ends `effprof WORDS` as soon as a process with `sign` in its command line runs.

    The exit code, and those of its processes that still run.
    """
    for name in ("data", "tmp"):
        (folder / name).mkdir()
    env = os.environ | {"EFFPROF_DATA": str(folder / "data"), "TMPDIR": str(folder / "tmp")}
    command = [sys.executable, "-m", "effprof", *map(str, words), "--no-history"]
    with subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as p:
        family = awaited(p, sign)
        p.send_signal(signal.SIGINT)
        code = p.wait(PATIENCE_S)
    return code, [one for one in family if alive(one)]


def awaited(process: subprocess.Popen[bytes], sign: str) -> list[psutil.Process]:
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s and process.poll() is None:
        family = psutil.Process(process.pid).children(recursive=True)
        if any(sign in words(one) for one in family):
            return family
        time.sleep(0.02)
    raise AssertionError(f"no process with {sign} was seen")


def test_while_gating(tmp_path: Path) -> None:
    student = EXAMPLES / "student.onnx"
    code, left = interrupted(tmp_path, WORKER, "gate", student, "--baseline", student)
    assert (code, left) == (130, [])
    assert list((tmp_path / "tmp").iterdir()) == []


def test_while_emulating(tmp_path: Path) -> None:
    elf = compiled(HANG, "cortex-m4")
    code, left = interrupted(
        tmp_path, WORKER, "measure", elf, "-t", "nucleo-l4r5zi", "--entry", "hang"
    )
    assert (code, left) == (130, [])
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.slow
def test_while_compiling(tmp_path: Path) -> None:
    model = SHARED / "models" / "ad_int8.tflite"
    if not model.exists():
        pytest.skip("the models beside the project are not here")
    code, left = interrupted(tmp_path, "clang", "measure", model, "-t", "nucleo-l4r5zi")
    assert (code, left) == (130, [])
    assert list((tmp_path / "tmp").iterdir()) == []
    kept = {one.name for one in (tmp_path / "data").iterdir()}
    assert kept <= {"examined"}  # what was read of the model; no half of a build
