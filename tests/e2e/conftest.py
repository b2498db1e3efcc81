"""One long measurement that many tests look at, made once however many processes test."""

import fcntl
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import EXAMPLES
from tests.e2e.command import effprof

BUDGET = """\
schema: 1
name: everything
limits:
  latency.p50: {max: 10 s}
  battery.share_per_hour: {max: 10 %}
"""


class Whole(NamedTuple):
    """A run of `effprof measure` with nearly everything that can be asked for."""

    code: int
    stdout: str
    stderr: str
    saved: Path  # the report

    @property
    def report(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.saved.read_text())
        return loaded


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Whole:
    """The student, held against its teacher, with labels and a budget, in words and as JSON."""
    base = tmp_path_factory.getbasetemp()
    folder = base if worker_id == "master" else base.parent
    saved, said = folder / "whole.json", folder / "whole.said"
    with (folder / "whole.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            budget = folder / "whole.yaml"
            budget.write_text(BUDGET)
            done = effprof(
                "measure", EXAMPLES / "student.onnx", "--time", 1, "--seed", 7, "--verbose",
                "--threads", 1,
                "--inputs", EXAMPLES / "heldout.npz", "--labels", EXAMPLES / "labels.npy",
                "--reference", EXAMPLES / "teacher.onnx", "--budget", budget, "--json", saved,
                "--db", folder / "whole.db",
            )  # fmt: skip
            said.write_text(json.dumps([done.returncode, done.stdout, done.stderr]))
    code, stdout, stderr = json.loads(said.read_text())
    return Whole(code, stdout, stderr, saved)


@pytest.fixture
def report(whole: Whole) -> dict[str, Any]:
    return whole.report
