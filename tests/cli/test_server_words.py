"""Flags of the server scenario that would do nothing, or that a model or target cannot keep."""

from pathlib import Path

import pytest

from effprof.cli import words
from tests.e2e.command import effprof_here
from tests.model.build import save, small

SERVER = ("--scenario", "server")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (("--max-batch", "4"), "--max-batch says nothing in single-stream"),
        (("--max-batch", "4", "--scenario", "offline"), "--batch 1,8"),
        ((*SERVER, "--max-queue-delay", "2ms"), "says nothing without --max-batch"),
        ((*SERVER, "--max-batch", "0"), "--max-batch"),
        ((*SERVER, "--max-batch", "4", "--batch", "8"), "leave --batch out"),
        ((*SERVER, "--max-batch", "4", "--max-queue-delay", "2"), "2"),
        ((*SERVER, "--max-batch", "4", "--max-queue-delay", "-2ms"), "below zero"),
        ((*SERVER, "--max-batch", "4", "-t", "mobile"), "made for one batch size"),
        ((*SERVER, "--max-batch", "4", "-t", "h100"), "for a single stream alone"),
    ],
)
def test_what_says_nothing_or_cannot_be(told: tuple[str, ...], said: str, student: Path) -> None:
    done = effprof_here("measure", student, *told)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_model_of_a_fixed_batch_cannot_be_batched(tmp_path: Path) -> None:
    fixed = save(small(batch=1), tmp_path / "fixed.onnx")
    done = effprof_here("measure", fixed, *SERVER, "--max-batch", "4")
    assert done.returncode == 2
    assert "fixed batch of 1" in done.stderr
    assert "export it with a symbolic batch dimension" in done.stderr


def test_a_delay_may_be_none_and_no_less() -> None:
    assert words.delay("--max-queue-delay", None) == 0
    assert words.delay("--max-queue-delay", "0ms") == 0
    assert words.delay("--max-queue-delay", "2ms") == pytest.approx(0.002)
