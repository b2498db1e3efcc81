import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from effprof import profile
from effprof.base.records import Origin
from effprof.base.vocabulary import OriginName
from effprof.judge.score import desirability, score, told_apart
from effprof.profile import Aim, Gate, Profile
from effprof.report.report import Metric, MissingPart, Report
from tests.judge.reports import metric, report

LATENCY = Aim("latency.p99", 3.0, 0.01, 0.1, "a loop")
RATE = Aim("throughput.items", 1.0, 1000.0, 10.0, "")
MINE = Profile("mine", "edge", "", (LATENCY, RATE))

POSITIVE = st.floats(1e-9, 1e9)


def mine(latency: Metric | None = None, rate: Metric | None = None) -> Report:
    return report(
        {
            "latency.p99": latency or metric("latency.p99", 0.01),
            "throughput.items": rate or metric("throughput.items", 1000),
        }
    )


@pytest.mark.parametrize(
    ("value", "aim", "credit"),
    [
        (0.1, LATENCY, 0.0),
        (5.0, LATENCY, 0.0),
        (0.01, LATENCY, 1.0),
        (0.0001, LATENCY, 1.0),
        (math.sqrt(0.001), LATENCY, 0.5),
        (0.0, LATENCY, 1.0),
        (-1.0, LATENCY, 1.0),
        (10.0, RATE, 0.0),
        (100.0, RATE, 0.5),
        (1e6, RATE, 1.0),
        (0.0, RATE, 0.0),
    ],
)
def test_desirability_is_linear_in_the_logarithm(value: float, aim: Aim, credit: float) -> None:
    assert desirability(value, aim) == pytest.approx(credit)


def test_points_are_the_weighted_geometric_mean() -> None:
    assert score(mine(), MINE).points == 100.0
    half = score(mine(rate=metric("throughput.items", 100)), MINE)
    assert half.points == pytest.approx(100 * 0.5**0.25)
    assert [part.weight for part in half.parts] == [0.75, 0.25]


def test_one_failed_metric_is_felt_but_hides_no_other() -> None:
    bad = score(mine(latency=metric("latency.p99", 9)), MINE)
    worse = score(mine(metric("latency.p99", 9), metric("throughput.items", 100)), MINE)
    assert bad.points == pytest.approx(100 * MINE.floor**0.75)
    assert worse.points is not None
    assert worse.points < (bad.points or 0)


def test_a_part_says_how_it_came_about() -> None:
    part = score(mine(latency=metric("latency.p99", 0.05, 0.04, 0.06)), MINE).parts[0]
    assert (part.metric, part.value, part.good, part.poor) == ("latency.p99", 0.05, 0.01, 0.1)
    assert (part.low, part.high, part.origin, part.why) == (0.04, 0.06, "measured", "a loop")


def test_a_missing_metric_means_no_score_and_says_why() -> None:
    lacking = MissingPart("throughput.items", "needs 459 runs, had 300")
    found = score(report({"latency.p99": metric("latency.p99", 0.01)}, lacking), MINE)
    assert (found.points, found.low, found.high, found.measured_share) == (None,) * 4
    assert found.coverage == 0.75
    assert found.reason == "throughput.items is missing: needs 459 runs, had 300"
    assert [part.weight for part in found.parts] == [0.75]
    nothing = score(report({}), MINE)
    assert nothing.reason == (
        "latency.p99 is missing: the report does not have it; "
        "throughput.items is missing: the report does not have it"
    )


def test_a_partial_score_is_of_what_there_is_and_says_its_coverage() -> None:
    found = score(report({"latency.p99": metric("latency.p99", 0.05)}), MINE, partial=True)
    assert found.points == pytest.approx(100 * desirability(0.05, LATENCY))
    assert (found.coverage, found.measured_share) == (0.75, 0.75)
    assert found.reason == "throughput.items is missing: the report does not have it"
    assert score(mine(), MINE, partial=True) == score(mine(), MINE)
    assert score(report({}), MINE, partial=True).points is None


def test_partial_scores_over_different_metrics_have_no_order() -> None:
    whole = score(mine(), MINE)
    part = score(report({"latency.p99": metric("latency.p99", 0.05)}), MINE, partial=True)
    assert (whole.low or 0) > (part.high or 0)
    assert not told_apart(whole, part)


@pytest.mark.parametrize(
    ("low", "value", "high", "verdict"),
    [
        (0.97, 0.98, 0.99, "pass"),
        (0.95, 0.96, 0.97, "pass"),
        (0.94, 0.96, 0.97, "undecided"),
        (0.90, 0.92, 0.94, "fail"),
        (None, 0.94, None, "fail"),
        (None, 0.95, None, "pass"),
    ],
)
def test_quality_is_a_gate_decided_by_its_interval(
    low: float | None, value: float, high: float | None, verdict: str
) -> None:
    gated = replace_gates(required=True)
    accuracy = metric("quality.accuracy", value, low, high)
    found = score(replace(mine(), metrics={**mine().metrics, "quality.accuracy": accuracy}), gated)
    assert [gate.verdict for gate in found.gates] == [verdict]
    assert (found.points is None) == (verdict == "fail")
    if verdict == "fail":
        assert found.reason is not None
        assert found.reason.endswith("less than the 95 % that the profile asks for")
    else:
        assert found.points == 100.0


def test_a_quality_that_is_not_known_counts_where_it_is_required() -> None:
    strict = score(mine(), replace_gates(required=True))
    assert strict.reason == "quality.accuracy is missing: the report does not have it"
    assert strict.points is None
    assert score(mine(), replace_gates(required=True), partial=True).points == 100.0
    assert score(mine(), replace_gates(required=False)).points == 100.0


def replace_gates(*, required: bool) -> Profile:
    gate = Gate("quality.accuracy", 0.95, required, "")
    return Profile("mine", "edge", "", MINE.aims, gates=(gate,))


def test_an_unfinished_report_has_no_score() -> None:
    found = score(replace(mine(), unfinished="trial 2 crashed"), MINE)
    assert (found.points, found.reason) == (None, "not finished: trial 2 crashed")


def test_the_measured_share_is_of_the_weight() -> None:
    modelled = metric("latency.p99", 0.01, origin="modelled")
    emulated = metric("throughput.items", 10, origin="emulated")
    assert score(mine(), MINE).measured_share == 1.0
    assert score(mine(latency=modelled), MINE).measured_share == 0.25
    assert score(mine(modelled, emulated), MINE).measured_share == 0.0


@given(POSITIVE, POSITIVE, POSITIVE)
def test_better_never_scores_less(one: float, other: float, rate: float) -> None:
    faster, slower = sorted((one, other))
    a = score(mine(metric("latency.p99", faster), metric("throughput.items", rate)), MINE)
    b = score(mine(metric("latency.p99", slower), metric("throughput.items", rate)), MINE)
    assert (a.points or 0) >= (b.points or 0)


@given(POSITIVE, POSITIVE, POSITIVE, POSITIVE)
def test_the_interval_holds_the_points(a: float, b: float, c: float, rate: float) -> None:
    low, value, high = sorted((a, b, c))
    found = score(
        mine(metric("latency.p99", value, low, high), metric("throughput.items", rate, None, rate)),
        MINE,
    )
    assert 0 <= (found.low or 0) <= (found.points or 0) <= (found.high or 0) <= 100


@given(POSITIVE, POSITIVE, POSITIVE)
def test_a_wider_interval_never_narrows_the_score(a: float, b: float, c: float) -> None:
    low, value, high = sorted((a, b, c))
    narrow = score(mine(metric("latency.p99", value)), MINE)
    wide = score(mine(metric("latency.p99", value, low, high)), MINE)
    assert (wide.low or 0) <= (narrow.low or 0)
    assert (wide.high or 0) >= (narrow.high or 0)


@given(POSITIVE, st.floats(1e-3, 1e3))
def test_the_unit_never_matters(value: float, factor: float) -> None:
    scaled = Aim("latency.p99", 3.0, 0.01 * factor, 0.1 * factor, "")
    assert desirability(value * factor, scaled) == pytest.approx(
        desirability(value, LATENCY), abs=1e-6
    )


@given(st.lists(st.sampled_from(["measured", "emulated", "modelled"]), min_size=2, max_size=2))
def test_an_origin_is_never_upgraded(origins: list[OriginName]) -> None:
    latency, rate = origins
    found = score(
        mine(
            metric("latency.p99", 0.01, origin=latency), metric("throughput.items", 9, origin=rate)
        ),
        MINE,
    )
    assert [part.origin for part in found.parts] == origins
    weakest = min(Origin[origin.upper()] for origin in origins)
    assert (found.measured_share == 1.0) == (weakest is Origin.MEASURED)
    shares = (found.measured_share, found.emulated_share, found.modelled_share)
    assert sum(share or 0 for share in shares) == pytest.approx(found.coverage)


@pytest.mark.parametrize("name", ["cloud", "edge", "mobile", "tinyml"])
def test_the_profiles_that_ship_span_0_to_100(name: str) -> None:
    shipped = profile.load(name)
    best = {aim.metric: metric(aim.metric, aim.good) for aim in shipped.aims}
    worst = {aim.metric: metric(aim.metric, aim.poor) for aim in shipped.aims}
    assert score(report(best), shipped).points == pytest.approx(100)
    assert score(report(worst), shipped).points == pytest.approx(100 * MINE.floor)


def test_scores_are_told_apart_by_their_intervals() -> None:
    fast = score(mine(metric("latency.p99", 0.02, 0.019, 0.021)), MINE)
    slow = score(mine(metric("latency.p99", 0.04, 0.039, 0.041)), MINE)
    vague = score(mine(metric("latency.p99", 0.04, 0.015, 0.08)), MINE)
    assert told_apart(fast, slow)
    assert not told_apart(slow, fast)
    assert not told_apart(fast, vague)
    assert not told_apart(fast, fast)
    assert not told_apart(fast, score(report({}), MINE))


def test_a_modelled_figure_never_wins_against_a_measured_one() -> None:
    slow = metric("latency.p99", 0.05)
    modelled = score(mine(slow, metric("throughput.items", 1000, origin="modelled")), MINE)
    measured = score(mine(slow, metric("throughput.items", 50)), MINE)
    assert (modelled.low or 0) > (measured.high or 0)
    assert not told_apart(modelled, measured)
    faster = metric("latency.p99", 0.02)
    ahead = score(mine(faster, metric("throughput.items", 1000, origin="modelled")), MINE)
    assert told_apart(ahead, measured)
