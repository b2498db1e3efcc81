"""OpenVINO's benchmark_app, in an environment of its own under .cache/."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.child import CACHE

ENVIRONMENT = CACHE / "openvino"
PACKAGE = "openvino==2026.4.1"
APP = ENVIRONMENT / "bin" / "benchmark_app"
UV = Path(sys.executable).with_name("uv")


def missing(*, install: bool) -> str:
    """Why it cannot be run here; empty when it can. `install`: fetch it first (240 MB)."""
    if APP.exists():
        return ""
    if not install:
        return "benchmark_app is not installed here: --with-openvino fetches it"
    python = str(ENVIRONMENT / "bin" / "python")
    steps = (
        [str(UV), "venv", "--quiet", "--python", sys.executable, str(ENVIRONMENT)],
        [str(UV), "pip", "install", "--quiet", "--python", python, PACKAGE],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{PACKAGE} could not be installed: {done.stderr.strip()[-300:]}"
    return ""


def median_s(
    model: Path, shapes: Mapping[str, tuple[int, ...]], threads: int, seconds: int
) -> float:
    """The median latency it reports, one synchronous stream; it rounds to 0.01 ms."""
    asked = ",".join(f"{name}[{','.join(map(str, shape))}]" for name, shape in shapes.items())
    with tempfile.TemporaryDirectory() as folder:
        words = f"-api sync -hint none -nstreams 1 -nthreads {threads} -t {seconds}".split()
        report = ["-report_type", "no_counters", "-report_folder", folder, "-json_stats"]
        command = [str(APP), "-m", str(model), "-shape", asked, *words, *report]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        path = Path(folder) / "benchmark_report.json"
        if done.returncode or not path.exists():
            raise RuntimeError(f"benchmark_app ended with {done.returncode}: {done.stdout[-500:]}")
        found = json.loads(path.read_text(encoding="utf-8"))
    return float(found["execution_results"]["latency (ms)"]) / 1e3
