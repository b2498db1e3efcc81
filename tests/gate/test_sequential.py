"""One error rate for all looks together."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.gate import sequential
from effprof.gate.sequential import ALPHA, FIRST, LAST, holm, level, p_value, spent

RATES = st.floats(1e-6, 0.14)
LOOKS = range(FIRST, LAST + 1)


@given(RATES)
def test_the_looks_together_spend_the_whole_rate_and_no_more(alpha: float) -> None:
    levels = [level(alpha, workers) for workers in LOOKS]
    assert all(one > 0 for one in levels)
    assert sum(levels) == pytest.approx(alpha, rel=1e-9)


@given(RATES, RATES)
def test_a_larger_rate_gives_every_look_more(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert all(level(low, workers) <= level(high, workers) for workers in LOOKS)


def test_early_looks_spend_little_as_o_brien_and_fleming_have_it() -> None:
    assert spent(ALPHA, FIRST - 1) == 0
    assert level(ALPHA, FIRST) < ALPHA / 50
    assert spent(ALPHA, LAST) == pytest.approx(ALPHA)


def test_the_bound_is_student_s_at_the_level_of_the_look() -> None:
    """Tables of t with 3 degrees of freedom: 12.924 at one side 0.0005, 22.204 at 0.0001."""
    assert 0.0001 < level(ALPHA, 4) < 0.0005
    assert 12.924 < sequential.reach(ALPHA, 4) < 22.204


@given(st.sampled_from(LOOKS), RATES)
def test_a_p_value_is_the_rate_whose_look_just_rejects(workers: int, alpha: float) -> None:
    assert p_value([(workers, level(alpha, workers))]) == pytest.approx(alpha, rel=1e-4)


def test_no_look_is_no_evidence() -> None:
    assert p_value([]) == 1
    assert p_value([(FIRST, 0.5)]) == 1
    assert p_value([(3, 1e-9)]) == 1


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_rejects_no_more_than_each_alone_and_no_less_than_bonferroni(p: list[float]) -> None:
    fallen = holm(p)
    for one, falls in zip(p, fallen, strict=True):
        assert not falls or one <= ALPHA
        assert falls or one > ALPHA / len(p)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.randoms())
def test_holm_does_not_depend_on_the_order(p: list[float], rng: random.Random) -> None:
    order = list(range(len(p)))
    rng.shuffle(order)
    assert holm([p[place] for place in order]) == tuple(holm(p)[place] for place in order)
