"""The Pareto set: who is on it, who stands behind whom and how surely, and where the knee is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from effprof.base.errors import RequestError
from effprof.judge.frontier import frontier, metrics_of
from effprof.judge.score import score
from effprof.profile import Aim, Gate, Profile
from effprof.report.ranking import Frontier
from effprof.report.report import Metric, Report, Tensor
from tests.judge.reports import metric, report

LATENCY, RATE, SIZE = "latency.p99", "throughput.items", "size.model"
TWO = (LATENCY, SIZE)
POINTS = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=8)


def of(latency: float, size: float, factor: float = 1.0) -> Report:
    """`factor`: of the interval of the latency to either side."""
    band = metric(LATENCY, latency, latency / factor, latency * factor)
    return report({LATENCY: band, SIZE: metric(SIZE, size)}, name=f"{latency}-{size}")


def standings(found: Frontier) -> list[str]:
    return [one.standing for one in found.points]


def test_none_beats_what_is_on_it_and_the_rest_is_named_with_what_beats_it() -> None:
    found = frontier([of(1, 9), of(5, 5), of(9, 1), of(6, 6)], TWO)
    assert standings(found) == ["frontier", "frontier", "frontier", "dominated"]
    assert found.points[3].by == 1


def test_three_metrics_of_either_direction() -> None:
    def made(latency: float, size: float, rate: float) -> Report:
        one = of(latency, size)
        return replace(one, metrics={**one.metrics, RATE: metric(RATE, rate)})

    found = frontier([made(1, 9, 1), made(9, 1, 1), made(9, 9, 9), made(9, 9, 8)], (*TWO, RATE))
    assert standings(found) == ["frontier", "frontier", "frontier", "dominated"]


def test_where_intervals_overlap_nobody_is_beaten() -> None:
    found = frontier([of(1, 5, factor=2), of(1.5, 6, factor=2)], TWO)
    behind = found.points[1]
    assert (behind.standing, behind.by, behind.unclear) == ("undecided", 0, (LATENCY,))


def test_one_that_is_surely_ahead_is_named_before_one_that_may_be() -> None:
    found = frontier([of(4.9, 1, factor=2), of(1, 2), of(5, 5)], TWO)
    assert (found.points[2].standing, found.points[2].by) == ("dominated", 1)


def test_a_modelled_figure_never_beats_a_measured_one() -> None:
    modelled = replace(metric(LATENCY, 1.0, 0.99, 1.01), origin="modelled")
    better = report({LATENCY: modelled, SIZE: metric(SIZE, 1)})
    found = frontier([better, of(9, 9)], TWO)
    assert (found.points[1].standing, found.points[1].unclear) == ("undecided", (LATENCY,))


def test_equals_are_all_on_it() -> None:
    assert standings(frontier([of(1, 1), of(1, 1), of(2, 2)], TWO))[:2] == ["frontier"] * 2


def test_what_lacks_a_metric_or_was_not_finished_is_not_known() -> None:
    lacking = report({LATENCY: metric(LATENCY, 0.1)})
    cut = replace(of(0.1, 0.1), unfinished="interrupted")
    assert standings(frontier([of(1, 1), lacking, cut], TWO)) == ["frontier", "unknown", "unknown"]
    assert standings(frontier([lacking], TWO)) == ["unknown"]
    assert frontier([], TWO).points == ()


def test_what_answers_worse_than_its_profile_allows_beats_none() -> None:
    gates = (Gate("quality.agreement", 0.9, required=False, why=""),)
    profile = Profile("p", "edge", "", (Aim(LATENCY, 1.0, 0.1, 10.0, ""),), gates=gates)

    def answering(one: Report, agreement: float) -> Report:
        known = metric("quality.agreement", agreement, agreement - 0.01, agreement + 0.01)
        report = replace(one, metrics={**one.metrics, "quality.agreement": known})
        return replace(report, score=score(report, profile))

    bad, good, unsure = answering(of(1, 1), 0.3), answering(of(2, 2), 0.99), of(3, 3)
    found = frontier([bad, good, unsure], TWO)
    assert standings(found) == ["refused", "frontier", "dominated"]
    assert found.points[2].by == 1
    assert standings(frontier([bad], TWO)) == ["refused"]


def test_the_knee_is_where_the_bend_is() -> None:
    bend = [of(1, 1000), of(2, 20), of(20, 10), of(1000, 9)]
    assert [one.knee for one in frontier(bend, TWO).points] == [False, True, False, False]


def test_a_straight_or_short_frontier_has_no_knee() -> None:
    straight = [of(math.exp(at), math.exp(4 - at)) for at in range(5)]
    bulging_out = [of(1, 10), of(9, 9.9), of(10, 1)]
    for reports in (straight, bulging_out, [of(1, 9), of(9, 1)]):
        assert not any(one.knee for one in frontier(reports, TWO).points)


def test_other_work_is_marked() -> None:
    other = of(2, 2)
    other = replace(other, model=replace(other.model, inputs=(Tensor("x", "float32", (1, 9)),)))
    assert frontier([of(1, 1), other], TWO).not_alike == ("inputs",)
    assert frontier([of(1, 1), of(2, 2)], TWO).not_alike == ()


def test_metrics_are_two_or_three_with_a_better_side() -> None:
    assert metrics_of("latency.p99, size.model") == TWO
    for words, message in (
        ("latency.p99", "takes two or three different metrics"),
        ("latency.p99,latency.p99", "takes two or three different metrics"),
        ("latency.p99,compute.macs", "compute.macs is no metric with a better side"),
        ("latency.p99,", "nothing is no metric with a better side"),
    ):
        with pytest.raises(RequestError, match=message):
            metrics_of(words)


@given(POINTS)
def test_no_one_on_it_is_beaten_and_everyone_else_is_by_one_on_it(
    points: list[tuple[int, int]],
) -> None:
    found = frontier([of(*point) for point in points], TWO)
    for one in found.points:
        me = points[one.report]
        better = [
            other for other in points if other != me and other[0] <= me[0] and other[1] <= me[1]
        ]
        assert (one.standing == "frontier") == (not better)
        if one.by is not None:
            assert found.points[one.by].standing == "frontier"
            assert points[one.by] in better


@given(POINTS, st.randoms(use_true_random=False))
def test_the_order_of_the_reports_never_matters(
    points: list[tuple[int, int]], shuffled: object
) -> None:
    order = list(range(len(points)))
    shuffled.shuffle(order)  # type: ignore[attr-defined]
    there = frontier([of(*point) for point in points], TWO)
    here = frontier([of(*points[at]) for at in order], TWO)
    for place, at in enumerate(order):
        assert here.points[place].standing == there.points[at].standing
    knees = [
        {points[one.report] for one in there.points if one.knee},
        {points[order[one.report]] for one in here.points if one.knee},
    ]
    assert knees[0] == knees[1]


@given(POINTS, st.floats(1e-3, 1e3))
def test_the_unit_never_matters(points: list[tuple[int, int]], factor: float) -> None:
    plain = frontier([of(*point) for point in points], TWO)
    scaled = frontier([of(a * factor, b) for a, b in points], TWO)
    assert standings(scaled) == standings(plain)


@given(st.lists(st.tuples(*[st.floats(-1e300, 1e300)] * 2), max_size=6))
def test_no_number_breaks_it(points: list[tuple[float, float]]) -> None:
    reports = [
        report({LATENCY: Metric(a, "s", "measured", "t"), SIZE: metric(SIZE, b)}) for a, b in points
    ]
    assert len(frontier(reports, TWO).points) == len(points)
