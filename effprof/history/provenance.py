"""What was checked out when a model was measured: commit, branch, project.

Only words of git that read are used: `git status` would run filters and monitors that a
repository's own configuration names.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PATIENCE_S = 5.0
# What a pipeline says where its checkout is detached or has no git in reach.
_COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA")
_BRANCHES = ("GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME")


@dataclass(frozen=True, slots=True)
class Provenance:
    """None for what is not known. `project`: the repository's name."""

    commit: str | None = None
    branch: str | None = None
    project: str | None = None


def provenance(folders: Sequence[Path], environ: Mapping[str, str] | None = None) -> Provenance:
    """Of the first folder that is inside a checkout; else what the pipeline says."""
    words = os.environ if environ is None else environ
    found = next((one for folder in folders if (one := _checkout(folder))), Provenance())
    return Provenance(
        found.commit or _first(words, _COMMITS),
        found.branch or _first(words, _BRANCHES),
        found.project,
    )


def _checkout(folder: Path) -> Provenance | None:
    told = _git(folder, "rev-parse", "--git-common-dir", "HEAD", "--abbrev-ref", "HEAD")
    if told is None or len(lines := told.splitlines()) != 3:
        return None
    common, commit, branch = lines
    origin = _git(folder, "config", "--get", "remote.origin.url") or str(
        (folder / common).resolve()
    )
    return Provenance(commit, None if branch == "HEAD" else branch, _project(origin))


def _project(origin: str) -> str | None:
    """The last name of a URL, or of the folder that all work trees of a repository share."""
    path = origin.rstrip("/").removesuffix(".git").rstrip("/")
    return path.replace(":", "/").rpartition("/")[2] or None


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],  # noqa: S607 - the user's own git
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _first(words: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((words[name] for name in names if words.get(name)), None)
