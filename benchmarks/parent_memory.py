"""Claim: a model of 1 GB with external data costs the parent less than 100 MB of memory.

Method. large_model.py makes the model. `effprof measure` runs on it and, beside it, on a model of a
few hundred bytes; the peak resident memory of the process the user started (VmHWM, which never
falls, looked at until it ends) is compared. Then large_model.py: opening and counting alone.

How to read. Peak on the large model less peak on the tiny one. It can be below 0: the tiny model
runs more often in the same time, and the parent holds every reading. The worker, which must hold
the model, is another process and not counted.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.child import ROOT, console_script, environment
from benchmarks.large_model import LIMIT_MB, make, make_tiny
from benchmarks.noise import Witness
from benchmarks.outcome import Outcome, Row, shown

CLAIM = "a 1 GB model with external data: parent's memory under 100 MB more"
LOOK_S = 0.02


def run(*, quick: bool) -> Outcome:
    witness = Witness()
    outcome = Outcome("parent_memory", CLAIM, quick=quick)
    if not Path("/proc/self/status").exists():
        outcome.skipped = "no /proc to read the peak of another process from"
        return outcome
    megabytes = 100 if quick else 1000
    repeats = 1 if quick else 2
    with tempfile.TemporaryDirectory() as folder:
        tiny, large = make_tiny(Path(folder)), make(Path(folder), megabytes)
        pairs = [(measure_peak(tiny), measure_peak(large)) for _ in range(repeats)]
    extra = [large_bytes - tiny_bytes for tiny_bytes, large_bytes in pairs]
    outcome.rows.append(_row("effprof measure: parent's peak", extra, pairs[0][0]))
    examined = _examine(megabytes)
    outcome.rows.append(_row("opening and counting alone", [examined], None))
    outcome.notes.append(f"model of {megabytes} MB; 1 MB is 1,000,000 bytes")
    outcome.host = witness.told()
    return outcome


def measure_peak(model: Path) -> int:
    """Bytes at the peak of the process that the user starts."""
    command = [console_script(), "measure", str(model), "--quiet", "--time", "1", "--threads", "1"]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, cwd=ROOT, env=environment())
        peak_bytes = 0
        while process.poll() is None:
            peak_bytes = max(peak_bytes, _peak_bytes(process.pid))
            time.sleep(LOOK_S)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"effprof measure ended with {process.returncode}: {said.read()}")
    return peak_bytes


def _peak_bytes(pid: int) -> int:
    """0 once the process has no memory any more."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(found[0]) * 1024 if found else 0


def _examine(megabytes: int) -> int:
    """What large_model.py finds, in bytes; its last line is `extra: 1.2 MB (limit 100 MB)`."""
    command = [sys.executable, "-m", "benchmarks.large_model", str(megabytes)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    last = (done.stdout.strip().splitlines() or [""])[-1]
    if not last.startswith("extra:"):
        raise RuntimeError(f"large_model.py ended with {done.returncode}: {done.stderr[-2000:]}")
    return round(float(last.split()[1]) * 1e6)


def _row(what: str, extra_bytes: list[int], tiny_bytes: int | None) -> Row:
    middle_bytes = sorted(extra_bytes)[len(extra_bytes) // 2]
    beside = f"tiny model, {shown(tiny_bytes, 'B')}" if tiny_bytes else "tiny model"
    return Row(
        what,
        middle_bytes,
        min(extra_bytes),
        max(extra_bytes),
        len(extra_bytes),
        "B",
        beside,
        limit=LIMIT_MB * 1e6,
    )
