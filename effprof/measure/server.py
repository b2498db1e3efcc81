"""Server scenario: tails under Poisson load, and the highest rate that keeps the deadline.

A single-stream pass first gives the service times, of one query and of the largest batch where
batches form in the queue. They predict where the deadline breaks (`queueing.py`); real probes then
close in on it. Only what a probe saw is reported.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from effprof.base.quantity import show
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.stats import Sample, runs_needed, wilson
from effprof.measure import rates, summarise
from effprof.measure.collect import Evidence, Watcher
from effprof.measure.launch import Limits, launch
from effprof.measure.plan import WARM_UP_S, Plan
from effprof.measure.queueing import ALONE, P99, Batching, predicted_rate_hz
from effprof.measure.rates import Load
from effprof.measure.trial import Trial, middle

TRIALS_AT_RATE = 3
"""Processes at the stated rate: what differs between them is seen, and each still gets its time."""
DEFAULT_LOAD = 0.5
"""Share of what a server could answer at most that is offered when no --rate is given."""
PROBES = 6
"""Of the search: halving a factor of 1.5 five times is finer than CLOSE."""
LEAST_QUERIES = 10
"""At a rate so low that its time holds fewer: enough for a mean, and the p99 is missing then."""
CLOSE = 1.05
"""The search ends when the rates that keep and break the deadline are this near."""
METRICS = (
    "latency.under_load.p99",
    "latency.queue",
    "deadline.miss_rate",
    "throughput.items",
    "throughput.at_deadline",
)
CLOCK = "clock:perf_counter_ns from the scheduled arrival"


def default_rate_hz(plan: Plan, evidence: Evidence) -> float:
    """Half of what one stream, or full batches, could answer; in queries per second.

    By the mean: a server gets through no more than that, however fast most runs are.
    """
    sample = middle(evidence.good(plan.batches[0]), plan.seed)
    assert sample is not None
    return DEFAULT_LOAD * batching(plan, evidence).gain / sample.mean().value


def batching(plan: Plan, evidence: Evidence) -> Batching:
    """How batches form, and how their time grows; as if they gained nothing where none was run."""
    if plan.max_batch == 1:
        return ALONE
    one, most = (middle(evidence.good(size), plan.seed) for size in (1, plan.max_batch))
    growth = 1.0
    if one is not None and most is not None:
        growth = max(0.0, (most.mean().value / one.mean().value - 1) / (plan.max_batch - 1))
    return Batching(plan.max_batch, plan.queue_delay_s, growth)


def serve(plan: Plan, evidence: Evidence, watcher: Watcher) -> Iterator[Load]:
    """Trials at the rate, then the search; what there is so far is yielded after each worker.

    With a deadline each gets half of the time. A rate so low that its p99 would need longer gets
    no longer: the p99 is missing then.
    """
    load = Load(plan.rate_hz or default_rate_hz(plan, evidence), plan.queue_delay_s)
    share_s = plan.ceiling_s if plan.deadline_s is None else plan.ceiling_s / 2
    queries = max(LEAST_QUERIES, int(load.rate_hz * share_s / TRIALS_AT_RATE))
    for number in range(TRIALS_AT_RATE):
        watcher.phase(f"server at {load.rate_hz:.3g} queries/s, trial {number + 1}")
        load.trials.append(_probe(plan, load.rate_hz, queries, plan.seed + number))
        yield load
        if not load.trials[-1].answer.ok:
            return
    if plan.deadline_s is not None:
        yield from _search(plan, plan.deadline_s, share_s, evidence, load, watcher)


def _search(
    plan: Plan,
    deadline_s: float,
    left_s: float,
    evidence: Evidence,
    load: Load,
    watcher: Watcher,
) -> Iterator[Load]:
    low, high = rates.bounds(plan, deadline_s, load)
    services_s = rates.waits(evidence.good(plan.batches[0]))
    rate_hz = predicted_rate_hz(services_s, deadline_s, plan.seed, batching(plan, evidence))
    if rate_hz > 0 and not low < rate_hz < high:
        rate_hz = _next(low, high)
    for number in range(PROBES):
        if rate_hz <= 0 or high < low * CLOSE:
            return
        queries = max(runs_needed(P99), int(rate_hz * left_s / (PROBES - number)))
        if queries / rate_hz > left_s:
            load.lacked_s = queries / rate_hz - left_s
            return
        left_s -= queries / rate_hz
        watcher.phase(f"deadline search, probe {number + 1}: {rate_hz:.3g} queries/s")
        trial = _probe(plan, rate_hz, queries, plan.seed + 100 + number)
        if not trial.answer.ok:
            load.trials.append(trial)
            return
        p99_s = rates.p99_s([trial], plan.queue_delay_s)
        load.probes.append((rate_hz, p99_s))
        if p99_s <= deadline_s:
            low = max(low, rate_hz)
        else:
            high = min(high, rate_hz)
        yield load
        rate_hz = _next(low, high)


def _next(low: float, high: float) -> float:
    if high == float("inf"):
        return low * 1.25
    return high / 1.5 if low == 0 else (low + high) / 2


def _probe(plan: Plan, rate_hz: float, queries: int, seed: int) -> Trial:
    request = plan.request(
        "serve",
        plan.batches[0] if plan.max_batch == 1 else plan.max_batch,
        plan.seed,
        rate_hz=rate_hz,
        queries=queries,
        arrival_seed=seed,
        warm_up_s=WARM_UP_S,
        max_batch=plan.max_batch,
        queue_delay_s=plan.queue_delay_s,
        axes=_axes(plan),
    )
    work_s = 4 * queries / rate_hz + plan.ceiling_s
    limits = Limits(plan.silence_s, work_s, plan.memory_limit_bytes)
    answer = launch(request, limits, python=plan.python)
    return Trial.of(plan.batches[0], answer)


def _axes(plan: Plan) -> dict[str, int]:
    """The inputs that carry the batch, and where: what differs between one item and the most."""
    if plan.max_batch == 1:
        return {}
    one, most = (
        {feed.name: feed.run_shape for feed in plan.loads[size].feeds} for size in plan.loads
    )
    return {
        name: next(axis for axis, size in enumerate(shape) if size != one[name][axis])
        for name, shape in most.items()
        if shape != one[name]
    }


def figures(plan: Plan, load: Load) -> list[Measurement | Missing]:
    """What the server scenario reports."""
    scope = f"at {_whole(load.rate_hz)} queries/s, Poisson{_formed(plan)}"
    good = [trial for trial in load.trials if trial.answer.ok]
    if not good:
        reason = f"no trial {scope} ended well"
        return [Missing(metric, reason) for metric in METRICS]
    sample = Sample([[rates.waits([trial])] for trial in good], plan.seed)
    served = summarise.over_trials(
        "throughput.items",
        [trial.runs * trial.batch / trial.answer.found["served_s"] for trial in good],
        CLOCK,
        scope,
    )
    found = [_tail(plan, sample, scope), served, _misses(plan, good, scope)]
    return [*found, *_queued(plan, good, scope), _at_deadline(plan, load)]


def _whole(rate_hz: float) -> str:
    """Four digits, and no exponent: `90,620`."""
    rounded = float(f"{rate_hz:.4g}")
    return f"{rounded:,.0f}" if rounded >= 1000 else f"{rounded:g}"


def _formed(plan: Plan) -> str:
    if plan.max_batch == 1:
        return ""
    held = f", held {show(plan.queue_delay_s, 's')} at most" if plan.queue_delay_s else ""
    return f"; batches of up to {plan.max_batch} as they wait{held}"


def _queued(plan: Plan, good: Sequence[Trial], scope: str) -> list[Measurement]:
    """Mean wait before the run, and, where batches form, how many queries a run answered."""
    queued = [[[ns / 1e9 for ns in trial.answer.found["queue_ns"]]] for trial in good]
    waits = Sample(queued, plan.seed)
    found = [summarise.sampled("latency.queue", waits.mean(), CLOCK, scope)]
    if plan.max_batch > 1:
        sizes = Sample([[trial.answer.found["batches"]] for trial in good], plan.seed)
        source = "runs of the server scenario"
        found.append(summarise.sampled("throughput.mean_batch", sizes.mean(), source, scope))
    return found


def _tail(plan: Plan, sample: Sample, scope: str) -> Measurement | Missing:
    metric, needed = "latency.under_load.p99", runs_needed(P99)
    if sample.n >= needed:
        return summarise.sampled(metric, sample.quantile(P99), CLOCK, scope)
    seconds = math.ceil(1.5 * plan.ceiling_s * needed / sample.n) + 1
    return Missing(metric, f"needs {needed} queries, had {sample.n} {scope}", f"--time {seconds}")


def _misses(plan: Plan, good: list[Trial], scope: str) -> Measurement | Missing:
    if plan.deadline_s is None:
        return Missing("deadline.miss_rate", "no deadline was stated", "--deadline 50ms")
    shares = [[[float(wait > plan.deadline_s) for wait in rates.waits([trial])]] for trial in good]
    mean = Sample(shares, plan.seed).mean()
    low, high = wilson(round(mean.value * mean.n), mean.n)
    honest = replace(mean, low=min(mean.low, low), high=max(mean.high, high))
    late = f"over {plan.deadline_s:g} s {scope}"
    return summarise.sampled("deadline.miss_rate", honest, CLOCK, late)


def _at_deadline(plan: Plan, load: Load) -> Measurement | Missing:
    metric = "throughput.at_deadline"
    if plan.deadline_s is None:
        return Missing(metric, "no deadline was stated", "--deadline 50ms")
    seen = rates.seen(plan, load)
    kept = [rate for rate, p99 in seen if p99 <= plan.deadline_s]
    broke = [rate for rate, p99 in seen if p99 > plan.deadline_s]
    if not kept and load.lacked_s:
        reason = f"a probe of {runs_needed(P99)} queries takes longer than the time there was"
        return Missing(metric, reason, f"--time {math.ceil(plan.ceiling_s + 4 * load.lacked_s)}")
    if not kept:
        tried = "no rate tried kept" if broke else "by the service times no rate would keep"
        reason = f"{tried} p99 within {plan.deadline_s:g} s"
        shorter = "a shorter --max-queue-delay" if plan.queue_delay_s else "fewer items a run"
        return Missing(metric, reason, f"a longer --deadline, or {shorter}")
    items = plan.batches[0]
    wall = rates.broken_from(plan, plan.deadline_s, seen)
    best = max((rate for rate in kept if rate < wall), default=0.0)
    if not best:
        reason = f"{_whole(wall)} queries/s broke the deadline, and {_whole(max(kept))} kept it"
        return Missing(metric, f"{reason}: too unsteady to tell", "a longer --time, nothing beside")
    worse = min((rate for rate in broke if rate > best), default=None)
    return Measurement(
        metric,
        best * items,
        Origin.MEASURED,
        CLOCK,
        n=len(seen),
        low=best * items,
        high=worse * items if worse is not None else None,
        scope="highest rate tried that kept it, lowest above that broke it",
    )


def cautions(load: Load) -> list[Caution]:
    """A worker that ended badly, and a rate that nobody could have kept up with."""
    found = [
        Caution(
            "server-trial",
            f"a server trial ended in {trial.answer.ending}: {trial.answer.detail}",
            trial.answer.hint or "figures come from the trials that ended well",
        )
        for trial in load.trials
        if not trial.answer.ok
    ]
    if any(trial.answer.ok and not rates.kept_up(trial, load.delay_s) for trial in load.trials):
        found.append(
            Caution(
                "overloaded",
                f"{_whole(load.rate_hz)} queries/s is more than can be answered: the queue grew",
                "its p99 says how long was measured; give a lower --rate",
            )
        )
    return found
