"""Server scenario: tails under Poisson load, and the highest rate that keeps the deadline.

A single-stream pass first gives the service times. Lindley's recursion (Lindley, "The Theory of
Queues with a Single Server", 1952) over those predicts where the deadline breaks; real probes then
close in on it. Only what a probe saw is reported.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.stats import Sample, nearest_rank, runs_needed, wilson
from effprof.measure import summarise
from effprof.measure.collect import Evidence, Watcher
from effprof.measure.launch import Limits, launch
from effprof.measure.plan import WARM_UP_S, Plan
from effprof.measure.trial import Trial, middle

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

P99 = 0.99
TRIALS_AT_RATE = 3
DEFAULT_LOAD = 0.5
"""Share of the single-stream rate that is offered when no --rate is given."""
PROBES = 6
LEAST_QUERIES = 10
CLOSE = 1.05
KEPT_UP = 1.02
"""Seconds to answer all queries over seconds in which they were due."""
METRICS = (
    "latency.under_load.p99",
    "deadline.miss_rate",
    "throughput.items",
    "throughput.at_deadline",
)
"""The search ends when the rates that keep and break the deadline are this near."""
CLOCK = "clock:perf_counter_ns from the scheduled arrival"


@dataclass(slots=True)
class Load:
    """The trials at the stated rate, and the probes of the search as (rate, p99).

    `lacked_s`: what the search's next probe would have taken beyond the time it had.
    """

    rate_hz: float
    trials: list[Trial] = field(default_factory=list)
    probes: list[tuple[float, float]] = field(default_factory=list)
    lacked_s: float = 0.0


def default_rate_hz(trials: list[Trial], seed: int) -> float:
    """Half of what one stream manages; in queries (runs) per second."""
    sample = middle(trials, seed)
    assert sample is not None
    return DEFAULT_LOAD / sample.typical()


def serve(plan: Plan, evidence: Evidence, watcher: Watcher) -> Iterator[Load]:
    """Trials at the rate, then the search; what there is so far is yielded after each worker.

    With a deadline each gets half of the time. A rate so low that its p99 would need longer gets
    no longer: the p99 is missing then.
    """
    load = Load(plan.rate_hz or default_rate_hz(evidence.good(), plan.seed))
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
    low, high = 0.0, float("inf")
    rate_hz = predicted_rate_hz(_waits(evidence.good()), deadline_s, plan.seed)
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
        p99_s = nearest_rank(_waits([trial]), P99) if kept_up(trial) else float("inf")
        load.probes.append((rate_hz, p99_s))
        if p99_s <= deadline_s:
            low = max(low, rate_hz)
        else:
            high = min(high, rate_hz)
        yield load
        rate_hz = _next(low, high)


def kept_up(trial: Trial) -> bool:
    """Whether the queue was as good as empty at the end: else it grows with the run, not the rate.

    A p99 of such a queue says how long was measured, and nothing about the model.
    """
    found = trial.answer.found
    return bool(found["served_s"] <= KEPT_UP * found["scheduled_s"])


def _next(low: float, high: float) -> float:
    if high == float("inf"):
        return low * 1.25
    return high / 1.5 if low == 0 else (low + high) / 2


def predicted_rate_hz(services_s: list[float], deadline_s: float, seed: int) -> float:
    """Highest rate whose p99 keeps the deadline in a queue of these service times; 0 if none does.

    Bisection over 0.1 %..99 % of the capacity, with the same random gaps at every rate.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    services = rng.choice(np.asarray(services_s), 20_000)
    gaps = rng.exponential(1.0, len(services))
    low, high = 0.001, 0.99
    capacity_hz = 1 / float(np.mean(services))
    for _ in range(12):
        load = (low + high) / 2
        waits = _lindley(services, gaps / (load * capacity_hz))
        if float(np.quantile(waits, P99)) <= deadline_s:
            low = load
        else:
            high = load
    return low * capacity_hz if low > 0.001 else 0.0


def _lindley(services: "Floats", gaps: "Floats") -> "Floats":
    """Time from arrival to answer of each query, first come first served.

    w[n+1] = max(0, w[n] + s[n] - gap[n+1]), unrolled as a running minimum.
    """
    import numpy as np

    walk = np.cumsum(services[:-1] - gaps[1:])
    waits = walk - np.minimum(np.minimum.accumulate(walk), 0)
    return np.concatenate([[0.0], waits]) + services


def _probe(plan: Plan, rate_hz: float, queries: int, seed: int) -> Trial:
    batch = plan.batches[0]
    request = plan.request(
        "serve",
        batch,
        plan.seed,
        rate_hz=rate_hz,
        queries=queries,
        arrival_seed=seed,
        warm_up_s=WARM_UP_S,
    )
    work_s = 4 * queries / rate_hz + plan.ceiling_s
    limits = Limits(plan.silence_s, work_s, plan.memory_limit_bytes)
    answer = launch(request, limits, python=plan.python, env=plan.env)
    return Trial.of(batch, answer)


def _waits(trials: Sequence[Trial]) -> list[float]:
    return [float(one) for trial in trials for block in trial.blocks for one in block.run_s]


def figures(plan: Plan, load: Load) -> list[Measurement | Missing]:
    """What the server scenario reports."""
    scope = f"at {load.rate_hz:.4g} queries/s, Poisson"
    good = [trial for trial in load.trials if trial.answer.ok]
    if not good:
        reason = f"no trial {scope} ended well"
        return [Missing(metric, reason) for metric in METRICS]
    sample = Sample([[_waits([trial])] for trial in good], plan.seed)
    served = summarise.over_trials(
        "throughput.items",
        [trial.runs * trial.batch / trial.answer.found["served_s"] for trial in good],
        CLOCK,
        scope,
    )
    tail = _tail(plan, sample, scope)
    return [tail, served, _misses(plan, good, scope), _at_deadline(plan, load)]


def _tail(plan: Plan, sample: Sample, scope: str) -> Measurement | Missing:
    metric, needed = "latency.under_load.p99", runs_needed(P99)
    if sample.n >= needed:
        return summarise.sampled(metric, sample.quantile(P99), CLOCK, scope)
    seconds = math.ceil(1.5 * plan.ceiling_s * needed / sample.n) + 1
    return Missing(metric, f"needs {needed} queries, had {sample.n} {scope}", f"--time {seconds}")


def _misses(plan: Plan, good: list[Trial], scope: str) -> Measurement | Missing:
    if plan.deadline_s is None:
        return Missing("deadline.miss_rate", "no deadline was stated", "--deadline 50ms")
    shares = [[[float(wait > plan.deadline_s) for wait in _waits([trial])]] for trial in good]
    mean = Sample(shares, plan.seed).mean()
    low, high = wilson(round(mean.value * mean.n), mean.n)
    honest = replace(mean, low=min(mean.low, low), high=max(mean.high, high))
    late = f"over {plan.deadline_s:g} s {scope}"
    return summarise.sampled("deadline.miss_rate", honest, CLOCK, late)


def _at_deadline(plan: Plan, load: Load) -> Measurement | Missing:
    metric = "throughput.at_deadline"
    if plan.deadline_s is None:
        return Missing(metric, "no deadline was stated", "--deadline 50ms")
    kept = [rate for rate, p99 in load.probes if p99 <= plan.deadline_s]
    broke = [rate for rate, p99 in load.probes if p99 > plan.deadline_s]
    if not kept and load.lacked_s:
        reason = f"a probe of {runs_needed(P99)} queries takes longer than the time there was"
        return Missing(metric, reason, f"--time {math.ceil(plan.ceiling_s + 4 * load.lacked_s)}")
    if not kept:
        reason = f"no rate tried kept p99 within {plan.deadline_s:g} s"
        return Missing(metric, reason, "a longer --deadline, or fewer items a run")
    items = plan.batches[0]
    best = max(kept)
    worse = min((rate for rate in broke if rate > best), default=None)
    return Measurement(
        metric,
        best * items,
        Origin.MEASURED,
        CLOCK,
        n=len(load.probes),
        low=best * items,
        high=worse * items if worse is not None else None,
        scope="highest rate probed that kept it, lowest above that broke it",
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
    if any(trial.answer.ok and not kept_up(trial) for trial in load.trials):
        found.append(
            Caution(
                "overloaded",
                f"{load.rate_hz:.4g} queries/s is more than can be answered: the queue only grew",
                "its p99 says how long was measured; give a lower --rate",
            )
        )
    return found
