"""The thread that polls counters."""

from collections.abc import Callable, Sequence
from time import perf_counter, sleep
from typing import Literal

from effprof.worker.sampling import Sampler, Series

PATIENCE_S = 20.0


class Scripted:
    name = "scripted"
    unit: Literal["J", "W"] = "J"

    def __init__(self, values: list[float], then: Exception | None = None) -> None:
        self.left, self.then = values, then

    def drain(self) -> Sequence[tuple[float, float]]:
        if not self.left:
            if self.then:
                raise self.then
            return ()
        return ((perf_counter(), self.left.pop(0)),)


def wait_for(said: Callable[[], bool]) -> None:
    until_s = perf_counter() + PATIENCE_S
    while not said():
        assert perf_counter() < until_s
        sleep(0.005)


def test_only_changes_are_kept_in_order() -> None:
    counter = Scripted([1, 1, 2, 2, 2, 5])
    with Sampler([counter]) as sampler:
        (series,) = sampler.series
        wait_for(lambda: not counter.left)
    assert series.values == [1, 2, 5]
    assert series.times_s == sorted(series.times_s)
    assert series.changes_since(0) == 2
    assert series.changes_since(series.times_s[2]) == 1


def test_one_that_is_lost_leaves_the_others_alone() -> None:
    bad, good = Scripted([1], ValueError("unplugged")), Scripted([float(i) for i in range(40)])
    with Sampler([bad, good]) as sampler:
        wait_for(lambda: not good.left)
    first, second = sampler.series
    assert first.lack == "unplugged"
    assert (second.lack, len(second.values)) == ("", 40)


def test_late_readings_are_waited_for_and_not_for_ever() -> None:
    with Sampler([Scripted([])]) as sampler:
        before_s = perf_counter()
        sampler.reach(before_s, patience_s=0.05)
        assert perf_counter() - before_s >= 0.05


def test_a_series_that_never_moved_has_no_changes() -> None:
    series = Series("x", "J")
    series.take([(1.0, 3.0), (2.0, 3.0)])
    assert (series.values, series.changes_since(0), series.seen_s) == ([3.0], 0, 2.0)
