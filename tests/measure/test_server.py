"""The queue that predicts where the deadline breaks, and what the probes report."""

import numpy as np
import pytest

from effprof.base.records import Measurement, Missing
from effprof.measure.server import Load, figures, predicted_rate_hz
from tests.measure.build import block, plan, trial


def test_a_fixed_service_time_is_a_queue_with_a_known_tail() -> None:
    """M/D/1 at load 0.8: p99 of the time in system is about 10.5 services (Franx 2001)."""
    rate_hz = predicted_rate_hz([0.001] * 100, deadline_s=0.0105, seed=0)
    assert rate_hz == pytest.approx(800, rel=0.08)


def test_a_deadline_under_the_service_time_is_kept_at_no_rate() -> None:
    assert predicted_rate_hz([0.01] * 10, deadline_s=0.005, seed=0) == 0


def test_a_longer_deadline_never_allows_less() -> None:
    services = list(np.random.default_rng(0).gamma(4, 0.00025, 500))
    rates = [predicted_rate_hz(services, deadline, seed=1) for deadline in (0.004, 0.01, 0.1)]
    assert rates == sorted(rates)


def served(us: float, seconds: float = 1.0) -> Load:
    trials = [
        trial(block([us] * 500), found={"readings": [], "host": {}, "served_s": seconds})
        for _ in range(3)
    ]
    return Load(rate_hz=500.0, trials=trials)


def test_the_rate_served_and_the_tail_are_reported_with_their_scope() -> None:
    found = {one.metric: one for one in figures(plan(deadline_s=0.005), served(2000))}
    p99, rate, missed = (
        found[key] for key in ("latency.under_load.p99", "throughput.items", "deadline.miss_rate")
    )
    assert isinstance(p99, Measurement)
    assert isinstance(rate, Measurement)
    assert isinstance(missed, Measurement)
    assert p99.value == pytest.approx(0.002)
    assert p99.scope == "at 500 queries/s, Poisson"
    assert rate.value == pytest.approx(500)
    assert missed.value == 0


def test_the_highest_rate_that_kept_the_deadline_and_the_lowest_that_broke_it() -> None:
    load = served(2000)
    load.probes = [(400.0, 0.004), (600.0, 0.009), (500.0, 0.0049)]
    found = {one.metric: one for one in figures(plan(deadline_s=0.005), load)}
    rate = found["throughput.at_deadline"]
    assert isinstance(rate, Measurement)
    assert (rate.value, rate.low, rate.high) == (500, 500, 600)


def test_without_a_deadline_or_a_kept_rate_it_is_missing() -> None:
    load = served(2000)
    assert all(
        isinstance(one, Missing)
        for one in figures(plan(), load)
        if one.metric in ("deadline.miss_rate", "throughput.at_deadline")
    )
    load.probes = [(400.0, 0.006)]
    (rate,) = (
        one
        for one in figures(plan(deadline_s=0.005), load)
        if one.metric == "throughput.at_deadline"
    )
    assert isinstance(rate, Missing)
