"""One step of a conversion in a process of its own: a deadline, a memory limit, one answer."""

import json
import os
import select
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from effprof.base.errors import UnfinishedError
from effprof.base.process import Child, last_line
from effprof.convert import room

_ENTRY = Path(__file__).parent / "children" / "__main__.py"
_ANSWER_LIMIT_BYTES = 64 * 2**20
_LOOK_S = 0.2


class Broken(Exception):
    """The step gave no result; the text says why in one line."""


class Crashed(Broken):
    """Native code of a library ended the process."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one step: seconds it may take, resident bytes it and its children may hold."""

    deadline_s: float = 300.0
    memory_bytes: int | None = None


def ask(
    step: str, request: Mapping[str, Any], limits: Limits, python: str = sys.executable
) -> dict[str, Any]:
    """The answer of `children/STEP.py`; Broken where it failed, UnfinishedError at a limit.

    LackingError where it failed for want of space on the disk.
    """
    try:
        return _asked(step, request, limits, python)
    except Broken as bad:
        room.check(request, str(bad))
        raise


def _asked(step: str, request: Mapping[str, Any], limits: Limits, python: str) -> dict[str, Any]:
    # Its packages are its own, and what it prints is nobody's business.
    env: dict[str, str | None] = {"TF_CPP_MIN_LOG_LEVEL": "3", "OPENBLAS_NUM_THREADS": "1"}
    env["TMPDIR"] = str(room.place(request))  # what a step leaves that is killed goes with it
    if python != sys.executable:
        env |= {"PYTHONPATH": None, "PYTHONHOME": None}
    with Child([python, "-P", "-W", "ignore", str(_ENTRY)], env) as child:
        child.send(json.dumps({"step": step, **request}) + "\n")
        answer = _receive(child, step, limits)
        code, said = child.finish(), last_line(child.tail())
    try:
        told = dict(json.loads(answer))
    except ValueError:
        raise _ending(code, _without_places(said, request)) from None
    if "failed" in told:
        raise Broken(_without_places(_first_line(str(told["failed"])), request))
    return told


def _ending(code: int | None, said: str) -> Broken:
    more = f": {said}" if said else ""
    if code is not None and code < 0:
        return Crashed(f"it was killed by {signal.Signals(-code).name}{more}")
    return Broken(f"it ended without a word{more}")


def _without_places(text: str, request: Mapping[str, Any]) -> str:
    """Files of the cache say nothing to a user: their names do, their folders do not."""
    places = [one for one in request.values() if isinstance(one, str) and Path(one).is_absolute()]
    for folder in sorted({str(Path(one).parent) for one in places}, key=len, reverse=True):
        text = text.replace(f"{folder}{os.sep}", "")
    return text


def _receive(child: Child, step: str, limits: Limits) -> bytes:
    answer, until_s = bytearray(), time.monotonic() + limits.deadline_s
    while len(answer) < _ANSWER_LIMIT_BYTES:
        if select.select([child.answers], [], [], _LOOK_S)[0]:
            piece = os.read(child.answers.fileno(), 1 << 16)
            if not piece:
                break
            answer += piece
            continue
        if time.monotonic() > until_s:
            raise UnfinishedError(
                f"the step {step} of the conversion did not end within {limits.deadline_s:g} s",
                hint=f"--timeout {2 * limits.deadline_s:g} if it only needs longer",
            )
        _check_memory(child.pid, step, limits.memory_bytes)
    return bytes(answer)


def _check_memory(pid: int, step: str, limit_bytes: int | None) -> None:
    held = _resident_bytes(pid) if limit_bytes is not None else 0
    if limit_bytes is not None and held > limit_bytes:
        raise UnfinishedError(
            f"the step {step} of the conversion held {held / 2**20:.0f} MiB of memory, "
            f"{limit_bytes / 2**20:.0f} MiB were free for it",
            hint="convert it on a machine with more memory and give the .tflite",
        )


def _resident_bytes(pid: int) -> int:
    """Of the process and its children; those that have just ended hold nothing."""
    import psutil

    held = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                held += int(one.memory_info().rss)
    return held


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing"])[0][:300]
