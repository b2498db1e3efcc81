"""The interval of a score, from those of its parts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from effprof.judge.score import score
from effprof.judge.spread import instrument, points_interval
from effprof.profile import Aim, Profile
from effprof.report.judgement import Score
from effprof.report.report import Metric
from tests.judge.reports import metric, report

P99 = Aim("latency.p99", 1.0, 0.001, 1.0, "")
FIRST = Aim("latency.first", 1.0, 0.001, 1.0, "")
BOTH = Profile("both", "edge", "", (P99, FIRST))
LOG_POSITIVE = st.floats(-6, 6)


def read(value: float, factor: float, source: str) -> Metric:
    band = metric("latency.p99", value, value / factor, value * factor)
    return replace(band, source=source)


def scored(first: Metric, second: Metric, profile: Profile = BOTH) -> Score:
    return score(report({"latency.p99": first, "latency.first": second}), profile)


def test_one_part_alone_gives_its_own_ends() -> None:
    """The 95 % interval of a score of one metric is the credit at the metric's ends."""
    only = Profile("one", "edge", "", (P99,))
    found = score(report({"latency.p99": metric("latency.p99", 0.03, 0.02, 0.05)}), only)
    ends = [100 * math.log(1 / end) / math.log(1000) for end in (0.05, 0.02)]
    assert [found.low, found.high] == pytest.approx(ends, rel=0.01)


def test_two_instruments_are_surer_than_one_that_read_both() -> None:
    one_clock = scored(read(0.03, 2, "clock:a"), read(0.03, 2, "clock:b, 2 runs a reading"))
    two_clocks = scored(read(0.03, 2, "clock:a"), read(0.03, 2, "rapl:package"))
    assert one_clock.points == two_clocks.points
    assert width(two_clocks) == pytest.approx(width(one_clock) / math.sqrt(2), rel=0.1)


def test_the_worst_of_all_at_once_is_never_passed_by_much() -> None:
    found = scored(read(0.03, 2, "clock:a"), read(0.05, 3, "rapl:package"))
    worst = scored(metric("latency.p99", 0.06), metric("latency.first", 0.15))
    assert (found.low or 0) > (worst.points or 0)


def test_without_any_interval_there_is_none() -> None:
    assert points_interval([(P99, metric("latency.p99", 0.03))], 0.01) is None


@given(LOG_POSITIVE, LOG_POSITIVE, st.floats(1, 10), st.floats(1, 10))
def test_the_order_of_the_metrics_never_matters(a: float, b: float, x: float, y: float) -> None:
    first, second = read(math.exp(a), x, "clock:a"), read(math.exp(b), y, "rapl:package")
    turned = replace_aims(BOTH, (FIRST, P99))
    assert scored(first, second) == replace_parts(scored(first, second, turned))


@given(LOG_POSITIVE, LOG_POSITIVE, st.floats(1, 10), st.floats(1.0, 5.0))
def test_better_never_scores_less_at_either_end(a: float, b: float, x: float, by: float) -> None:
    other = read(math.exp(b), x, "rapl:package")
    slower = scored(read(math.exp(a), x, "clock:a"), other)
    faster = scored(read(math.exp(a) / by, x, "clock:a"), other)
    for end in ("low", "points", "high"):
        assert getattr(faster, end) >= getattr(slower, end) - 1e-9


@given(LOG_POSITIVE, st.floats(1, 10), st.floats(1e-3, 1e3))
def test_the_unit_never_matters(a: float, x: float, factor: float) -> None:
    other = metric("latency.first", 0.03)
    plain = scored(read(math.exp(a), x, "clock:a"), other)
    scaled = scored(
        read(math.exp(a) * factor, x, "clock:a"),
        other,
        replace_aims(BOTH, (Aim("latency.p99", 1.0, 0.001 * factor, factor, ""), FIRST)),
    )
    for end in ("low", "points", "high"):
        assert getattr(scaled, end) == pytest.approx(getattr(plain, end), rel=1e-6)


@given(*[st.floats(-1.7e308, 1.7e308)] * 3)
def test_no_number_breaks_it(a: float, b: float, c: float) -> None:
    low, value, high = sorted((a, b, c))
    found = scored(metric("latency.p99", value, low, high), metric("latency.first", 0.03))
    assert 0 <= (found.low or 0) <= (found.points or 0) <= (found.high or 0) <= 100


def test_the_instrument_is_what_stands_before_the_quantity() -> None:
    assert instrument("clock:perf_counter_ns, 2 runs a reading") == "clock"
    assert instrument("proc:VmHWM") == "proc"
    assert instrument("file") == "file"


def width(found: Score) -> float:
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def replace_aims(profile: Profile, aims: tuple[Aim, ...]) -> Profile:
    return Profile(profile.name, profile.environment, profile.summary, aims)


def replace_parts(found: Score) -> Score:
    """With its parts in the other order."""
    return replace(found, parts=found.parts[::-1])
