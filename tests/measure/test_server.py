"""What the trials and the probes of the server scenario report."""

import pytest

from effprof.base.records import Measurement, Missing
from effprof.measure.server import Load, figures
from tests.measure.build import block, plan, trial

FOUND = {"readings": [], "host": {}, "queue_ns": [1_000_000] * 500, "batches": [2] * 250}


def served(us: float, seconds: float = 1.0) -> Load:
    trials = [trial(block([us] * 500), found=FOUND | {"served_s": seconds}) for _ in range(3)]
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


def test_the_wait_in_the_queue_is_apart_and_the_mean_batch_where_batches_form() -> None:
    found = {one.metric: one for one in figures(plan(), served(2000))}
    waited = found["latency.queue"]
    assert isinstance(waited, Measurement)
    assert waited.value == pytest.approx(0.001)
    assert "throughput.mean_batch" not in found
    batching = plan(max_batch=4, queue_delay_s=0.002)
    found = {one.metric: one for one in figures(batching, served(2000))}
    batch = found["throughput.mean_batch"]
    assert isinstance(batch, Measurement)
    assert batch.value == 2
    assert (
        batch.scope
        == "at 500 queries/s, Poisson; batches of up to 4 as they wait, held 2 ms at most"
    )


def test_a_deadline_that_no_probe_was_worth_is_told_so() -> None:
    found = {one.metric: one for one in figures(plan(deadline_s=0.005), served(2000))}
    rate = found["throughput.at_deadline"]
    assert isinstance(rate, Missing)
    assert "by the service times no rate would keep" in rate.reason
