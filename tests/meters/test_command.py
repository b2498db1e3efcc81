"""An external meter: lines from a real command, lines of a file that grows."""

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, sleep

import pytest

from effprof.meters.command import Command, Lines, reading
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
        ("1,-3", None),
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
    sleep(0.1)
    with path.open("a") as file:
        file.write("2 10\n3 1")  # half a line is none yet
        file.flush()
        assert [watts for _, watts in gathered(counter, 1)] == [10]
        file.write("1\n")
    assert [watts for _, watts in gathered(counter, 1)] == [11]
    meter.close()
