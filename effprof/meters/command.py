"""An instrument outside: a command that prints lines of time and watts, or a file that grows.

What a line is, and which are believed, is told in `sieve.py`.
"""

import os
import select
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from time import perf_counter, sleep
from typing import IO, Any, Literal

from effprof.meters import sysfs
from effprof.meters.sieve import Sieve
from effprof.ports import Counter, Refusal

WANTED = "a command that prints lines of seconds and watts, or a file that grows by them"
LOOK_S = 0.02
"""Between two looks at what may have come."""
MOST_AT_ONCE = 1 << 16
LONGEST_LINE = 4096
"""Characters; what is longer comes in pieces, of which none is a reading."""
EXIT_S = 0.2
"""For a command to end after its output; other counters are not polled meanwhile."""


class Command:
    metrics: Sequence[str] = sysfs.METRICS
    disturbs = True
    scope = "what the external meter stands in"

    def __init__(self) -> None:
        self._lines: Lines | None = None

    def present(self) -> bool:
        return False

    def unavailable(self) -> str | None:
        return "no external meter: --meter-command names one"

    def counters(self, options: Mapping[str, Any]) -> Sequence[Counter]:
        self._lines = Lines(str(options["command"]))
        return [self._lines]

    def temperature(self) -> float | None:
        return None

    def close(self) -> None:
        if self._lines is not None:
            self._lines.close()


class Lines:
    """Readings as they come, by a thread; `drain` hands over what has come."""

    unit: Literal["J", "W"] = "W"
    every = True  # a line is an update, also where its watts are those of the line before

    def __init__(self, words: str) -> None:
        self.name = words
        self._process: subprocess.Popen[bytes] | None = None
        self._over = threading.Event()
        self._sieve = Sieve()
        source = self._open(words)
        self._thread = threading.Thread(target=self._listen, args=(source,), daemon=True)
        self._thread.start()

    def _open(self, words: str) -> Iterator[str]:
        path = Path(words)
        if _is_file(words) and not os.access(path, os.X_OK):
            return _lines(_growing(*_at_end(path), self._over))
        try:
            self._process = subprocess.Popen(
                shlex.split(words),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
        except (OSError, ValueError, IndexError) as error:
            raise Refusal("request", f"--meter-command {words}: {error}", WANTED) from None
        assert self._process.stdout is not None
        return _lines(_piped(self._process.stdout, self._over))

    def _listen(self, source: Iterator[str]) -> None:
        with suppress(OSError, ValueError):  # closed under it
            for line in source:
                if self._over.is_set() or self._sieve.fault:
                    return
                self._sieve.take(line, perf_counter())

    def drain(self) -> Sequence[tuple[float, float]]:
        alive = self._thread.is_alive()
        new = self._sieve.handed_over()
        if not new and (fault := self._sieve.fault or ("" if alive else self._ended())):
            raise ValueError(f"--meter-command {self.name} {fault}")
        return new

    def _ended(self) -> str:
        """Its output ends a moment before the process does, whose exit code is worth the wait."""
        code = None
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(EXIT_S)
        return f"ended {self._sieve.told()}" + ("" if code is None else f", exit code {code}")

    def close(self) -> None:
        self._over.set()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        # Within LOOK_S, also where a child of the command's holds its output open.
        self._thread.join(timeout=1)
        if self._process is not None and self._process.stdout is not None:
            with suppress(OSError, ValueError):
                self._process.stdout.close()


def _is_file(words: str) -> bool:
    """False too of a command that is longer than any name may be, where Path would raise."""
    return os.path.isfile(words)  # noqa: PTH113


def unfit(words: str) -> str | None:
    """Why this is neither a file that may grow nor a command that can be started."""
    if _is_file(words):
        return None
    try:
        first = shlex.split(words)[0]
    except ValueError as error:
        return str(error)
    except IndexError:
        return "names nothing"
    return None if shutil.which(first) else f"{first} is no command here, and no file"


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    """Whole ones; one that is too long comes in parts."""
    part = ""
    for piece in pieces:
        *lines, part = (part + piece).split("\n")
        yield from lines
        if len(part) > LONGEST_LINE:
            yield part
            part = ""
    if part:
        yield part


def _at_end(path: Path) -> tuple[FileIO, bool]:
    """Opened behind what is there; and whether that ends within a line."""
    file = path.open("rb", buffering=0)
    if not (size_bytes := file.seek(0, os.SEEK_END)):
        return file, False
    file.seek(size_bytes - 1)
    return file, file.read(1) != b"\n"


def _growing(file: FileIO, begun: bool, over: threading.Event) -> Iterator[str]:
    """What is written to it from now on; all of it once it was cut short, as logs are.

    `begun`: the rest of a line comes first. Of `1745.3 20` that is `5.3 20`, another reading.
    """
    with file:
        while not over.is_set():
            if os.fstat(file.fileno()).st_size < file.tell():
                file.seek(0)
                begun = False
            piece = file.read(MOST_AT_ONCE)
            if begun:
                _, newline, piece = piece.partition(b"\n")
                begun = not newline
            if piece:
                yield piece.decode(errors="replace")
            else:
                sleep(LOOK_S)


def _piped(pipe: IO[bytes], over: threading.Event) -> Iterator[str]:
    """What comes until the output ends. It is never waited for: a child that the command leaves
    behind holds the other end open.
    """
    while not over.is_set():
        if not select.select([pipe], [], [], LOOK_S)[0]:
            continue
        piece = os.read(pipe.fileno(), MOST_AT_ONCE)
        if not piece:
            return
        yield piece.decode(errors="replace")
