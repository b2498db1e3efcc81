"""The command line as a user has it: a process of its own, or this one where that tells as much."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from effprof.cli import main


def effprof(
    *words: object, cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs `effprof WORDS` in a pipe, and has seen no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "effprof", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "80", **(env or {})},
        check=False,
        timeout=240,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def effprof_here(
    *words: object, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The same in this process, which has imported everything already; its workers are real."""
    told = ["effprof", *map(str, words)]
    out, said = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    code = None
    with (
        patch("sys.argv", told),
        patch.dict(os.environ, {"COLUMNS": "80", **(env or {})}),
        redirect_stdout(out),
        redirect_stderr(said),
    ):
        try:
            main(lambda: None, lambda: None)
        except SystemExit as ending:
            code = int(ending.code or 0)
    assert code is not None
    return subprocess.CompletedProcess(told, code, _held(out), _held(said))


def _held(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def report_of(*words: object) -> dict[str, Any]:
    """The report of `effprof measure WORDS --json -` in this process, which must end well."""
    done = effprof_here("measure", *words, "--json", "-")
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded
