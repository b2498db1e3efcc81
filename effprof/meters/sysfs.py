"""Counters that are files of /sys: where they are, and how one is polled."""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Literal

METRICS = ("energy.inference", "energy.dynamic", "power.mean", "power.idle")
"""What every energy meter gives."""


def root() -> Path:
    """/sys, or where a container has the host's."""
    return Path(os.environ.get("EFFPROF_SYS") or "/sys")


def text(path: Path) -> str:
    """Nothing where it is not there or may not be read."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def number(path: Path) -> int:
    """The whole number a file holds; OSError or ValueError where it holds none."""
    word = path.read_text().strip()
    try:
        return int(word)
    except ValueError:
        raise ValueError(f"{path} holds {word[:40]!r}, not a number") from None


def why_not(paths: Sequence[Path], mend: str) -> str | None:
    """Why one of these files cannot be read by this user; `mend` is the command that helps."""
    for path in paths:
        try:
            number(path)
        except PermissionError:
            return f"{path} is there, and not for this user to read ({mend})"
        except (OSError, ValueError) as error:
            return f"{path} cannot be read: {error}"
    return None


@dataclass(slots=True)
class Polled:
    """A counter whose value is asked for: one reading a call, `apart_s` after the last at least."""

    name: str
    unit: Literal["J", "W"]
    read: Callable[[], float]
    apart_s: float = 0.0
    _next_s: float = field(default=-math.inf, init=False)

    def drain(self) -> Sequence[tuple[float, float]]:
        if perf_counter() < self._next_s:
            return ()
        value, now_s = self.read(), perf_counter()
        self._next_s = now_s + self.apart_s
        return ((now_s, value),)
