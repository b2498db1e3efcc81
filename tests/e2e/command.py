"""The command line as a user has it: a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


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


def report_of(*words: object) -> dict[str, Any]:
    """The report of `effprof measure WORDS --json -`, which must end well."""
    done = effprof("measure", *words, "--json", "-")
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded
