"""Where a queue breaks its deadline, from service times."""

import numpy as np
import pytest

from effprof.measure.queueing import Batching, predicted_rate_hz


def test_a_fixed_service_time_is_a_queue_with_a_known_tail() -> None:
    """M/D/1 at load 0.8: p99 of the time in system is about 10.5 services (Franx 2001)."""
    rate_hz = predicted_rate_hz([0.001] * 100, deadline_s=0.0105, seed=0)
    assert rate_hz == pytest.approx(800, rel=0.08)


def test_a_deadline_under_the_service_time_is_kept_at_no_rate() -> None:
    assert predicted_rate_hz([0.01] * 10, deadline_s=0.005, seed=0) == 0
    assert predicted_rate_hz([0.01] * 10, 0.005, 0, Batching(4, 0.0, 0.1)) == 0


def test_a_longer_deadline_never_allows_less() -> None:
    services = list(np.random.default_rng(0).gamma(4, 0.00025, 500))
    rates = [predicted_rate_hz(services, deadline, seed=1) for deadline in (0.004, 0.01, 0.1)]
    assert rates == sorted(rates)


def test_batches_that_cost_nothing_more_serve_many_times_as_much() -> None:
    free = Batching(most=8, growth=0.0)
    assert free.gain == 8
    alone = predicted_rate_hz([0.001] * 100, 0.01, seed=0)
    assert predicted_rate_hz([0.001] * 100, 0.01, 0, free) > 4 * alone


def test_batches_as_slow_as_their_queries_gain_nothing() -> None:
    linear = Batching(most=8, growth=1.0)
    assert linear.gain == 1
    alone = predicted_rate_hz([0.001] * 100, 0.02, seed=0)
    assert predicted_rate_hz([0.001] * 100, 0.02, 0, linear) <= alone


def test_a_delay_beyond_the_deadline_is_kept_by_a_rate_that_fills_batches_before() -> None:
    """At a low rate a query is held for the whole delay; at a high one its batch is full first."""
    held = Batching(most=4, delay_s=0.05, growth=0.0)
    rate_hz = predicted_rate_hz([0.001] * 100, deadline_s=0.04, seed=0, batching=held)
    assert rate_hz > 500
