"""Claim: how effprof's p50 stands to a loop in C over ONNX Runtime's C API is known and stated.

Method. The C loop (c_loop.c, compiled here) calls the shared library inside the onnxruntime wheel:
same model, same session options, inputs and outputs bound to memory of their own. Each trial is a
fresh process that holds both sessions; blocks of 20 ms come in an order shuffled every round, each
after runs of its own that are not read:

  effprof   loop.time_block over run_with_iobinding, as in every trial of `effprof measure`
  C bound   RunWithBinding on an OrtIoBinding: the same call without Python
  C Run     Run with preallocated outputs: what most C programs call
  control   C bound, a second time

How to read. The median over trials of p50(effprof) - p50(C) of the trial; `ratio` that of their
quotients. Two sessions of one model differ by their luck with memory, as two processes do; which is
made first changes from trial to trial. The control must come out within 2 us, or 1 % of runs over
1 ms, its interval included; where it does not, the machine was TOO NOISY for that row's figures.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import models
from benchmarks.c_session import Api, compile_loop, library, missing
from benchmarks.child import ROOT, environment
from benchmarks.noise import Witness
from benchmarks.outcome import Outcome, Row, shown
from benchmarks.paired import differences, ratios

CLAIM = "effprof's p50 beside a C loop over the C API: known and stated"
LIMIT_S, LIMIT_SHARE, LONG_S = 2e-6, 0.01, 1e-3
NAMES = {"c_bound": "C bound", "c_plain": "C Run"}


def run(*, quick: bool) -> Outcome:
    witness = Witness()
    outcome = Outcome("c_api", CLAIM, quick=quick, skipped=missing())
    path = library()
    if outcome.skipped or path is None:
        return outcome
    with tempfile.TemporaryDirectory() as folder:
        loop = compile_loop(Path(folder))
        for model in models.available():
            for threads in (1,) if quick else (1, None):
                trials = list(_trials(model, threads, loop, quick=quick))
                outcome.rows += _rows(f"{models.label(model)}, {_named(threads)}", trials)
    outcome.notes.append(f"ONNX Runtime {Api(path).version}; effprof minus C, over trials")
    outcome.host = witness.told()
    return outcome


def _named(threads: int | None) -> str:
    return "1 thread" if threads == 1 else "all cores"


def _trials(
    model: Path, threads: int | None, loop: Path, *, quick: bool
) -> Iterator[dict[str, float]]:
    """The p50 of each form in each process."""
    for trial in range(2 if quick else 6):
        request = {
            "model": str(model),
            "threads": threads,
            "seconds": 0.5 if quick else 1.2,
            "loop": str(loop),
            "c_first": trial % 2 == 1,
        }
        blocks = _asked(request)
        yield {name: median(taken) for name, taken in blocks.items()}


def _asked(request: dict[str, Any]) -> dict[str, list[float]]:
    command = [sys.executable, "-m", "benchmarks.c_trial", json.dumps(request)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"a trial failed: {done.stderr[-2000:]}")
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


def _rows(name: str, trials: list[dict[str, float]]) -> list[Row]:
    base_s = median(trial["c_bound"] for trial in trials)
    limit_s = LIMIT_SHARE * base_s if base_s > LONG_S else LIMIT_S
    control = replace(
        _row(f"{name}: control", "control", "c_bound", trials), limit=limit_s, within=True
    )
    unsound = max(abs(control.low), abs(control.high)) > limit_s
    ours = [_row(f"{name}: effprof", "effprof", key, trials) for key in NAMES]
    return [
        replace(control, control=True, unsound=unsound),
        *(replace(row, unsound=unsound) for row in ours),
    ]


def _row(what: str, form: str, other: str, trials: list[dict[str, float]]) -> Row:
    ours, theirs = ([trial[key] for trial in trials] for key in (form, other))
    found = differences(ours, theirs)
    told = f"{NAMES[other]}, {shown(median(theirs), 's')}"
    ratio = ratios(ours, theirs).value
    return Row(what, found.value, found.low, found.high, found.n, "s", told, ratio)
