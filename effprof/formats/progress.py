"""One line on stderr while measuring: where it stands and how long it may take.

A busy parent is a neighbour on the same cores as the worker it times. So no thread repaints this
line: it is written when the measuring loop calls, and at most four times a second.
"""

import math
import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self, TextIO

from effprof.base.quantity import plus_minus, show
from effprof.base.standing import Standing
from effprof.formats.text_look import Look, cells, look_of, shorten, width_of

_WRITES_A_SECOND = 4
_TENTHS = 10  # up to here the seconds spent are told in tenths
_MINUTES = 120  # from here on the time left is told in minutes
_ERASE = "\r\x1b[2K"


class Progress:
    """The line on `stream`, or nothing at all where that is no terminal; `silent()` never shows."""

    def __init__(
        self,
        stream: TextIO | None,
        *,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        words = os.environ if environ is None else environ
        live = stream is not None and stream.isatty() and words.get("TERM") != "dumb"
        self._stream = stream if live else None
        self._look = look_of(stream, words) if stream is not None and live else Look()
        self._clock = clock
        self._written: deque[float] = deque(maxlen=_WRITES_A_SECOND)
        self._wanted: Callable[[int], str] | None = None
        self._standing: Standing | None = None
        self._drawn = False

    def phase(self, text: str) -> None:
        """What is being done now: "checking the model", "trial 3: warm-up".

        How the trials stand goes on being shown beside it, once it is known, until `close`.
        """
        now = self._standing
        self._show(lambda width: phase_line(text, now, width, self._look))

    def trial(self, now: Standing) -> None:
        """How the trials stand."""
        if now.precision is not None and not math.isfinite(now.precision):
            now = replace(now, precision=None)
        self._standing = now
        self._show(lambda width: trial_line(now, width, self._look))

    def refresh(self) -> None:
        """Show what was held back to keep the line calm; for a loop that wakes up anyway."""
        if self._wanted is not None:
            self._show(self._wanted)

    def close(self) -> None:
        """Leave the line empty, so that what is printed next starts there."""
        if self._drawn:
            self._write(_ERASE)
        self._drawn, self._wanted, self._standing = False, None, None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _show(self, line: Callable[[int], str]) -> None:
        if self._stream is None:
            return
        now = self._clock()
        if len(self._written) == _WRITES_A_SECOND and now - self._written[0] < 1:
            self._wanted = line
            return
        self._written.append(now)
        self._wanted = None
        self._drawn = True
        # One cell stays free: in the last one, some terminals wrap at once.
        self._write(_ERASE + line(max(width_of(self._stream) - 1, 1)))

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # the terminal is gone; the measurement is not
            self._stream = None


def silent() -> Progress:
    """The same face, and nothing shown: for pipes and --quiet."""
    return Progress(None)


def trial_line(now: Standing, width: int, look: Look) -> str:
    """How the trials stand, in the most words that fit."""
    head = f"trial {_count(now, ' of ')}"
    short = [_count(now, "/"), *_short(now)]
    return _widest([[head, *_long(now)], [head, *_medium(now)], short], width, look)


def phase_line(text: str, now: Standing | None, width: int, look: Look) -> str:
    """What is being done, and beside it how the trials stand, in the most words that fit."""
    if now is None:
        return shorten(text, width, look)
    forms = [[text, *_long(now)], [text, *_medium(now)], [text, *_short(now)], [text]]
    return _widest(forms, width, look)


def _widest(forms: Sequence[Sequence[str]], width: int, look: Look) -> str:
    lines = [look.clean(" · ".join(parts)) for parts in forms]
    fitting = (line for line in lines if cells(line) <= width)
    return next(fitting, shorten(lines[-1], width, look))


def _long(now: Standing) -> list[str]:
    parts = [] if now.p50_s is None else [f"p50 {show(now.p50_s, 's')}"]
    if now.precision is not None:
        parts.append(f"interval {plus_minus(now.precision)} (goal {now.goal * 100:.3g} %)")
    parts.append(_elapsed(now, "of at most"))
    return [*parts, *(f"about {left}" for left in _left(now))]


def _medium(now: Standing) -> list[str]:
    parts = []
    if now.p50_s is not None and now.precision is not None:
        value = f"p50 {show(now.p50_s, 's')} {plus_minus(now.precision)}"
        parts.append(f"{value} (goal {now.goal * 100:.3g} %)")
    parts.append(_elapsed(now, "of"))
    return [*parts, *(f"about {left}" for left in _left(now))]


def _short(now: Standing) -> list[str]:
    if now.p50_s is None:
        return _left(now)
    value = show(now.p50_s, "s")
    value = value if now.precision is None else f"{value} {plus_minus(now.precision)}"
    return [value, *_left(now)]


def _count(now: Standing, of: str) -> str:
    """ "4 of 6+": six at least, more while the interval is too wide."""
    if now.planned is None or now.done > now.planned:
        return str(now.done)
    return f"{now.done}{of}{now.planned}{'' if now.reached else '+'}"


def _elapsed(now: Standing, of: str) -> str:
    """ "3.1 s of 10 s"."""
    elapsed = f"{now.elapsed_s:.1f}" if now.elapsed_s < _TENTHS else f"{now.elapsed_s:.0f}"
    return f"{elapsed} s {of} {now.ceiling_s:.3g} s"


def _left(now: Standing) -> list[str]:
    """ "4 s left"; nothing where that is not known, or where no more is wanted."""
    left_s = math.ceil(now.left_s or 0)
    if not left_s:
        return []
    return [f"{left_s} s left" if left_s < _MINUTES else f"{math.ceil(left_s / 60)} min left"]
