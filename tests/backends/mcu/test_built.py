"""Where a firmware's project cannot be written, or not be left: one line and whose fault it is."""

from pathlib import Path

import pytest

from effprof import target
from effprof.backends.mcu import built
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
    assert "TMPDIR" in said.value.hint


def test_a_project_that_cannot_be_left_says_the_first_reason(tmp_path: Path) -> None:
    made, fits = built.firmware(dense(tmp_path / "m.tflite"), BOARD, tmp_path / "project")
    assert fits
    (tmp_path / "taken").mkdir()
    for name in ("model.c", "model.h"):
        (tmp_path / "taken" / name).symlink_to(tmp_path / "nowhere" / name)
    with pytest.raises(Refusal) as said:
        built.export(made, tmp_path / "taken")
    assert said.value.message == f"--keep {tmp_path / 'taken'}: no such file or directory"
    (tmp_path / "file").touch()
    with pytest.raises(Refusal, match="file/x: not a directory") as said:
        built.export(made, tmp_path / "file" / "x")
    assert said.value.kind == "request"
