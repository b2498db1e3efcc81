"""Arm's compiler Vela in a process of its own, with a deadline and a memory limit; its summary."""

import csv
import os
import re
import select
import shutil
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from effprof.base.errors import ModelError, UnfinishedError
from effprof.base.process import Child, last_line

DEADLINE_S = 300.0
MEMORY_BYTES = 8 * 2**30
"""Of addresses; the models that fit such a part need a few hundred megabytes."""
SAID_BYTES = 16 * 2**20

_LOOK_S = 0.2
_RUN = """
import os, resource, sys
folder, limit = sys.argv[1], int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
os.chdir(folder)
os.dup2(os.open("said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
from ethosu.vela.vela import main
sys.exit(main(sys.argv[3:-1]))
"""
"""The last argument is the pipe that its parent waits on; what it prints of operators is kept."""
_ON_CPU = re.compile(r"^\s+CPU: \w+ = (.*) \(outputs", re.MULTILINE)
_REFUSED = re.compile(r"operator: (\w+), ofm: '(.*)'")


def compiled(
    model: Path, folder: Path, arguments: Sequence[str]
) -> tuple[Mapping[str, str], Mapping[str, int]]:
    """The row of Vela's summary, and the operators left to the CPU: kind -> how many.

    ModelError where it does not compile the model, UnfinishedError at a limit.
    """
    shutil.copyfile(model, folder / "model.tflite")  # whatever its own name is
    words = [*arguments, "--output-dir", ".", "--show-cpu-operations", "model.tflite"]
    command = [sys.executable, "-P", "-W", "ignore", "-c", _RUN, str(folder), str(MEMORY_BYTES)]
    with Child([*command, *words], {"OPENBLAS_NUM_THREADS": "1"}) as child:
        child.send("")
        _await(child)
        code, complaint = child.finish(), last_line(child.tail())
    if code != 0:
        raise _failure(code, complaint)
    with (folder / "said.txt").open(encoding="utf-8", errors="replace") as said:
        on_cpu = _on_cpu(said.read(SAID_BYTES))
    summary = next(folder.glob("model_summary_*.csv"))
    with summary.open(encoding="utf-8", newline="") as rows:
        return next(csv.DictReader(rows)), on_cpu


def _on_cpu(said: str) -> Mapping[str, int]:
    """Those it lists are named by the tensor they write; their kinds are in its warnings."""
    kinds = {tensor: kind for kind, tensor in _REFUSED.findall(said)}
    return Counter(
        kinds.get(tensor, "of a kind Vela does not tell") for tensor in _ON_CPU.findall(said)
    )


def _await(child: Child) -> None:
    until_s = time.monotonic() + DEADLINE_S
    while True:
        if select.select([child.answers], [], [], _LOOK_S)[0]:
            if not os.read(child.answers.fileno(), 1 << 16):
                return
        elif time.monotonic() > until_s:
            raise UnfinishedError(f"Vela did not end within {DEADLINE_S:g} s")


def _failure(code: int | None, complaint: str) -> ModelError | UnfinishedError:
    if "MemoryError" in complaint or "bad_alloc" in complaint:
        return UnfinishedError(f"Vela wanted more than {MEMORY_BYTES // 2**30} GiB of memory")
    ending = f"it was killed by signal {-code}" if code and code < 0 else f"it ended with {code}"
    return ModelError(
        f"Vela does not compile this model: {complaint[:300] or ending}",
        hint="is the file whole? effprof inspect shows what is in it",
    )
