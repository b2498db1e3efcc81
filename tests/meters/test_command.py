"""An external meter: lines from a real command, lines of a file that grows."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, sleep

import pytest

from effprof.meters.command import Command, Lines
from effprof.meters.sieve import MOST_LINES, Sieve, reading
from effprof.ports import Refusal

PATIENCE_S = 20.0


def wait_for(said: Callable[[], bool]) -> None:
    until_s = perf_counter() + PATIENCE_S
    while not said():
        assert perf_counter() < until_s
        sleep(0.01)


def gathered(lines: Lines, count: int) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []

    def enough() -> bool:
        found.extend(lines.drain())
        return len(found) >= count

    wait_for(enough)
    return found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("12.5, 7.25\n", (12.5, 7.25)),
        ("1e3\t4", (1000.0, 4.0)),
        ("  1;2 ", (1.0, 2.0)),
        ("time,watts", None),
        ("1,2,3", None),
        ("1,nan", None),
        ("inf,2", None),
        ("1,-3", (1.0, -3.0)),
        ("1,2e7", None),
        ("", None),
    ],
)
def test_a_line(line: str, found: tuple[float, float] | None) -> None:
    assert reading(line) == found


def test_a_command_keeps_its_own_distances_in_time() -> None:
    """Its clock begins somewhere else, and its lines come in a heap."""
    code = "print('time watts'); [print(100 + i, 5 + i, flush=i == 3) for i in range(4)]; input()"
    lines = Lines(f'{sys.executable} -c "{code}"')
    found = gathered(lines, 4)
    lines.close()
    assert [watts for _, watts in found] == [5, 6, 7, 8]
    times_s = [time_s for time_s, _ in found]
    assert max(times_s) <= perf_counter()


def test_one_that_ends_without_a_reading() -> None:
    lines = Lines(f"{sys.executable} -c print('hello')")

    def lost() -> bool:
        try:
            return not lines.drain() and False
        except ValueError as error:
            return "ended without a reading" in str(error) and "hello" in str(error)

    wait_for(lost)
    lines.close()


@pytest.mark.parametrize("words", ["no-such-meter-anywhere", "'unclosed"])
def test_one_that_cannot_start(words: str) -> None:
    with pytest.raises(Refusal, match="--meter-command"):
        Command().counters({"command": words})


def test_a_file_that_grows(tmp_path: Path) -> None:
    path = tmp_path / "watts.log"
    path.write_text("1 99\n")  # what was there before is not of this run
    meter = Command()
    (counter,) = meter.counters({"command": str(path)})
    assert isinstance(counter, Lines)
    with path.open("a") as file:
        file.write("2 10\n3 1")  # half a line is none yet
        file.flush()
        assert [watts for _, watts in gathered(counter, 1)] == [10]
        file.write("1\n")
    assert [watts for _, watts in gathered(counter, 1)] == [11]
    meter.close()


def test_the_rest_of_a_line_that_was_begun_is_no_reading(tmp_path: Path) -> None:
    """Programs write in blocks, which end within a line: the rest of `1005 20` may be `5 20`."""
    path = tmp_path / "watts.log"
    path.write_text("1004 20\n100")
    lines = Lines(str(path))
    with path.open("a") as file:
        file.write("5 20\n1006 21\n1007 22\n")
    found = gathered(lines, 2)
    lines.close()
    assert [watts for _, watts in found] == [21, 22]


def test_a_file_that_is_cut_short_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "watts.log"
    path.write_text("1 99\n" * 20)
    lines = Lines(str(path))
    path.write_text("2 10\n3 11\n")
    found = gathered(lines, 2)
    lines.close()
    assert [watts for _, watts in found] == [10, 11]


def sieved(lines: list[tuple[str, float]]) -> Sieve:
    """Lines, and the second each of them came."""
    sieve = Sieve()
    for line, came_s in lines:
        sieve.take(line, came_s)
    return sieve


def test_lines_out_of_order_or_of_one_moment_are_passed_over() -> None:
    sieve = sieved([("1 5", 10), ("3 6", 12), ("2 99", 12), ("3 99", 12), ("4 7", 13)])
    assert sieve.handed_over() == [(10.0, 5.0), (12.0, 6.0), (13.0, 7.0)]
    assert sieve.handed_over() == []
    assert not sieve.fault


def test_a_line_that_was_held_up_moves_no_other() -> None:
    sieve = sieved([("1 5", 10.4), ("2 5", 11.0), ("3 5", 12.9)])
    assert sieve.handed_over() == [(10.0, 5.0), (11.0, 5.0), (12.0, 5.0)]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            [("12.5 W", n) for n in range(60)],
            "prints no seconds and watts; its first line: '12.5 W'",
        ),
        ([("x" * 4096, n) for n in range(60)], "prints no seconds and watts"),
        (
            [(f"{n} {7 if n % 2 else 'nan'}", n) for n in range(20)],
            "numbers that are no seconds and watts: '8 nan'",
        ),
        (
            [(f"{n} {7 if n % 2 else 2e7}", n) for n in range(20)],
            "numbers that are no seconds and watts",
        ),
        ([("1 7", n) for n in range(60)], "prints times that do not pass: 1 after 1"),
        ([(f"{1000 * n} 7", n) for n in range(6)], "1e+03 times as fast as the clock"),
        ([(f"{n / 60} 7", n) for n in range(6)], "0.0167 times as fast as the clock"),
        ([(f"{n / 2000} 7", n / 1e4) for n in range(MOST_LINES + 1)], "lines a second"),
    ],
)
def test_a_meter_that_is_not_to_be_believed(lines: list[tuple[str, float]], words: str) -> None:
    assert words in sieved(lines).fault


def test_a_steady_meter_that_comes_in_heaps_is_believed() -> None:
    heaps = [(f"{n} 7", 20.0 * (1 + n // 20)) for n in range(100)]
    assert not sieved(heaps).fault


def test_one_that_dies_says_so_once_its_readings_are_told() -> None:
    code = "[print(i, 5, flush=True) for i in range(3)]; raise SystemExit(3)"
    lines = Lines(f'{sys.executable} -c "{code}"')
    found: list[tuple[float, float]] = []

    def lost() -> bool:
        try:
            found.extend(lines.drain())
        except ValueError as error:
            return "ended after 3 readings" in str(error)
        return False

    wait_for(lost)
    lines.close()
    assert [watts for _, watts in found] == [5, 5, 5]


def test_a_meter_that_never_pauses_is_given_up_and_leaves_no_process() -> None:
    code = "import itertools; [print(i, 5) for i in itertools.count()]"
    lines = Lines(f'{sys.executable} -c "{code}"')

    def lost() -> bool:
        try:
            lines.drain()
        except ValueError as error:
            return "lines a second" in str(error)
        return False

    wait_for(lost)
    lines.close()


def test_a_child_that_the_command_leaves_behind_holds_nothing_up(tmp_path: Path) -> None:
    """It holds the other end of the pipe open for as long as it lives."""
    script = tmp_path / "meter"
    script.write_text("#!/bin/sh\nsleep 600 &\necho $! > child\necho 1 5\nexec sleep 600\n")
    script.chmod(0o755)
    lines = Lines(f"sh -c 'cd {tmp_path} && exec ./meter'")
    try:
        assert gathered(lines, 1)[0][1] == 5
        began = perf_counter()
        lines.close()
        assert perf_counter() - began < PATIENCE_S
    finally:
        os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)
