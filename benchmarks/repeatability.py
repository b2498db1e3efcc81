"""Claim: ten repeats of `effprof measure` vary no more in their p50 than ten repeats of OpenVINO's
benchmark_app, or of a bare loop in one process, with the same total time, run in turn beside them.

Method. Each of ten rounds runs all of them once on magika's model, with the same threads, in an
order that turns round: `effprof measure` with defaults; the loop of bare_loop.py in a fresh
process; benchmark_app, synchronous, one stream. The others time for as many seconds as effprof's
last run took from start to exit, launching and analysing included: they get more runs than effprof.

How to read. `variation` is standard deviation / mean of the ten p50s. The verdicts are on effprof's
variation over the other's; ten repeats know such a ratio to a factor of two either way, as the
interval (F distribution) says. benchmark_app runs another runtime: only its variation is compared.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import models, openvino_app
from benchmarks.child import ROOT, environment
from benchmarks.measuring import measure
from benchmarks.noise import Witness
from benchmarks.outcome import Outcome, Row, shown
from benchmarks.paired import turn_order, variation, variation_ratio

CLAIM = "ten repeats of p50 vary no more than benchmark_app's or a bare loop's"
OURS = "effprof"


def run(*, quick: bool, with_openvino: bool = False) -> Outcome:
    witness = Witness()
    outcome = Outcome("repeatability", CLAIM, quick=quick)
    model = models.magika()
    if model is None:
        outcome.skipped = "magika is not installed"
        return outcome
    lacking = openvino_app.missing(install=with_openvino)
    if lacking:
        outcome.notes.append(lacking)
    rounds = Rounds(model, quick=quick, with_openvino=not lacking)
    taken = rounds.run(2 if quick else 10)
    outcome.rows += _rows(taken)
    outcome.notes.append(f"effprof itself called the host noisy in {rounds.noisy} of its runs")
    outcome.notes += [f"{name}: {_listed(values)}" for name, values in taken.items()]
    outcome.host = witness.told()
    return outcome


class Rounds:
    """The programs under comparison; each gives the p50 it reports, in seconds."""

    def __init__(self, model: Path, *, quick: bool, with_openvino: bool) -> None:
        self._model, self._options = model, ("--time", "0.6") if quick else ()
        self.noisy = 0
        self._seconds = measure(model, *self._options).wall_s
        self._programs: dict[str, Callable[[], float]] = {
            OURS: self._effprof,
            "bare loop": self._bare_loop,
        }
        if with_openvino:
            self._programs["benchmark_app"] = self._benchmark_app

    def run(self, rounds: int) -> dict[str, list[float]]:
        taken: dict[str, list[float]] = {name: [] for name in self._programs}
        names = list(self._programs)
        for turn in range(rounds):
            for place in turn_order(len(names), turn):
                taken[names[place]].append(self._programs[names[place]]())
        return taken

    def _effprof(self) -> float:
        found = measure(self._model, *self._options)
        self._seconds = found.wall_s
        self.noisy += bool(found.warning("noisy-host"))
        return found.p50_s

    def _bare_loop(self) -> float:
        command = [
            sys.executable,
            "-m",
            "benchmarks.bare_loop",
            str(self._model),
            str(self._seconds),
        ]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    def _benchmark_app(self) -> float:
        shapes = {"bytes": (1, 2048)}  # magika's only input
        seconds = max(1, round(self._seconds))
        return openvino_app.median_s(self._model, shapes, os.cpu_count() or 1, seconds)


def _rows(taken: Mapping[str, Sequence[float]]) -> list[Row]:
    found = {name: variation(values) for name, values in taken.items()}
    rows = [
        Row(f"variation of p50, {name}", one.value, one.low, one.high, one.n, "%")
        for name, one in found.items()
    ]
    for name, other in found.items():
        if name != OURS:
            ratio = variation_ratio(found[OURS], other)
            what = f"effprof's over {name}'s"
            rows.append(Row(what, ratio.value, ratio.low, ratio.high, ratio.n, "1", limit=1.0))
    return rows


def _listed(values: Sequence[float]) -> str:
    return ", ".join(shown(value, "s") for value in values)
