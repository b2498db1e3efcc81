"""The bins of single runs: every run in one, none invented."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.measure.distribution import BINS, bins
from effprof.measure.launch import Answer
from effprof.measure.trial import Timed, Trial


def trial(runs_s: list[float], runs_per_reading: int = 1) -> Trial:
    return Trial(1, Answer(), (Timed(np.array(runs_s), runs_per_reading, 0.0),))


@given(st.lists(st.floats(1e-6, 1e3), min_size=20, max_size=200))
def test_every_run_is_in_one_bin(runs_s: list[float]) -> None:
    found = bins([trial(runs_s[:10]), trial(runs_s[10:])])
    assert sum(one.runs for one in found) == len(runs_s)
    assert found[0].low == min(runs_s)
    assert found[-1].high == max(runs_s)
    assert all(one.low <= one.high for one in found)
    assert len(found) <= BINS + 1


def test_two_groups_of_runs_stay_two() -> None:
    rng = np.random.default_rng(0)
    runs_s = [*rng.normal(1e-3, 1e-5, 500), *rng.normal(2e-3, 1e-5, 500)]
    found = bins([trial(runs_s)])
    between = [one.runs for one in found if one.low > 1.2e-3 and one.high < 1.8e-3]
    assert len(between) > 10
    assert not any(between)


@pytest.mark.parametrize("runs_s", [[], [1e-3] * 19])
def test_too_few_are_none(runs_s: list[float]) -> None:
    assert bins([trial(runs_s)]) == ()


def test_only_runs_with_a_reading_of_their_own_count() -> None:
    assert bins([trial([1e-3] * 100, runs_per_reading=2)]) == ()
    (only,) = bins([trial([1e-3] * 100)])
    assert (only.low, only.high, only.runs) == (1e-3, 1e-3, 100)
