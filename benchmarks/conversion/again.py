"""A model that was converted before, taken again: what the next command waits for.

`python -m benchmarks.conversion.again MODEL SINCE` is that command up to its first worker, timed;
SINCE is the monotonic clock when it was started.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.child import ROOT, environment

TIMES = 7


@dataclass(frozen=True, slots=True)
class Seconds:
    """`deploy`: the step that makes the file, or finds it; `before`: all until a worker starts."""

    deploy: tuple[float, ...]
    before: tuple[float, ...]


def seconds(model: Path) -> Seconds:
    """Of several processes, one after the other, with what they share in the page cache."""
    _once(model)  # the first one compiles
    told = [_once(model) for _ in range(TIMES)]
    return Seconds(tuple(one["deploy"] for one in told), tuple(one["before"] for one in told))


def _once(model: Path) -> dict[str, float]:
    command = [sys.executable, "-m", __name__, str(model), str(time.monotonic())]
    env = environment() | {"EFFPROF_DATA": os.environ["EFFPROF_DATA"]}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return {key: float(value) for key, value in json.loads(done.stdout).items()}


def main(model: str, since: float) -> None:
    from effprof.host import describe
    from effprof.target import load

    room: Any = importlib.import_module("effprof.measure.prepare")
    taken = 0.0
    deploy = room.deploy

    def watched(*given: object) -> object:
        nonlocal taken
        began = time.monotonic()
        found = deploy(*given)
        taken += time.monotonic() - began
        return found

    room.deploy = watched
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        prepared = room.prepare(room.Asked(Path(model), load("mobile")), Path(scratch))
    assert prepared.deployed.converted
    assert prepared.deployed.converted["cached"], "it was converted anew"
    describe()
    sys.stdout.write(json.dumps({"deploy": taken, "before": time.monotonic() - since}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
