"""The progress line: there on a terminal, nowhere else; calm, and never too wide."""

import fcntl
import io
import math
import os
import re
import select
import struct
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from effprof.base.standing import Standing
from effprof.formats.progress import Progress, phase_line, silent, trial_line
from effprof.formats.text_look import Look

ERASE = "\r\x1b[2K"
ENVIRON = {"TERM": "xterm-256color"}


class Screen:
    """A pseudo-terminal of a given width and what was written to it."""

    def __init__(self, stream: TextIO, fd: int) -> None:
        self.stream, self.fd = stream, fd

    def resize(self, columns: int) -> None:
        fcntl.ioctl(
            self.stream.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0)
        )

    def seen(self) -> str:
        """What was written since the last look; the kernel hands it over in pieces."""
        self.stream.flush()
        data = b""
        while select.select([self.fd], [], [], 0.05)[0]:
            data += os.read(self.fd, 65536)
        return data.decode()


@contextmanager
def terminal(columns: int = 80, encoding: str = "utf-8") -> Iterator[Screen]:
    parent, child = os.openpty()
    try:
        with open(child, "w", encoding=encoding, closefd=False) as stream:
            screen = Screen(stream, parent)
            screen.resize(columns)
            yield screen
    finally:
        os.close(parent)
        os.close(child)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def a_trial(progress: Progress) -> None:
    progress.trial(Standing(4, 6, 0.00721, 0.018, 0.01, 3.1, 10))


WIDE = (
    "trial 4 of 6+ · p50 7.21 ms · interval ±1.8 % (goal 1 %) · 3.1 s of at most 10 s"
    " · about 7 s left"
)
MEDIUM = "trial 4 of 6+ · p50 7.21 ms ±1.8 % (goal 1 %) · 3.1 s of 10 s · about 7 s left"
SHORT = "4/6+ · 7.21 ms ±1.8 % · 7 s left"


@pytest.mark.parametrize(("columns", "line"), [(120, WIDE), (80, MEDIUM), (40, SHORT)])
def test_the_line_on_a_terminal(columns: int, line: str) -> None:
    with terminal(columns) as screen:
        a_trial(Progress(screen.stream, environ=ENVIRON))
        assert screen.seen() == ERASE + line


def test_phases_are_shown_and_cleared() -> None:
    with terminal() as screen:
        with Progress(screen.stream, environ=ENVIRON) as progress:
            progress.phase("checking the model")
        assert screen.seen() == f"{ERASE}checking the model{ERASE}"


def test_a_phase_after_trials_keeps_their_figures_until_closed() -> None:
    with terminal(120) as screen:
        progress = Progress(screen.stream, environ=ENVIRON)
        a_trial(progress)
        progress.phase("trial 5: warm-up")
        assert screen.seen().split(ERASE)[-1] == WIDE.replace("trial 4 of 6+", "trial 5: warm-up")
        progress.close()
        progress.phase("operators")
        assert screen.seen().split(ERASE)[-1] == "operators"


def test_nothing_is_written_where_nothing_was_shown() -> None:
    with terminal() as screen:
        Progress(screen.stream, environ=ENVIRON).close()
        assert screen.seen() == ""


def test_a_cleared_line_on_the_way_out_of_an_error() -> None:
    with terminal() as screen:
        with suppress(KeyboardInterrupt), Progress(screen.stream, environ=ENVIRON) as progress:
            progress.phase("trial 1: running")
            raise KeyboardInterrupt
        assert screen.seen().endswith(ERASE)


def test_not_a_byte_into_a_pipe() -> None:
    stream = io.StringIO()
    with Progress(stream) as progress:
        progress.phase("checking the model")
        a_trial(progress)
        progress.refresh()
    assert stream.getvalue() == ""


def test_silent_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with silent() as progress:
        progress.phase("checking the model")
        a_trial(progress)
    assert capsys.readouterr() == ("", "")


def test_silent_on_a_dumb_terminal() -> None:
    with terminal() as screen:
        a_trial(Progress(screen.stream, environ={"TERM": "dumb"}))
        assert screen.seen() == ""


def test_four_writes_a_second_and_the_newest_is_not_lost() -> None:
    clock = Clock()
    with terminal() as screen:
        progress = Progress(screen.stream, environ=ENVIRON, clock=clock)
        for number in range(100):
            clock.now = number / 100
            progress.phase(f"phase {number}")
        assert screen.seen().count(ERASE) == 4
        clock.now = 1.0
        progress.refresh()
        assert screen.seen() == f"{ERASE}phase 99"
        clock.now = 9.0
        progress.refresh()
        assert screen.seen() == ""


def test_no_thread_of_its_own() -> None:
    before = threading.active_count()
    with terminal() as screen, Progress(screen.stream, environ=ENVIRON) as progress:
        a_trial(progress)
        assert threading.active_count() == before


def test_a_resized_terminal_is_noticed() -> None:
    with terminal(120) as screen:
        progress = Progress(screen.stream, environ=ENVIRON)
        a_trial(progress)
        screen.resize(40)
        a_trial(progress)
        assert screen.seen() == ERASE + WIDE + ERASE + SHORT


def test_ascii_where_the_terminal_knows_no_more() -> None:
    with terminal(encoding="ascii") as screen:
        a_trial(Progress(screen.stream, environ=ENVIRON))
        assert screen.seen() == ERASE + MEDIUM.replace("±", "+-").replace("·", "|")


def test_a_terminal_that_went_away_does_not_stop_the_measurement() -> None:
    class Gone(io.StringIO):
        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    with Progress(Gone(), environ=ENVIRON) as progress:
        a_trial(progress)
        a_trial(progress)


def test_it_is_a_plain_line_without_colour() -> None:
    with terminal() as screen:
        a_trial(Progress(screen.stream, environ=ENVIRON | {"NO_COLOR": "1"}))
        assert re.findall(r"\x1b\[[^K]*[A-Za-z]", screen.seen()) == ["\x1b[2K"]


def test_more_trials_than_planned() -> None:
    line = trial_line(Standing(9, 6, 0.001, 0.02, 0.01, 3, 10), 80, Look())
    assert line.startswith("trial 9 · p50 1 ms ±2 %")


def test_no_time_left_is_told_before_it_is_known_or_when_none_is() -> None:
    unknown, done = Standing(0, 6, None, None, 0.01, 0, 10), Standing(6, 6, 0.1, 0.01, 0.01, 4, 10)
    assert trial_line(unknown, 80, Look()) == "trial 0 of 6+ · 0.0 s of at most 10 s"
    assert "left" not in trial_line(done, 80, Look())
    assert trial_line(done, 120, Look()).startswith("trial 6 of 6 · ")


def test_the_ceiling_bounds_the_time_left() -> None:
    assert Standing(2, 6, 0.1, 0.5, 0.01, 4, 10).left_s == 6
    assert Standing(2, 6, 0.1, 0.5, 0.01, 12, 10).left_s == 0


def test_an_interval_without_bounds_is_not_told() -> None:
    with terminal() as screen:
        unbounded = Standing(1, 6, 0.00721, math.inf, 0.01, 3.1, 10)
        Progress(screen.stream, environ=ENVIRON).trial(unbounded)
        assert screen.seen() == f"{ERASE}trial 1 of 6+ · p50 7.21 ms · 3.1 s of at most 10 s"


@given(
    st.text(max_size=200),
    st.builds(
        Standing,
        done=st.integers(0, 10**6),
        planned=st.none() | st.integers(0, 10**6),
        p50_s=st.none() | st.floats(0, 1e9),
        precision=st.none() | st.floats(0),
        goal=st.floats(0, 10),
        elapsed_s=st.floats(0, 1e9),
        ceiling_s=st.floats(0, 1e9),
    ),
    st.integers(1, 150),
    st.booleans(),
)
def test_every_line_fits_and_steers_nothing(
    word: str, now: Standing, width: int, ascii_only: bool
) -> None:
    look = Look(ascii_only=ascii_only)
    for line in (trial_line(now, width, look), phase_line(word, now, width, look)):
        assert cell_len(line) <= width
        assert line.isprintable()
        assert line.isascii() or not ascii_only
