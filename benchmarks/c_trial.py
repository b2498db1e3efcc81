"""One process of the C API comparison: `python -m benchmarks.c_trial REQUEST`, JSON in and out.

REQUEST: model, threads, seconds, loop (the compiled C loop), c_first (which session is made first).
Answer: for each of effprof, c_bound, c_plain and control (c_bound again), the median seconds a run
of every block. Before a block its own form runs unread, so that what ran before it (the other
session's spinning threads, caches) does not decide; the order is shuffled in every round.
"""

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import models
from benchmarks.c_session import Api, CSession, close_enough, library
from effprof.worker import loop

BLOCK_S = 0.02
SETTLE_S = 0.03
SETTLE_RUNS = 3

Form = Callable[[int, int], list[int]]


def answer(request: dict[str, Any]) -> dict[str, list[float]]:
    loaded = models.load(Path(request["model"]), request["threads"])
    api = Api(_library())

    def c_session() -> CSession:
        loop_path, model = Path(request["loop"]), Path(request["model"])
        return CSession(api, loop_path, model, loaded.options, loaded.arrays, loaded.outputs)

    session = c_session()
    if request["c_first"]:
        # Another Python session, made after the C one: which came first must not decide.
        loaded = models.load(Path(request["model"]), request["threads"])
    forms: dict[str, Form] = {
        "effprof": lambda readings, runs: list(
            loop.time_block(loaded.call, readings, runs).wall_ns
        ),
        "c_bound": session.time_bound_runs,
        "c_plain": session.time_plain_runs,
        "control": session.time_bound_runs,
    }
    run_s = loop.warm_up(loaded.call, 0.5)[1]
    session.time_bound_runs(max(3, int(0.1 / run_s)), 1)
    if not close_enough(list(session.outputs.values()), list(loaded.outputs.values())):
        raise RuntimeError("the C API's outputs differ from those of the Python session")
    return _in_turn(forms, run_s, request["seconds"])


def _library() -> Path:
    found = library()
    assert found is not None
    return found


def _in_turn(forms: dict[str, Form], run_s: float, seconds: float) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in forms}
    several = loop.runs_per_reading(run_s)
    readings = max(3, int(BLOCK_S / run_s / several))
    settling = max(SETTLE_RUNS, int(SETTLE_S / run_s))
    names, shuffled = list(forms), random.Random(0)
    round_s = len(forms) * (settling * run_s + max(BLOCK_S, 3 * run_s))
    with loop.quiet():
        for _ in range(max(4, round(seconds / round_s))):
            shuffled.shuffle(names)
            for name in names:
                forms[name](settling, 1)
                taken[name].append(median(forms[name](readings, several)) / several / 1e9)
    return taken


if __name__ == "__main__":
    print(json.dumps(answer(json.loads(sys.argv[1]))))
