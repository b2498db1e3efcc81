"""What measure does for the history, with real measurements."""

import json
from pathlib import Path

import pytest

from effprof.history.provenance import provenance
from tests.conftest import EXAMPLES
from tests.e2e.command import effprof, effprof_here
from tests.e2e.conftest import Whole

QUICK = ("--time", 0.3, "--quiet")


def test_a_measurement_is_kept_with_its_commit(whole: Whole) -> None:
    env = {"EFFPROF_DB": str(whole.saved.with_name("whole.db"))}
    listed = json.loads(effprof("history", "list", "--json", "-", env=env).stdout)
    (entry,) = listed["entries"]
    assert entry["id"] == whole.report["id"]
    assert entry["made_by"] == "measure"
    known = provenance((EXAMPLES,))
    assert (entry.get("commit"), entry.get("project")) == (known.commit, known.project)
    again = effprof_here("history", "show", entry["id"], "--json", "-", env=env)
    assert json.loads(again.stdout) == whole.report


@pytest.mark.usefixtures("two_trials")
def test_a_history_that_cannot_be_written_is_a_warning(student: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_text("no database, but somebody's notes\n" * 99)
    saved = tmp_path / "report.json"
    done = effprof_here("measure", student, *QUICK, "--db", broken, "--json", saved)
    assert done.returncode == 0
    assert "student.onnx on edge" in done.stdout
    assert done.stderr.startswith(f"effprof: not kept in the history: {broken}: damaged")
    assert json.loads(saved.read_text())["metrics"]


def test_what_cannot_be_a_history_costs_no_measurement(student: Path, tmp_path: Path) -> None:
    for words in (("--db", "mysql://h/d"), ("--no-history", "--db", tmp_path / "x.db")):
        done = effprof_here("measure", student, *words)
        assert done.returncode == 2
        assert "--db" in done.stderr
    assert not list(tmp_path.iterdir())
