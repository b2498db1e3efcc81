from collections.abc import Callable
from random import Random

import pytest

from effprof.history.steps import LEAST, steps

Noise = Callable[[Random], float]


def noisy(levels: list[tuple[float, int]], seed: int, noise: float = 0.01) -> list[float]:
    rng = Random(seed)
    return [level + rng.gauss(0, noise) for level, count in levels for _ in range(count)]


def test_a_step_is_found_where_it_is_and_with_an_interval_that_holds_it() -> None:
    hits = 0
    for seed in range(20):
        (one,) = steps(noisy([(0.0, 30), (0.1, 10)], seed))
        assert one.first <= 30 <= one.last
        assert (one.since, one.last - one.first) == (10, 0)
        assert one.low < one.shift < one.high
        hits += one.low <= 0.1 <= one.high
    assert hits >= 17


def test_two_steps_are_two() -> None:
    found = steps(noisy([(0.0, 40), (0.1, 40), (0.05, 40)], 1))
    assert [one.first <= at <= one.last for one, at in zip(found, (40, 80), strict=True)] == [
        True,
        True,
    ]
    assert found[0].shift > 0 > found[1].shift


@pytest.mark.parametrize(
    "noise",
    [
        lambda rng: rng.gauss(0, 1),
        lambda rng: rng.expovariate(1),
        lambda rng: rng.choice((0.0, 4096.0)),
        lambda rng: rng.gauss(0, 1) + (rng.random() < 0.1) * 10 * rng.random(),
    ],
    ids=["normal", "skewed", "whole pages", "with values far off"],
)
@pytest.mark.parametrize("count", [10, 60])
def test_noise_alone_is_seldom_a_step(noise: Noise, count: int) -> None:
    alarms = 0
    for seed in range(60):
        rng = Random(seed)
        alarms += bool(steps([noise(rng) for _ in range(count)]))
    assert alarms <= 3


def test_a_level_is_three_values() -> None:
    steady = [0.0, 0.01, -0.01, 0.02, 0.0, -0.02, 0.01, 0.0, 0.01, -0.01] * 2
    assert not steps([*steady, 1.0])
    assert not steps([*steady, 1.0, 1.01])
    assert [one.since for one in steps([*steady, 1.0, 1.01, 0.99])] == [3]


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_values_far_off_are_no_level(length: int) -> None:
    steady = noisy([(0.0, 20)], 3)
    assert not steps([*steady, *[1.0] * length, *noisy([(0.0, 20)], 4)])


@pytest.mark.parametrize("count", range(2 * LEAST))
def test_too_few_values_say_nothing(count: int) -> None:
    assert steps([float(at > count // 2) for at in range(count)]) == ()


def test_values_all_alike_and_alike_but_for_a_step() -> None:
    assert steps([5.0] * 50) == ()
    (one,) = steps([5.0] * 10 + [6.0] * 10)
    assert (one.at, one.shift) == (10, 1.0)


def test_noise_known_from_within_forbids_a_step_smaller_than_it() -> None:
    values = noisy([(0.0, 6), (0.01, 6)], 5, noise=0.0001)
    assert steps(values)
    assert not steps(values, least_noise=0.05)


def test_a_scale_or_an_offset_changes_nothing() -> None:
    values = noisy([(0.0, 30), (0.1, 10)], 6)
    places = [(one.first, one.at, one.last) for one in steps(values)]
    for scale, offset in ((1e-9, 0.0), (1e9, 0.0), (-1.0, 0.0), (1.0, 100.0)):
        moved = steps([scale * value + offset for value in values])
        assert [(one.first, one.at, one.last) for one in moved] == places
