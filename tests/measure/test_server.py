"""What the trials and the probes of the server scenario report."""

import pytest

from effprof.base.records import Measurement, Missing
from effprof.measure.rates import Load, energy_batch, kept_up
from effprof.measure.server import cautions, figures
from tests.measure.build import block, plan, trial

FOUND = {
    "readings": [],
    "host": {},
    "queue_ns": [1_000_000] * 500,
    "batches": [2] * 250,
    "scheduled_s": 0.99,
}


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
    few = [trial(block([2000] * 100), found=FOUND | {"served_s": 1.0})]
    found = {one.metric: one for one in figures(plan(deadline_s=0.005), Load(500.0, trials=few))}
    rate = found["throughput.at_deadline"]
    assert isinstance(rate, Missing)
    assert "by the service times no rate would keep" in rate.reason


def at_deadline(load: Load, **changes: object) -> Measurement | Missing:
    found = {one.metric: one for one in figures(plan(deadline_s=0.005, **changes), load)}
    return found["throughput.at_deadline"]


def test_no_rate_is_kept_above_one_that_broke_the_deadline() -> None:
    """The trials at the stated rate are evidence too: here p99 is 9 ms at 500 queries/s."""
    load = served(9000)
    load.probes = [(400.0, 0.004), (600.0, 0.0049)]
    rate = at_deadline(load)
    assert isinstance(rate, Measurement)
    assert (rate.value, rate.high, rate.n) == (400, 500, 3)
    load.probes = [(600.0, 0.0049)]
    unsteady = at_deadline(load)
    assert isinstance(unsteady, Missing)
    assert "500 queries/s broke the deadline, and 600 kept it" in unsteady.reason


def test_where_queries_are_held_a_low_rate_may_break_what_a_higher_one_keeps() -> None:
    load = served(9000)
    load.probes = [(600.0, 0.0049)]
    held = at_deadline(load, max_batch=4, queue_delay_s=0.004)
    assert isinstance(held, Measurement)
    assert held.value == 600


@pytest.mark.parametrize(
    ("waited_s", "served_s", "scheduled_s", "kept"),
    [
        (0.0, 2.533, 2.5, True),  # one run of 33 ms after the last arrival is no queue
        (0.05, 2.583, 2.5, True),  # nor is one that stood before it
        (0.9, 3.433, 2.5, False),
        (1.0, 61.01, 60.0, True),  # 2 % of a minute
        (3.0, 63.01, 60.0, False),
    ],
)
def test_a_queue_that_grew_is_told_from_a_run_that_takes_long(
    waited_s: float, served_s: float, scheduled_s: float, kept: bool
) -> None:
    times = {"served_s": served_s, "scheduled_s": scheduled_s, "queue_ns": [int(waited_s * 1e9)]}
    one = trial(block([33_000] * 10), found=FOUND | times)
    assert kept_up(one, 0.0) is kept
    assert [each.code for each in cautions(Load(4.0, trials=[one]))] == (
        [] if kept else ["overloaded"]
    )


@pytest.mark.parametrize(("sizes", "batch"), [([1] * 9, 1), ([2, 3], 1), ([8] * 9, 8), ([6, 7], 8)])
def test_energy_is_that_of_the_runs_that_the_server_made(sizes: list[int], batch: int) -> None:
    trials = [trial(block([2000]), found=FOUND | {"batches": sizes})]
    assert energy_batch(plan(max_batch=8), Load(500.0, trials=trials)) == batch
    assert energy_batch(plan(), None) == 1
