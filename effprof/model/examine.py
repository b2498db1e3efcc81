"""The child: `python -m effprof.model.examine FD` reads one request on stdin, answers on FD.

Anything not named here ends as a traceback on stderr, whose last line the parent shows.
"""

import os
import resource
import sys
from contextlib import suppress

import msgspec

from effprof.base.errors import ModelError
from effprof.model.wire import Reply, Request


def answer(request: Request) -> Reply:
    """What the request asks for; ModelErrors are part of the answer."""
    try:
        return _tflite(request) if request.format == "tflite" else _onnx(request)
    except ModelError as error:
        return Reply(error=error.message, hint=error.hint)


def _onnx(request: Request) -> Reply:
    from effprof.model import facts, graph, operators, order, unpack

    if request.task == "unpack":
        return Reply(written=unpack.unpack(request.tensors, request.folder))
    model = graph.load(request.path)
    order.sort(model.graph)
    if request.task == "count":
        return Reply(counts=operators.count(model, request.shapes, request.inputs))
    return Reply(facts=facts.facts(model))


def _tflite(request: Request) -> Reply:
    from effprof.model.tflite import facts, operators, reader

    found = reader.load(request.path)
    if request.task == "count":
        return Reply(counts=operators.count(found, request.shapes))
    return Reply(facts=facts.facts(found))


def _limit_memory(limit_bytes: int) -> None:
    # Not the worker's way (RLIMIT_AS kills runtimes that reserve much): a parser reserves little,
    # and here a clean MemoryError is worth more than an exact bound. macOS refuses to set it.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))


def main() -> None:
    request = msgspec.json.decode(sys.stdin.buffer.readline(), type=Request)
    _limit_memory(request.limit_bytes)
    reply = msgspec.json.encode(answer(request))
    with os.fdopen(int(sys.argv[1]), "wb") as out:
        out.write(reply)
    sys.stdout.flush()
    os._exit(0)  # freeing a large protobuf, node by node, takes longer than the answer


if __name__ == "__main__":
    main()
