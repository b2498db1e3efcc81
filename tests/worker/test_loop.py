"""The clock, with a clock of our own: no test sleeps and no test depends on speed."""

import gc
from collections.abc import Callable
from itertools import count, groupby

import pytest

from effprof.worker import loop


class Clock:
    """Every call of `run` takes `take()` ns; reading the clock takes nothing."""

    def __init__(self, take: Callable[[], int]) -> None:
        self.now, self.take = 0, take

    def __call__(self) -> int:
        return self.now

    def run(self) -> None:
        self.now += self.take()


def test_a_block_times_every_run() -> None:
    clock = Clock(count(1000).__next__)
    block = loop.time_block(clock.run, 5, clock=clock)
    assert list(block.wall_ns) == [1000, 1001, 1002, 1003, 1004]
    assert block.cpu_ns >= 0
    assert block.runs_per_reading == 1


def test_several_runs_make_one_reading() -> None:
    clock = Clock(lambda: 100)
    block = loop.time_block(clock.run, 3, 7, clock=clock)
    assert list(block.wall_ns) == [700, 700, 700]
    assert block.runs_per_reading == 7


@pytest.mark.parametrize(
    ("run_s", "runs"), [(1e-6, 20), (6e-6, 4), (20e-6, 1), (1e-3, 1), (0, 20_000)]
)
def test_readings_last_at_least_20_us(run_s: float, runs: int) -> None:
    assert loop.runs_per_reading(run_s) == runs


def test_warm_up_ends_when_runs_stop_getting_faster() -> None:
    slow = iter([30_000_000 - 1_000_000 * step for step in range(20)])
    clock = Clock(lambda: next(slow, 10_000_000))
    runs, run_s = loop.warm_up(clock.run, limit_s=60, clock=clock)
    assert run_s == pytest.approx(0.010)
    assert 20 < runs < 60


def test_a_noisy_neighbour_does_not_prolong_the_warm_up() -> None:
    noise = iter([10_000_000, 10_000_000, 10_000_000] + [25_000_000] * 100)
    clock = Clock(lambda: next(noise))
    runs, run_s = loop.warm_up(clock.run, limit_s=60, clock=clock)
    assert runs <= 9
    assert run_s == pytest.approx(0.010)


def test_warm_up_stops_at_its_limit() -> None:
    getting_faster = iter(int(5e9 * 0.9**step) for step in range(100))
    clock = Clock(lambda: next(getting_faster))
    runs, _ = loop.warm_up(clock.run, limit_s=1, clock=clock)
    assert runs == 1


def test_sessions_take_turns() -> None:
    order: list[str] = []
    runs = [lambda: order.append("a"), lambda: order.append("b")]
    taken = loop.blocks(runs, [0.001, 0.001], 0.008)
    turns = [name for name, _ in groupby(order)]
    assert turns == ["a", "b", "a", "b", "a"]  # A B, B A, A B, B A
    assert [len(blocks) for blocks in taken] == [4, 4]


def test_short_runs_get_both_kinds_of_block() -> None:
    (taken,) = loop.blocks([lambda: None], [1e-6], 0.01)
    assert {block.runs_per_reading for block in taken} == {1, 20}


def test_the_collector_rests_inside_and_works_outside() -> None:
    with loop.quiet():
        assert not gc.isenabled()
    assert gc.isenabled()
