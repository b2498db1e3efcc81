"""An instrument outside: a command that prints lines of time and watts, or a file that grows.

A line is two numbers, seconds and watts, apart by a comma or by blanks; others are passed over.
Seconds may count from anywhere: the smallest delay seen between a line's own time and its coming
tells where they began, so a line that was held up for a moment does no harm.
"""

import math
import os
import re
import shlex
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter, sleep
from typing import IO, Any, Literal

from effprof.meters import sysfs
from effprof.ports import Counter, Refusal

_SPLIT = re.compile(r"[,;\s]+")
LOOK_S = 0.02
"""Between two looks at a file that may have grown."""
MOST_WATTS = 1e6


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

    def __init__(self, words: str) -> None:
        self.name = words
        self._process: subprocess.Popen[str] | None = None
        self._over = threading.Event()
        self._new: list[tuple[float, float]] = []
        self._offset_s = math.inf
        self._strange = ""
        self._good = False
        source = self._open(words)
        self._thread = threading.Thread(target=self._listen, args=(source,), daemon=True)
        self._thread.start()

    def _open(self, words: str) -> Iterator[str]:
        path = Path(words)
        if path.is_file() and not os.access(path, os.X_OK):
            return _growing(path, self._over)
        try:
            self._process = subprocess.Popen(
                shlex.split(words),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                errors="replace",
            )
        except (OSError, ValueError) as error:
            hint = "a command that prints lines of seconds and watts, or a file that grows"
            raise Refusal("request", f"--meter-command {words}: {error}", hint) from None
        assert self._process.stdout is not None
        return iter(self._process.stdout)

    def _listen(self, source: Iterator[str]) -> None:
        with suppress(OSError, ValueError):  # closed under it
            for line in source:
                came_s = perf_counter()
                if self._over.is_set():
                    return
                found = reading(line)
                if found is None:
                    self._strange = self._strange or line.strip()[:60]
                    continue
                time_s, watts = found
                self._good = True
                self._offset_s = min(self._offset_s, came_s - time_s)
                self._new.append((time_s, watts))

    def drain(self) -> Sequence[tuple[float, float]]:
        new, self._new = self._new, []
        if not self._good and not self._thread.is_alive():
            said = f"; its first line: {self._strange!r}" if self._strange else ""
            raise ValueError(f"--meter-command {self.name} ended without a reading{said}")
        return [(time_s + self._offset_s, watts) for time_s, watts in new]

    def close(self) -> None:
        self._over.set()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._thread.join(timeout=1)
        if self._process is not None and self._process.stdout is not None:
            with suppress(OSError, ValueError):
                self._process.stdout.close()


def reading(line: str) -> tuple[float, float] | None:
    """Seconds and watts; None for a heading or anything else."""
    words = _SPLIT.split(line.strip())
    if len(words) != 2:
        return None
    try:
        time_s, watts = float(words[0]), float(words[1])
    except ValueError:
        return None
    sound = math.isfinite(time_s) and 0 <= watts <= MOST_WATTS
    return (time_s, watts) if sound else None


def _growing(path: Path, over: threading.Event) -> Iterator[str]:
    """Lines written to the file from now on; a line counts once its end is there."""
    with path.open(encoding="utf-8", errors="replace") as file:
        file.seek(0, os.SEEK_END)
        part = ""
        while not over.is_set():
            piece = _piece(file)
            if not piece:
                sleep(LOOK_S)
                continue
            *lines, part = (part + piece).split("\n")
            yield from lines


def _piece(file: IO[str]) -> str:
    return file.read(1 << 16)
