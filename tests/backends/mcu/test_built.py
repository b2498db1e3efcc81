"""Where a firmware's project cannot be made: one line, whose fault it is, and where."""

import errno
from pathlib import Path

import pytest

from effprof import target
from effprof.backends.mcu import built, emit
from effprof.backends.mcu.board import board
from effprof.ports import Refusal
from tests.backends.mcu.models import dense

pytest.importorskip("ziglang")
BOARD = board({"board": target.load("nrf52840").plain_facts()})


def test_a_project_that_cannot_be_written_is_this_machines_lack(tmp_path: Path) -> None:
    (tmp_path / "full").touch()
    with pytest.raises(Refusal, match="cannot be written: not a directory") as said:
        built.firmware(dense(tmp_path / "m.tflite"), BOARD, tmp_path / "full" / "project")
    assert said.value.kind == "lacking"
    assert said.value.hint == "name another folder with TMPDIR"


@pytest.mark.parametrize(
    ("error", "said", "hint"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "cannot be written: no space", "free"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/x/nn.h"), "/x/nn.h cannot be", "whole"),
    ],
)
def test_what_cannot_be_read_is_told_from_what_cannot_be_written(
    error: OSError, said: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_name: str) -> str:
        raise error

    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path))  # no build is kept there
    monkeypatch.setattr(emit, "kernel_text", fails)
    with pytest.raises(Refusal, match=said) as caught:
        built.firmware(dense(tmp_path / "m.tflite"), BOARD, tmp_path / "project")
    assert caught.value.kind == "lacking"
    assert hint in caught.value.hint
