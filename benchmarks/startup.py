"""Claim: `effprof --help` comes in under 120 ms beside a bare interpreter's 15; loads no runtime.

Method. The console script and `python -c pass`, the same interpreter, each started from nothing and
waited for, take turns (A B, B A ...). Wall time by perf_counter around start and end; CPU time by
the kernel's account of the finished process, which a busy machine disturbs less. What gets loaded
is read off sys.modules after the same words. Bytecode is kept between starts (see child.py):
without it every start compiles every module and takes twice as long.

How to read. Median wall and CPU time over all starts; `ratio` is to the bare interpreter in the
same pair. The goal is on the wall time.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from benchmarks.child import console_script, environment
from benchmarks.noise import Witness
from benchmarks.outcome import Outcome, Row, shown
from benchmarks.paired import middle, ratios, turn_order

CLAIM = "`effprof --help`: under 120 ms; no numpy, onnxruntime, rich's markup, yaml"
LIMIT_S = 0.120
HEAVY = ("numpy", "onnxruntime", "onnx", "rich.markup", "rich", "yaml", "psutil", "scipy")
SAID = """
import sys
sys.argv = ["effprof", "--help"]
from effprof.__main__ import main
try:
    main()
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""


@dataclass(frozen=True, slots=True)
class Start:
    wall_s: float
    cpu_s: float


def run(*, quick: bool) -> Outcome:
    witness = Witness()
    outcome = Outcome("startup", CLAIM, quick=quick)
    commands = ([console_script(), "--help"], [sys.executable, "-c", "pass"])
    for command in commands:
        start(command)  # bytecode and page cache
    taken: list[list[Start]] = [[], []]
    for turn in range(10 if quick else 60):
        for place in turn_order(2, turn):
            taken[place].append(start(commands[place]))
    outcome.rows += _rows(*taken)
    loaded = loaded_modules()
    heavy = [name for name in HEAVY if name in loaded]
    held = Row("heavy modules loaded", len(heavy), len(heavy), len(heavy), 1, "1", limit=0)
    outcome.rows.append(held)
    outcome.notes.append(f"loaded of {', '.join(HEAVY)}: {', '.join(heavy) or 'none'}")
    outcome.host = witness.told()
    return outcome


def start(command: Sequence[str]) -> Start:
    began = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment())
    _pid, status, usage = os.wait4(process.pid, 0)
    wall_s = perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return Start(wall_s, usage.ru_utime + usage.ru_stime)


def loaded_modules() -> frozenset[str]:
    done = subprocess.run([sys.executable, "-c", SAID], capture_output=True, text=True, check=True)
    return frozenset(done.stderr.split())


def _rows(ours: Sequence[Start], bare: Sequence[Start]) -> list[Row]:
    return [
        _row("--help, wall", [s.wall_s for s in ours], [s.wall_s for s in bare], LIMIT_S),
        _row("--help, CPU", [s.cpu_s for s in ours], [s.cpu_s for s in bare], None),
    ]


def _row(what: str, ours: Sequence[float], bare: Sequence[float], limit_s: float | None) -> Row:
    found = middle(ours)
    beside = f"bare interpreter, {shown(median(bare), 's')}"
    return Row(
        what,
        found.value,
        found.low,
        found.high,
        found.n,
        "s",
        beside,
        ratios(ours, bare).value,
        limit_s,
    )
