"""An instrument outside: a command that prints lines of time and watts, or a file that grows.

A line is two numbers, seconds and watts, apart by a comma or by blanks; others are passed over,
and so are lines out of order. Seconds may count from anywhere: the smallest delay seen between a
line's own time and its coming tells where they began, so a line that was held up for a moment does
no harm.
"""

import math
import os
import re
import select
import shlex
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from time import perf_counter, sleep
from typing import IO, Any, Literal

from effprof.meters import sysfs
from effprof.ports import Counter, Refusal

_SPLIT = re.compile(r"[,;\s]+")
WANTED = "a command that prints lines of seconds and watts, or a file that grows by them"
LOOK_S = 0.02
"""Between two looks at what may have come."""
MOST_WATTS = 1e6
MOST_AT_ONCE = 1 << 16
LONGEST_LINE = 4096
"""Characters; what is longer comes in pieces, of which none is a reading."""
CLOSEST_S = 0.001
"""Nearer lines are one reading: no faster are other counters polled (worker/sampling.py)."""
MOST_LINES = 5000
"""A second. Five times as many as can count, and 1 % of a core to sift: 2.3 us each."""
MOST_BAD = 50
"""Many a log has a heading and broken lines; so many without a reading are another format."""
EXIT_S = 0.2
"""For a command to end after its output; other counters are not polled meanwhile."""
WILD, WILD_SHARE = 5, 0.05
"""Lines of two numbers that are no seconds and watts: with so many, and such a share of the
readings, a mean of the rest would be of what happens to fit.
"""
PACE_S, PACE = 3.0, 5.0
"""From so many seconds on times may pass 5 times too fast or slow: lines come in heaps."""


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


class Sieve:
    """Lines made into readings on this clock; `fault`: why no more of them are believed.

    A line whose time is not later than the last one's is passed over, and so are those that come
    less than a millisecond of the meter's own time after it.
    """

    def __init__(self) -> None:
        self.fault = ""
        self._new = deque[tuple[float, float]]()  # one thread adds, another takes away
        self._offset_s = math.inf
        self._first: tuple[float, float] | None = None  # its own time, and when it came
        self._last_s = -math.inf
        self._good = self._bad = self._wild = self._crowd = 0
        self._crowd_s = -math.inf
        self._strange = ""

    def take(self, line: str, came_s: float) -> None:
        self._count(came_s)
        found = reading(line)
        if found is None:
            self._wild += _numbers(line) is not None
            if self._wild >= max(WILD, WILD_SHARE * self._good):
                told = f"prints numbers that are no seconds and watts: {line.strip()[:60]!r}"
                self.fault = self.fault or told
            self._strange = self._strange or line.strip()[:60] or "an empty line"
            self._doubt(f"prints no seconds and watts; its first line: {self._strange!r}")
            return
        time_s, watts = found
        if time_s <= self._last_s:
            self._doubt(f"prints times that do not pass: {time_s:g} after {self._last_s:g}")
        if time_s - self._last_s < CLOSEST_S:
            return
        self._pace(time_s, came_s)
        self._good += 1
        self._last_s = time_s
        self._offset_s = min(self._offset_s, came_s - time_s)
        self._new.append((time_s, watts))

    def handed_over(self) -> list[tuple[float, float]]:
        new = [self._new.popleft() for _ in range(len(self._new))]
        return [(time_s + self._offset_s, watts) for time_s, watts in new]

    def told(self) -> str:
        """How many readings there were, and what came instead where there was none."""
        if self._good:
            return f"after {self._good} reading{'s' if self._good > 1 else ''}"
        said = f"; its first line: {self._strange!r}" if self._strange else ""
        return f"without a reading{said}"

    def _count(self, came_s: float) -> None:
        """A meter that never pauses takes the processor from what it measures."""
        if came_s - self._crowd_s > 1:
            self._crowd, self._crowd_s = 0, came_s
        self._crowd += 1
        if self._crowd > MOST_LINES:
            self.fault = f"prints more than {MOST_LINES} lines a second"

    def _doubt(self, why: str) -> None:
        """Some such lines are nothing; nothing but such lines are a fault."""
        self._bad += 1
        if self._bad >= MOST_BAD and self._good < 2:
            self.fault = self.fault or why

    def _pace(self, time_s: float, came_s: float) -> None:
        """Its seconds against ours: milliseconds would pass a thousand times as fast."""
        if self._first is None:
            self._first = (time_s, came_s)
        passed_s, ours_s = time_s - self._first[0], came_s - self._first[1]
        if ours_s > PACE_S and not 1 / PACE <= passed_s / ours_s <= PACE:
            self.fault = (
                f"prints times that pass {passed_s / ours_s:.3g} times as fast as the clock: "
                "they are to be seconds"
            )


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


def reading(line: str) -> tuple[float, float] | None:
    """Seconds and watts, which are below zero where power flows back; None for anything else."""
    found = _numbers(line)
    if found is None or not (math.isfinite(found[0]) and abs(found[1]) <= MOST_WATTS):
        return None
    return found


def _numbers(line: str) -> tuple[float, float] | None:
    words = _SPLIT.split(line.strip())
    if len(words) != 2:
        return None
    try:
        return float(words[0]), float(words[1])
    except ValueError:
        return None


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
