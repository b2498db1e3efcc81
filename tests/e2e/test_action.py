"""The composite action's own scripts, run as the runner runs them, on a repository made here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import EXAMPLES

ROOT = EXAMPLES.parents[1]
PROJECT = """\
schema: 1
models: {student: {path: model.onnx, metrics: [size.model]}}
"""


def steps() -> dict[str, dict[str, Any]]:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    return {step.get("name", step.get("uses")): step for step in action["runs"]["steps"]}


def script(name: str, repository: Path, temp: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """One `run` step with the environment that its expressions would make."""
    step = steps()[name]
    assert set(step["env"]) <= set(env), name
    files = {"GITHUB_OUTPUT": temp / "output", "GITHUB_STEP_SUMMARY": temp / "summary"}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=repository,
        env={
            **os.environ,
            "RUNNER_TEMP": str(temp),
            **{k: str(v) for k, v in files.items()},
            **env,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A commit with the small model, and on top of it one with the large."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed: the action is of a checkout")
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "effprof.yaml").write_text(PROJECT)
    for name, message in (("student.onnx", "small"), ("teacher.onnx", "large")):
        shutil.copy(EXAMPLES / name, folder / "model.onnx")
        if message == "small":
            git(folder, "init", "-q")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", message)
    git(folder, "remote", "add", "origin", str(folder))
    return folder


def git(folder: Path, *words: str) -> str:
    own = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *own, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_larger_model_stops_the_pull_request(repository: Path, tmp_path: Path) -> None:
    temp = tmp_path / "temp"
    (temp / "effprof" / "bin").mkdir(parents=True)
    (temp / "effprof" / "bin" / "effprof").symlink_to(Path(sys.executable).with_name("effprof"))
    base = git(repository, "rev-parse", "HEAD~1")
    found = script("Find the base", repository, temp, GIVEN="", PULL=base, BEFORE="")
    assert found.returncode == 0, found.stderr
    built = script("Build base and head", repository, temp, BUILD="touch built")
    assert built.returncode == 0, built.stderr
    assert (repository / "built").exists()
    assert (temp / "effprof-base" / "built").exists()
    done = script("Gate", repository, temp, CONFIG="effprof.yaml", UNDECIDED="")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "verdict=fail" in (temp / "output").read_text()
    assert "size.model" in (temp / "summary").read_text()
    assert {path.name for path in (temp / "effprof-gate").iterdir()} == {
        "gate.json", "gate.md", "gate.xml",
    }  # fmt: skip


def test_no_base_is_said(repository: Path, tmp_path: Path) -> None:
    found = script("Find the base", repository, tmp_path, GIVEN="", PULL="", BEFORE="")
    assert found.returncode == 2
    assert "no base" in found.stdout
