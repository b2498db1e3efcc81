"""Whether an order holds when the weights move."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.judge.score import score
from effprof.judge.sensitivity import SAMPLES, sensitivity
from effprof.profile import Aim, Profile
from effprof.report.judgement import Score
from effprof.report.ranking import Sensitivity
from tests.judge.reports import metric, report

PROFILE = Profile(
    "p",
    "edge",
    "",
    (Aim("latency.p99", 60.0, 0.001, 1.0, ""), Aim("size.model", 40.0, 1e3, 1e6, "")),
)
CREDIT = st.floats(0.02, 1)


def scored(latency_credit: float, size_credit: float) -> Score:
    return score(
        report(
            {
                "latency.p99": metric("latency.p99", 0.001**latency_credit),
                "size.model": metric("size.model", 1e6 * 0.001**size_credit),
            }
        ),
        PROFILE,
    )


def asked(*scores: Score) -> Sensitivity:
    found = sensitivity(scores)
    assert found is not None
    return found


def test_one_that_is_ahead_in_everything_stays_ahead() -> None:
    found = asked(scored(0.5, 0.5), scored(0.9, 0.9))
    assert found.robust
    assert found.tipping is None
    assert [(one.report, one.best, one.worst, one.first_share) for one in found.places] == [
        (1, 1, 1, 1.0),
        (0, 2, 2, 0.0),
    ]


def test_a_near_thing_is_not_robust() -> None:
    """0.6 ln 0.5 + 0.4 ln 0.8 against 0.6 ln 0.6 + 0.4 ln 0.6: the first leads by 0.006."""
    found = asked(scored(0.5, 0.8), scored(0.6, 0.6))
    assert not found.robust
    assert found.places[0].report == 0
    assert 0.5 < found.places[0].first_share < 0.95
    assert (found.places[0].best, found.places[0].worst) == (1, 2)


def test_the_tipping_point_is_where_the_two_are_level() -> None:
    found = asked(scored(0.5, 0.8), scored(0.6, 0.6))
    assert found.tipping is not None
    assert found.tipping.report == 1
    tips = {found.tipping.metric: found.tipping.tips_at}
    share = tips.get("latency.p99", 1 - tips.get("size.model", 0))
    level = Profile(
        "p",
        "edge",
        "",
        (
            Aim("latency.p99", share, 0.001, 1.0, ""),
            Aim("size.model", 1 - share, 1e3, 1e6, ""),
        ),
    )
    values = [
        {"latency.p99": 0.001**0.5, "size.model": 1e6 * 0.001**0.8},
        {"latency.p99": 0.001**0.6, "size.model": 1e6 * 0.001**0.6},
    ]
    points = [
        score(report({key: metric(key, value) for key, value in one.items()}), level).points
        for one in values
    ]
    assert points[0] == pytest.approx(points[1])


def test_fewer_than_two_scores_say_nothing() -> None:
    assert sensitivity([scored(0.5, 0.5)]) is None
    assert sensitivity([]) is None
    assert sensitivity([scored(0.5, 0.5), score(report({}), PROFILE)]) is None


def test_partial_scores_over_other_metrics_are_left_out_by_name() -> None:
    part = score(report({"latency.p99": metric("latency.p99", 0.001)}), PROFILE, partial=True)
    found = asked(scored(0.5, 0.5), part, scored(0.6, 0.6))
    assert found.left_out == (1,)
    assert [one.report for one in found.places] == [2, 0]


@given(st.lists(st.tuples(CREDIT, CREDIT), min_size=2, max_size=6))
def test_shares_of_the_first_place_and_places_make_sense(
    credited: list[tuple[float, float]],
) -> None:
    found = asked(*[scored(*one) for one in credited])
    assert sum(one.first_share for one in found.places) >= 1 - 1e-9  # equals share a place
    for one in found.places:
        assert 1 <= one.best <= one.worst <= len(credited)
        assert (one.first_share > 0) == (one.best == 1)


@given(CREDIT, CREDIT, CREDIT, CREDIT)
def test_the_order_of_the_reports_never_matters(a: float, b: float, c: float, d: float) -> None:
    one, other = scored(a, b), scored(c, d)
    there = {at.report: at.first_share for at in asked(one, other).places}
    back = {1 - at.report: at.first_share for at in asked(other, one).places}
    assert there == pytest.approx(back, abs=2 / SAMPLES)


def test_the_seed_decides_and_is_said() -> None:
    pair = (scored(0.5, 0.8), scored(0.6, 0.6))
    assert sensitivity(pair) == sensitivity(pair)
    other = sensitivity(pair, seed=1)
    assert other is not None
    assert other.seed == 1
    assert other.places != asked(*pair).places


WORSE = st.floats(0.02, 0.9)


@given(st.lists(st.tuples(WORSE, WORSE), min_size=1, max_size=4), st.integers(2, 4))
def test_equals_share_the_first_place_in_whatever_order(
    others: list[tuple[float, float]], equals: int
) -> None:
    best = scored(1.0, 1.0)
    scores = [scored(*one) for one in others] + [best] * equals
    for order in (scores, scores[::-1]):
        found = asked(*order)
        assert not found.robust
        assert found.tipping is None
        assert {at for at, one in enumerate(order) if one.points == best.points} == set(found.level)
        assert {one.first_share for one in found.places if one.report in found.level} == {1.0}


@given(st.lists(st.tuples(CREDIT, CREDIT), min_size=2, max_size=5))
def test_the_order_of_inputs_never_decides(credited: list[tuple[float, float]]) -> None:
    scores = [scored(*one) for one in credited]
    one, other = asked(*scores), asked(*scores[::-1])
    assert one.robust == other.robust
    last = len(scores) - 1
    assert set(one.level) == {last - at for at in other.level}
    if not one.level:
        assert one.places[0].report == last - other.places[0].report
