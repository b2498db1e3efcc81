"""TensorFlow Lite Micro's interpreter on this machine: a second opinion on answers and arena.

Its kernels are the reference ones, written to be right; its latency here is that of no
microcontroller. Its arena holds structures with pointers of 64 bits, so a board's is smaller.
"""

import importlib.util
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

from effprof.base.records import OperatorTime
from effprof.ports import Arrays, Refusal

EXTRA = "pip install 'effprof[tflm]'"
SOURCE = "tflite-micro host, 64-bit structures"
ARENAS_BYTES = tuple(2**power for power in (18, 21, 24, 27, 30))
"""Tried in turn: 256 KiB to 1 GiB. What is used of it does not depend on its size."""

_USED = re.compile(r"Arena allocation total (\d+) bytes")


class TfLiteMicro:
    formats: Sequence[str] = ("tflite",)
    packages: Sequence[str] = ("tflite-micro",)

    def unavailable(self) -> str | None:
        if importlib.util.find_spec("tflite_micro") is None:
            return f"tflite-micro is not installed ({EXTRA})"
        return None

    def refuses(self, model: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
        if model["format"] not in self.formats:
            return f"TensorFlow Lite Micro loads TFLite files, this is {model['format']}"
        if options.get("threads", 1) != 1:
            return f"TensorFlow Lite Micro runs on one thread, not {options['threads']}"
        return None

    def start(self) -> Mapping[str, str]:
        from importlib import metadata

        import numpy as np
        from tflite_micro import runtime  # noqa: F401  so that its loading is not the model's

        from effprof.model.tflite import facts, reader  # noqa: F401  nor that of what reads names

        return {"tflite-micro": metadata.version("tflite-micro"), "numpy": np.__version__}

    def load(self, path: str, options: Mapping[str, Any]) -> "TflmSession":
        return TflmSession(path)

    def operators(
        self, path: str, options: Mapping[str, Any], arrays: Arrays, seconds: float
    ) -> Sequence[OperatorTime] | str:
        return "TensorFlow Lite Micro's Python interpreter tells no times of operators"


class TflmSession:
    """One interpreter; `settings` has its arena as it counts it, which is that of no board."""

    def __init__(self, path: str) -> None:
        from effprof.model.tflite.facts import names
        from effprof.model.tflite.reader import load

        file = load(path)
        inputs, outputs = names(file)
        self._inputs = {inputs[tensor]: place for place, tensor in enumerate(file.main.inputs)}
        self._outputs = [outputs[tensor] for tensor in file.main.outputs]
        self._interpreter, self._arena_bytes = _made(path)

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"threads": 1, "arena_bytes": self._arena_bytes, "arena_of": SOURCE}

    def run(self, arrays: Arrays) -> dict[str, Any]:
        """Variables start afresh each time."""
        self._interpreter.reset()
        self._feed(arrays)
        self._interpreter.invoke()
        return {
            name: self._interpreter.get_output(place) for place, name in enumerate(self._outputs)
        }

    def bind(self, arrays: Arrays) -> Callable[[], object]:
        """Feeding is part of a run: the arena may give an input's memory to a later tensor."""
        arrays = dict(arrays)

        def once() -> None:
            self._feed(arrays)
            self._interpreter.invoke()

        return once

    def close(self) -> None:
        del self._interpreter

    def _feed(self, arrays: Arrays) -> None:
        try:
            for name, array in arrays.items():
                self._interpreter.set_input(array, self._inputs[name])
        except (ValueError, RuntimeError, IndexError) as error:
            text = " ".join(str(error).split())
            raise Refusal(
                "request",
                f"TensorFlow Lite Micro refuses these inputs: {text}",
                "its shapes are those of the file: leave --batch and --shape out",
            ) from error


def _made(path: str) -> tuple[Any, int]:
    """The interpreter, and the bytes of its arena that are used."""
    from tflite_micro import runtime

    said = ""
    for size_bytes in ARENAS_BYTES:
        with _overheard() as heard:
            try:
                made = runtime.Interpreter.from_file(path, arena_size=size_bytes)
                made.print_allocations()
            except (RuntimeError, ValueError) as error:
                said = _heard(heard) or str(error)
                continue
            if used := _USED.search(_heard(heard)):
                return made, int(used[1])
            raise Refusal("failed", "TensorFlow Lite Micro does not tell its arena", "")
    raise Refusal(
        "request",
        f"TensorFlow Lite Micro does not take this model: {_why(said)}",
        "effprof inspect names its operators",
    )


@contextmanager
def _overheard() -> Iterator[IO[bytes]]:
    """What native code prints on stdout and stderr meanwhile goes to this file."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    with tempfile.TemporaryFile() as heard:
        try:
            os.dup2(heard.fileno(), 1)
            os.dup2(heard.fileno(), 2)
            yield heard
        finally:
            for number, old in zip((1, 2), kept, strict=True):
                os.dup2(old, number)
                os.close(old)


def _why(said: str) -> str:
    """Its last two lines: what is not supported, and at which node; no path of its source."""
    lines = [re.sub(r"^tensorflow/\S+ ", "", line.strip()) for line in said.splitlines()[-2:]]
    return "; ".join(filter(None, lines))[:300]


def _heard(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(1 << 20).decode("utf-8", "replace")
