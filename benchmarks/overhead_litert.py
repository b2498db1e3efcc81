"""Claim: effprof's loop adds less than 2 us to a run of LiteRT, or 1 % where one takes over 1 ms.

Method and reading as in overhead.py; the loops beside effprof's are what a person writes around an
interpreter on one thread:

  unclocked   for _ in range(n): interpreter.invoke(), timed once from outside
  bare loop   the same with perf_counter_ns before and after each, appended to a list

Models: a convolution with a dense layer that the tests write, and the reference networks of MLPerf
Tiny where they lie in ../shared/models.
"""

import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any

import numpy as np

from benchmarks.child import ROOT
from benchmarks.noise import Witness
from benchmarks.outcome import Outcome
from benchmarks.overhead import Block, rows
from effprof.backends.litert import LiteRt
from tests.model.tflite_build import network

CLAIM = "the loop adds < 2 us a run of LiteRT, or < 1 % to runs over 1 ms"
REFERENCES = ("kws_int8", "vww_int8", "ic_int8")


def unclocked(interpreter: Any, runs: int) -> Block:
    began = perf_counter_ns()
    for _ in range(runs):
        interpreter.invoke()
    wall_s = (perf_counter_ns() - began) / runs / 1e9
    return Block(wall_s, wall_s, wall_s)


def bare_loop(interpreter: Any, runs: int) -> Block:
    taken = []
    began = perf_counter_ns()
    for _ in range(runs):
        start = perf_counter_ns()
        interpreter.invoke()
        end = perf_counter_ns()
        taken.append(end - start)
    wall_s = (perf_counter_ns() - began) / runs / 1e9
    return Block(wall_s, median(taken) / 1e9, sum(taken) / runs / 1e9)


def run(*, quick: bool) -> Outcome:
    witness = Witness()
    outcome = Outcome("overhead_litert", CLAIM, quick=quick)
    with tempfile.TemporaryDirectory() as folder:
        for path in _models(Path(folder)):
            backend = LiteRt()
            backend.start()
            session = backend.load(str(path), {"threads": 1})
            arrays = _arrays(session)
            session.run(arrays)
            call, interpreter = session.bind(arrays), session.interpreter
            loops = partial(unclocked, interpreter), partial(bare_loop, interpreter)
            outcome.rows += rows(path.stem, call, *loops, 1.0 if quick else 10.0)
    outcome.notes.append("differences to the loop beside; its own figure stands there too")
    outcome.host = witness.told()
    return outcome


def _models(folder: Path) -> list[Path]:
    shared = [ROOT.parent / "shared" / "models" / f"{name}.tflite" for name in REFERENCES]
    return [network(folder / "small.tflite"), *(path for path in shared if path.exists())]


def _arrays(session: Any) -> dict[str, Any]:
    """Zeros: what the values are changes nothing in these networks."""
    details = session.interpreter.get_input_details()
    return {
        name: np.zeros(one["shape"], one["dtype"])
        for name, one in zip(session.inputs, details, strict=True)
    }
