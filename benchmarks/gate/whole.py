"""A few gates from start to exit, as a user runs them: that the replayed ones are no fiction."""

import subprocess
import time
from pathlib import Path
from statistics import median

from benchmarks.child import console_script, environment
from benchmarks.gate.neighbours import NOISES, neighbours
from benchmarks.gate.replayed import told
from benchmarks.outcome import Row

VERDICTS = {0: "pass", 1: "fail", 5: "undecided"}
SHARES = (0.0, 0.05)


def rows(family: dict[float, Path], *, quick: bool) -> list[Row]:
    """Seconds of a whole gate on its latency, and how it ended."""
    found = []
    for noise in NOISES[:1] if quick else NOISES:
        with neighbours(noise):
            for share in SHARES:
                ended = [_gate(family, share) for _ in range(1 if quick else 2)]
                seconds = [one for one, _ in ended]
                verdicts = ", ".join(verdict for _, verdict in ended)
                what = f"a whole gate, {noise}, 1 thread, {told(share)}"
                row = Row(
                    what, median(seconds), min(seconds), max(seconds), len(ended), "s", verdicts
                )
                found.append(row)
    return found


def _gate(family: dict[float, Path], share: float) -> tuple[float, str]:
    words = ["--baseline", str(family[0.0]), "--metric", "latency.p50", "--no-history", "--quiet"]
    command = [console_script(), "gate", str(family[share]), *words]
    began = time.monotonic()
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    return seconds, VERDICTS.get(done.returncode, f"exit {done.returncode}")
