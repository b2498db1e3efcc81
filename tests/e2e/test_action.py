"""The pipelines' own scripts, run as their runners run them, on a repository made here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.conftest import EXAMPLES

ROOT = EXAMPLES.parents[1]
EFFPROF = Path(sys.executable).with_name("effprof")
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
    made = {"RUNNER_TEMP": str(temp), **{name: str(path) for name, path in files.items()}}
    return bash(step["run"], repository, {**made, **env})


def bash(script: str, repository: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=repository,
        env={**os.environ, **env},
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


@pytest.fixture
def temp(tmp_path: Path) -> Path:
    """RUNNER_TEMP, with effprof where the action installs it."""
    folder = tmp_path / "runner temp"
    binaries = folder / "effprof" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "effprof").symlink_to(EFFPROF)
    return folder


def outputs(temp: Path) -> dict[str, str]:
    """What the steps so far have handed on."""
    lines = (temp / "output").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_a_larger_model_stops_the_pull_request(repository: Path, temp: Path) -> None:
    base = git(repository, "rev-parse", "HEAD~1")
    found = script("Find the base", repository, temp, GIVEN="", PULL=base, BEFORE="")
    assert found.returncode == 0, found.stderr
    folder = outputs(temp)["folder"]
    built = script("Build base and head", repository, temp, BUILD="touch built", FOLDER=folder)
    assert built.returncode == 0, built.stderr
    assert (repository / "built").exists()
    assert (Path(folder) / "base" / "built").exists()
    words = {"CONFIG": "effprof.yaml", "UNDECIDED": "", "FOLDER": folder}
    done = script("Gate", repository, temp, **words)
    assert done.returncode == 1, done.stdout + done.stderr
    assert outputs(temp)["verdict"] == "fail"
    assert "size.model" in (temp / "summary").read_text()
    assert {path.name for path in (Path(folder) / "gate").iterdir()} == {
        "gate.json", "gate.md", "gate.xml",
    }  # fmt: skip


def test_a_branch_is_fetched_and_a_runner_may_be_used_again(repository: Path, temp: Path) -> None:
    git(repository, "branch", "small", "HEAD~1")
    for _ in range(2):
        found = script("Find the base", repository, temp, GIVEN="small", PULL="", BEFORE="")
        assert found.returncode == 0, found.stderr
        folder = Path(outputs(temp)["folder"])
        assert (folder / "base" / "effprof.yaml").exists()
        shutil.rmtree(folder)  # as a runner's temporary folder is between two jobs


@pytest.mark.parametrize("before", ["", "0" * 40])
def test_no_base_is_said(repository: Path, tmp_path: Path, before: str) -> None:
    found = script("Find the base", repository, tmp_path, GIVEN="", PULL="", BEFORE=before)
    assert found.returncode == 2
    assert "no base" in found.stdout


@pytest.mark.parametrize(
    "base", ["nowhere", "--upload-pack=touch ran", "$(touch ran)", "; touch ran"]
)
def test_a_base_that_is_none_runs_nothing(repository: Path, temp: Path, base: str) -> None:
    found = script("Find the base", repository, temp, GIVEN=base, PULL="", BEFORE="")
    assert found.returncode not in (0, 1)
    assert not (repository / "ran").exists()


def test_no_input_is_pasted_into_a_script() -> None:
    for name, step in steps().items():
        if "run" in step:
            assert step["shell"] == "bash", name
            assert "${{" not in step["run"], name


def test_the_pipeline_for_gitlab(repository: Path, tmp_path: Path) -> None:
    """Its lines as GitLab runs them; pip and make are stand-ins."""
    (job,) = yaml.safe_load(gitlab()).values()
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "effprof").symlink_to(EFFPROF)
    for name in ("pip", "make"):
        (binaries / name).write_text(f'#!/bin/sh\necho "{name} $*" >> "{tmp_path}/ran"\n')
        (binaries / name).chmod(0o700)
    env = {
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(repository, "rev-parse", "HEAD~1"),
        "TMPDIR": str(tmp_path),
    }
    done = bash("\n".join(job["script"]), repository, env)
    assert done.returncode == 1, done.stdout + done.stderr
    assert (tmp_path / "ran").read_text().splitlines() == [
        "pip install --quiet effprof", "make models", "make models",
    ]  # fmt: skip
    kept = job["artifacts"]["paths"] + [job["artifacts"]["reports"]["junit"]]
    assert all((repository / name).stat().st_size for name in kept)
    assert ElementTree.parse(repository / "gate.xml").getroot().get("failures") == "1"


def gitlab() -> str:
    text = (ROOT / "docs" / "ci.md").read_text()
    return text.split("## GitLab", 1)[1].split("```yml\n", 1)[1].split("```", 1)[0]
