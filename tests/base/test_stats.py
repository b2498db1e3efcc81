"""Quantiles and intervals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effprof.base.stats import (
    Sample,
    expanded_tail,
    nearest_rank,
    runs_needed,
    two_groups,
    wilson,
)

LATENCIES = st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=60)
NESTED = st.lists(
    st.lists(st.lists(st.floats(1e-6, 10), min_size=1, max_size=6), min_size=1, max_size=4),
    min_size=1,
    max_size=5,
)


@given(LATENCIES, st.floats(0.01, 1))
def test_a_quantile_is_an_observed_value(values: list[float], quantile: float) -> None:
    found = nearest_rank(values, quantile)
    assert found in values
    assert sum(value <= found for value in values) >= quantile * len(values) - 1e-9


def test_no_values_have_no_quantile() -> None:
    with pytest.raises(ValueError, match="no values"):
        nearest_rank([], 0.5)


@pytest.mark.parametrize(("quantile", "runs"), [(0.9, 44), (0.95, 90), (0.99, 459)])
def test_runs_needed_as_the_docs_say(quantile: float, runs: int) -> None:
    assert runs_needed(quantile) == runs


@given(NESTED)
@settings(max_examples=40)
def test_intervals_hold_their_value_and_pooled_statistics_are_plain(
    trials: list[list[list[float]]],
) -> None:
    pooled = [value for trial in trials for block in trial for value in block]
    sample = Sample(trials)
    median, mean = sample.quantile(0.5), sample.mean()
    assert median.value == nearest_rank(pooled, 0.5)
    assert mean.value == pytest.approx(float(np.mean(pooled)))
    for estimate in (median, mean, sample.quantile(0.99)):
        assert estimate.low <= estimate.value <= estimate.high
        assert estimate.n == len(pooled)


@given(NESTED, st.floats(0.01, 100))
@settings(max_examples=40)
def test_the_unit_of_time_does_not_matter(trials: list[list[list[float]]], scale: float) -> None:
    scaled = [[[value * scale for value in block] for block in trial] for trial in trials]
    one, other = Sample(trials).quantile(0.5), Sample(scaled).quantile(0.5)
    assert other.value == pytest.approx(one.value * scale)
    assert other.low == pytest.approx(one.low * scale)
    assert other.high == pytest.approx(one.high * scale)


def _launches(count: int, rng: np.random.Generator) -> list[list[list[float]]]:
    """Processes that differ by 0.5 %, of correlated blocks."""
    return [
        [list(level * (1 + 0.001 * rng.standard_normal()) * np.ones(20)) for _ in range(8)]
        for level in 1 + 0.005 * rng.standard_normal(count)
    ]


def test_the_interval_covers_what_differs_between_processes() -> None:
    """Over 200 experiments of 8 processes: nominal 95 %, and far from what pooled runs claim."""
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        found = Sample(_launches(8, rng)).quantile(0.5)
        covered += found.low <= 1 <= found.high
    assert covered >= 180


def test_one_slow_process_in_six_widens_the_interval() -> None:
    """Six launches, one 1.3x slow: six cannot tell which of the two speeds is the usual one."""
    quiet = [[[1.0] * 10] * 4 for _ in range(5)]
    found = Sample([*quiet, [[1.3] * 10] * 4]).quantile(0.5)
    assert found.high == pytest.approx(1.3)
    many = Sample([*quiet, *quiet, *quiet, [[1.3] * 10] * 4]).quantile(0.5)
    assert many.high == pytest.approx(1.0)


@pytest.mark.parametrize(("processes", "sure"), [(1, False), (2, False), (3, True)])
def test_an_interval_takes_three_processes(processes: int, sure: bool) -> None:
    rng = np.random.default_rng(1)
    trials = [[list(rng.normal(1, 0.1, 50)) for _ in range(10)] for _ in range(processes)]
    found = Sample(trials).quantile(0.5)
    assert found.sure is sure
    assert math.isinf(found.half_width) is not sure


def test_the_interval_of_a_tail_reaches_over_every_process() -> None:
    """One slow launch in twelve rules the p99, and a resample often misses it."""
    quiet = [[[1.0 + step / 1e4 for step in range(100)]] for _ in range(11)]
    found = Sample([*quiet, [[1.3 + step / 1e4 for step in range(100)]]]).quantile(0.99)
    assert found.low <= 1.01
    assert found.high >= 1.309


def test_a_share_of_none_is_not_certainty() -> None:
    assert wilson(0, 1000)[0] == pytest.approx(0, abs=1e-9)
    assert wilson(0, 1000)[1] == pytest.approx(0.0038, abs=1e-4)
    assert wilson(1000, 1000)[0] == pytest.approx(0.9962, abs=1e-4)


def test_a_single_reading_has_a_point_for_an_interval() -> None:
    found = Sample([[[2.0]]]).quantile(0.5)
    assert (found.low, found.value, found.high, found.n) == (2.0, 2.0, 2.0, 1)


def test_large_blocks_are_thinned_without_moving_the_quantile() -> None:
    rng = np.random.default_rng(2)
    block = list(rng.gamma(9, 1, 20_000))
    estimate = Sample([[block], [block], [block]]).quantile(0.9)
    assert estimate.value == nearest_rank(block * 3, 0.9)
    assert estimate.half_width < 0.02


def test_seeded_and_empty() -> None:
    trials = [[[1.0, 2.0], [3.0]], [[2.0]]]
    assert Sample(trials, 5).mean() == Sample(trials, 5).mean()
    with pytest.raises(ValueError, match="no readings"):
        Sample([[[]], []])


def test_tails_move_outwards_with_few_units() -> None:
    tails = [expanded_tail(units) for units in (2, 3, 6, 12, 1000)]
    assert tails == sorted(tails)
    assert tails[-1] == pytest.approx(0.025, abs=2e-4)
    assert expanded_tail(1) == 0


def test_two_groups() -> None:
    found = two_groups([1.0, 1.01, 1.3, 0.99, 1.31])
    assert found is not None
    assert (len(found.fast), len(found.slow)) == (3, 2)
    assert found.ratio == pytest.approx(1.3, rel=0.02)


@pytest.mark.parametrize(
    "values", [[1.0, 1.3], [1.0, 1.01, 1.02, 1.03], [1.0, 1.1, 1.2, 1.3, 1.4], [1.0] * 6]
)
def test_one_group_is_not_two(values: list[float]) -> None:
    assert two_groups(values) is None


@given(st.lists(st.floats(0.9, 1.1), min_size=3, max_size=8), st.floats(0.5, 50))
def test_groups_do_not_depend_on_the_unit(values: list[float], scale: float) -> None:
    one, other = two_groups(values), two_groups([value * scale for value in values])
    assert (one is None) == (other is None) or math.isclose(max(values) / min(values), 1.08)
