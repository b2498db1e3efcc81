"""Lines of an external meter made into readings: which are believed, and where its clock began.

A line is two numbers, seconds and watts, apart by a comma or by blanks; others are passed over,
and so are lines out of order. Seconds may count from anywhere: the smallest delay seen between a
line's own time and its coming tells where they began, so a line that was held up for a moment does
no harm.
"""

import math
import re
from collections import deque

_SPLIT = re.compile(r"[,;\s]+")
MOST_WATTS = 1e6
CLOSEST_S = 0.001
"""Nearer lines are one reading: no faster are other counters polled (worker/sampling.py)."""
MOST_LINES = 5000
"""A second. Five times as many as can count, and 1 % of a core to sift: 2.3 us each."""
MOST_BAD = 50
"""Many a log has a heading and broken lines; so many without a reading are another format."""
WILD, WILD_SHARE = 5, 0.05
"""Lines of two numbers that are no seconds and watts: with so many, and such a share of the
readings, a mean of the rest would be of what happens to fit.
"""
PACE_S, PACE = 3.0, 5.0
"""From so many seconds on times may pass 5 times too fast or slow: lines come in heaps."""


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
