"""One worker from start to ending, watched for its deadline and its memory.

The parent sleeps in `select` and wakes a few times a second; it never spins, since a busy parent
is a neighbour on the same cores.
"""

import json
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from effprof.base.process import Child, last_line
from effprof.base.records import Block, Ending
from effprof.worker.protocol import Request, decode_block, encode

ENTRY = Path(__file__).resolve().parents[1] / "worker" / "__main__.py"

POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""The harness computes nothing: no pool of numpy's may spin beside the runtime's."""
LOOK_S = 0.1
"""Between two looks at the worker's memory while it loads; one look costs 0.05 ms."""
LOOK_RUNNING_S = 0.25
LINE_LIMIT_BYTES = 1 << 28


@dataclass(frozen=True, slots=True)
class Limits:
    """`silence_s`: how long a phase may last, on top of the time it was asked to take."""

    silence_s: float = 300.0
    work_s: float = 0.0
    memory_bytes: int | None = None


@dataclass(slots=True)
class Answer:
    """All that one worker said, and how it ended."""

    ending: Ending = Ending.BROKEN
    phase: str = "start"
    detail: str = ""
    hint: str = ""
    kind: str = ""  # of an error: request, lacking, failed
    loaded: dict[str, Any] = field(default_factory=dict)
    python: str = ""  # version of the interpreter it runs under
    packages: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    blocks: dict[int, tuple[Block, ...]] = field(default_factory=dict)
    resident_bytes: int = 0
    cached: bool = False  # of an earlier run: no worker was asked

    @property
    def ok(self) -> bool:
        return self.ending is Ending.OK


def launch(
    request: Request,
    limits: Limits,
    *,
    python: str = sys.executable,
    env: Mapping[str, str] | None = None,
    on_phase: Callable[[str], None] = lambda _phase: None,
) -> Answer:
    """Runs the request in a fresh worker; never raises for what the worker does."""
    extra: dict[str, str | None] = dict.fromkeys(POOLS, "1")
    if python != sys.executable:  # our packages must not shine through in another environment
        extra |= {"PYTHONPATH": None, "PYTHONHOME": None}
    answer = Answer()
    # A worker that is killed cannot take away what it has left: its temporary files lie here.
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        extra |= {"TMPDIR": scratch, **(env or {})}
        with Child([python, "-P", str(ENTRY)], extra) as child:
            child.send(encode(request))
            _listen(child, answer, limits, on_phase)
    return answer


def _listen(child: Child, answer: Answer, limits: Limits, on_phase: Callable[[str], None]) -> None:
    pending = b""
    last_word = ""
    began = time.monotonic()
    while True:
        if not _readable(child, answer.phase):
            if _over_memory(child, answer, limits) or _over_time(answer, limits, began):
                return
            continue
        piece = os.read(child.answers.fileno(), 1 << 16)
        if not piece or len(pending) > LINE_LIMIT_BYTES:
            break
        *lines, pending = (pending + piece).split(b"\n")
        for line in lines:
            word = _take(line, answer)
            last_word = word if word in ("done", "error") else last_word
            if word == "phase":
                began = time.monotonic()
                on_phase(answer.phase)
        if last_word:  # a grandchild may hold the pipe open for ever
            break
        if _over_memory(child, answer, limits) or _over_time(answer, limits, began):
            return
    _conclude(child, answer, last_word)


def _readable(child: Child, phase: str) -> bool:
    wait_s = LOOK_RUNNING_S if phase in ("run", "warm-up") else LOOK_S
    return bool(select.select([child.answers], [], [], wait_s)[0])


def _take(line: bytes, answer: Answer) -> str:
    """Files one message away; what it said. A line that is no message says nothing."""
    try:
        message = json.loads(line)
        word = str(message.pop("say"))
    except (ValueError, KeyError, AttributeError, TypeError):
        return ""
    match word:
        case "hello":
            answer.python = message["python"]
        case "phase":
            answer.phase = message["name"]
        case "runtime":
            answer.packages, answer.settings = message["packages"], message["settings"]
        case "loaded":
            answer.loaded = message
        case "found":
            answer.found |= message
        case "latencies":
            blocks = tuple(decode_block(block) for block in message["blocks"])
            answer.blocks[message["session"]] = blocks
        case "error":
            answer.kind, answer.detail = message["kind"], message["message"]
            answer.hint = message["hint"]
    return word


def _over_memory(child: Child, answer: Answer, limits: Limits) -> bool:
    if limits.memory_bytes is None:
        return False
    answer.resident_bytes = max(answer.resident_bytes, resident_bytes(child.pid))
    if answer.resident_bytes <= limits.memory_bytes:
        return False
    answer.ending = Ending.MEMORY
    answer.hint = "a smaller --batch needs less; memory_limit in the target's YAML allows more"
    answer.detail = (
        f"resident memory reached {answer.resident_bytes / 2**20:.0f} MiB in phase {answer.phase}, "
        f"the limit is {limits.memory_bytes / 2**20:.0f} MiB"
    )
    return True


def _over_time(answer: Answer, limits: Limits, began: float) -> bool:
    allowed_s = limits.silence_s + (limits.work_s if answer.phase in ("run", "operators") else 0)
    if time.monotonic() - began <= allowed_s:
        return False
    answer.ending = Ending.TIMEOUT
    answer.hint = f"--timeout {2 * limits.silence_s:g} if it only needs longer"
    answer.detail = f"phase {answer.phase} did not end within {allowed_s:g} s"
    return True


def _conclude(child: Child, answer: Answer, last_word: str) -> None:
    """The ending by what the parent sees once the pipe is closed."""
    status = child.finish()
    if last_word == "error":
        answer.ending = Ending.ERROR
    elif last_word == "done":
        answer.ending = Ending.OK
    elif status is not None and status < 0:
        answer.ending = Ending.CRASHED
        answer.detail = _crash(-status, answer.phase)
    else:
        answer.ending = Ending.BROKEN
        said = last_line(child.tail())
        answer.detail = f"the worker ended without a last word in phase {answer.phase}: {said}"


def _crash(number: int, phase: str) -> str:
    name = signal.Signals(number).name
    told = f"the worker was killed by {name} in phase {phase}"
    return told + (", likely by the kernel: out of memory" if name == "SIGKILL" else "")


def resident_bytes(pid: int) -> int:
    """Resident memory of the process now; 0 once it is gone."""
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
