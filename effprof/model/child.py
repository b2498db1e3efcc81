"""Runs `effprof.model.examine` on a model file; whatever happens there becomes one clear line.

Parsing a stranger's protobuf with native code can crash, hang or eat memory, so it never happens
in this process.
"""

import os
import select
import signal
import sys
import time
from functools import lru_cache, partial
from pathlib import Path

import msgspec

from effprof.base import digest
from effprof.base.errors import ModelError
from effprof.base.process import Child, last_line
from effprof.model import kept
from effprof.model.wire import Reply, Request

DEADLINE_S = 60.0
_ANSWER_LIMIT_BYTES = 256 * 2**20  # a graph of 100,000 operators answers with about 40 MB
# -P: a file named onnx.py in the user's folder is not what `import onnx` should find.
_COMMAND = (sys.executable, "-P", "-m", "effprof.model.examine")
# One thread each: the child computes nothing, and BLAS threads reserve address space.
_ENV = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def address_limit_bytes(size_bytes: int) -> int:
    """Address space the child may reserve for a model file of this size.

    Python, numpy and onnx reserve 0.5 GiB. The file is held once as bytes and once parsed, and its
    graph without large weights is copied a few times more.
    """
    return 4 * size_bytes + 2 * 2**30


def ask(request: Request, deadline_s: float = DEADLINE_S) -> Reply:
    """The child's answer; ModelError when it refuses, crashes, hangs or eats memory.

    A child takes 0.4 s to start, and one command asks the same of a file again and again
    (`variants` of the original, each target anew): answers are remembered as long as the file stays
    as it is, and kept for the next command (kept.py).
    """
    question = msgspec.json.encode(request)
    try:
        as_it_is = digest.stamp(Path(request.path))
    except (OSError, ValueError):  # the child says it better
        return _asked(question, request.path, deadline_s)
    if request.task == "unpack":
        return _asked(question, request.path, deadline_s)
    return _remembered(question, request.path, as_it_is, deadline_s)


@lru_cache(maxsize=64)
def _remembered(question: bytes, path: str, _as_it_is: digest.Stamp, deadline_s: float) -> Reply:
    return kept.reply(question, partial(_asked, question, path, deadline_s))


def _asked(question: bytes, path: str, deadline_s: float) -> Reply:
    with Child(_COMMAND, _ENV) as child:
        child.send(question.decode() + "\n")
        answer = _receive(child, time.monotonic() + deadline_s)
        if answer is None:
            raise ModelError(
                f"{path}: examining it did not finish within {deadline_s:g} s",
                hint="it may be damaged, made to hang, or have 100,000 operators and more",
            )
        code, said = child.finish(), last_line(child.tail())
    return _decode(path, answer, code, said)


def _receive(child: Child, until_s: float) -> bytes | None:
    """Everything the child answered, also when it died half-way; None: the deadline passed."""
    answer = bytearray()
    while len(answer) < _ANSWER_LIMIT_BYTES:
        left_s = until_s - time.monotonic()
        if left_s <= 0 or not select.select([child.answers], [], [], left_s)[0]:
            return None
        piece = os.read(child.answers.fileno(), 1 << 16)
        if not piece:
            break
        answer += piece
    return bytes(answer)


def _decode(path: str, answer: bytes, code: int | None, said: str) -> Reply:
    try:
        reply = msgspec.json.decode(answer, type=Reply)
    except msgspec.DecodeError:
        raise ModelError(
            f"{path}: this model cannot be examined: {_ending(code, said)}",
            hint="is the file complete?",
        ) from None
    if reply.error:
        raise ModelError(f"{path}: {reply.error}", hint=reply.hint)
    return reply


def _ending(code: int | None, said: str) -> str:
    if said.startswith("MemoryError") or "bad_alloc" in said:
        return "it needs more memory than its size allows"
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return f"the parser was killed by {name}" + (f" ({said})" if said else "")
    return said or "the parser ended without a word"
