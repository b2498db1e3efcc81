import subprocess
from pathlib import Path

import pytest

from effprof.history.provenance import Provenance, provenance


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(folder), *who, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "trunk")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "first")
    return folder


def test_a_checkout_tells_commit_branch_and_name(checkout: Path, tmp_path: Path) -> None:
    inside = checkout / "deep"
    inside.mkdir()
    head = git(checkout, "rev-parse", "HEAD")
    assert provenance((tmp_path, inside), {}) == Provenance(head, "trunk", "models")
    git(checkout, "remote", "add", "origin", "git@example.org:team/vision.git")
    assert provenance((inside,), {}).project == "vision"


def test_a_detached_checkout_has_the_branch_of_the_pipeline(checkout: Path) -> None:
    git(checkout, "checkout", "--quiet", "--detach")
    head = git(checkout, "rev-parse", "HEAD")
    assert provenance((checkout,), {}) == Provenance(head, None, "models")
    words = {"GITHUB_SHA": "other", "GITHUB_REF_NAME": "topic"}
    assert provenance((checkout,), words) == Provenance(head, "topic", "models")


def test_where_there_is_no_checkout(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert provenance((tmp_path, missing), {}) == Provenance()
    assert provenance((tmp_path,), {"CI_COMMIT_SHA": "c0"}) == Provenance(commit="c0")


def test_a_second_work_tree_is_the_same_project(checkout: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    git(checkout, "worktree", "add", "--quiet", "-b", "topic", str(other))
    found = provenance((other,), {})
    assert (found.branch, found.project) == ("topic", "models")


def test_a_checkout_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert provenance((tmp_path,), {}) == Provenance()


def test_a_repository_runs_nothing_of_its_own(checkout: Path) -> None:
    mark = checkout / "ran"
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "alias.rev-parse"):
        git(checkout, "config", key, f"touch {mark}")
    assert provenance((checkout,), {}).branch == "trunk"
    assert not mark.exists()
