"""Runs `effprof measure` as a user would and reads the report it writes."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.child import ROOT, console_script, environment


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of the command: seconds from start to exit, and its report."""

    wall_s: float
    report: dict[str, Any]

    @property
    def p50_s(self) -> float:
        return float(self.report["metrics"]["latency.p50"]["value"])

    @property
    def precision(self) -> float:
        """Larger arm of the interval of the p50, as a share of it."""
        p50 = self.report["metrics"]["latency.p50"]
        arm = max(p50["high"] - p50["value"], p50["value"] - p50["low"])
        return float(arm / p50["value"])

    @property
    def timed_s(self) -> float:
        return sum(float(trial.get("wall_s", 0.0)) for trial in self.report["trials"])

    @property
    def trials(self) -> int:
        return len(self.report["trials"])

    def warning(self, code: str) -> str:
        """Its text; empty when the report has no such warning."""
        found = (one["text"] for one in self.report["warnings"] if one["code"] == code)
        return str(next(found, ""))


def measure(model: Path, *options: str) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [
            console_script(),
            "measure",
            str(model),
            "--quiet",
            "--json",
            str(path),
            *options,
        ]
        began = perf_counter()
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
        )
        wall_s = perf_counter() - began
        if done.returncode:
            raise RuntimeError(f"effprof measure ended with {done.returncode}: {done.stderr}")
        return Measured(wall_s, json.loads(path.read_text(encoding="utf-8")))


@contextmanager
def busy_neighbours(count: int) -> Iterator[None]:
    """`count` processes that burn a core each."""
    burn: Sequence[str] = [sys.executable, "-c", "while True: pass"]
    burning = [subprocess.Popen(burn) for _ in range(count)]
    try:
        yield
    finally:
        for process in burning:
            process.kill()
            process.wait()
