"""Trials into measurements and missing entries. Nothing here runs or prints."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from effprof.base.records import Measurement, Missing, Origin, weakest
from effprof.base.stats import Estimate, Sample, runs_needed
from effprof.measure.plan import TAILS, Plan
from effprof.measure.trial import Trial, middle, tail

CLOCK = "clock:perf_counter_ns"


def latencies(plan: Plan, trials: list[Trial]) -> list[Measurement | Missing]:
    """Steady-state latency and throughput of the trials of one batch, all of which ended well."""
    body = middle(trials, plan.seed)
    ends = tail(trials, plan.seed)
    if body is None:
        metrics = ("latency.p50", "latency.mean", "throughput.items")
        return [Missing(metric, "no trial was timed") for metric in metrics]
    most = max(block.runs_per_reading for trial in trials for block in trial.blocks)
    source = CLOCK if most == 1 else f"{CLOCK}, {most} runs a reading"
    batch = trials[0].batch
    mean = body.mean()
    return [
        sampled("latency.p50", body.quantile(0.5), source),
        sampled("latency.mean", mean, source),
        _inverse("throughput.items", mean, batch, source),
        *_tails(plan, ends, body),
    ]


def _tails(plan: Plan, ends: Sample | None, body: Sample) -> list[Measurement | Missing]:
    """Percentiles, extremes and jitter, from single runs; never under the median."""
    names = {quantile: f"latency.p{quantile * 100:.0f}" for quantile in TAILS}
    if ends is None:
        reason = "no run was timed alone"
        return [Missing(metric, reason, "--time 30") for metric in (*names.values(), "latency.max")]
    floor = body.typical()
    found: list[Measurement | Missing] = [
        Measurement("latency.min", min(ends.smallest(), floor), Origin.MEASURED, CLOCK, n=ends.n),
        Measurement("latency.max", max(ends.largest(), floor), Origin.MEASURED, CLOCK, n=ends.n),
    ]
    for quantile, metric in names.items():
        needed = runs_needed(quantile)
        if ends.n < needed:
            found.append(_too_few(metric, needed, ends, plan))
        else:
            found.append(sampled(metric, _at_least(ends.quantile(quantile), floor), CLOCK))
    p99 = found[-1]
    if isinstance(p99, Missing):
        return [*found, Missing("latency.jitter", p99.reason, p99.hint)]
    return [*found, sampled("latency.jitter", _jitter(body, ends, floor), CLOCK)]


def _jitter(body: Sample, ends: Sample, floor: float) -> Estimate:
    """(p99 - p50) / p50 of the figures reported; the interval takes the worst ends of both."""
    p50, p99 = body.quantile(0.5), _at_least(ends.quantile(TAILS[-1]), floor)

    def of(top: float, bottom: float) -> float:
        return max(0.0, (top - bottom) / bottom)

    return Estimate(
        of(p99.value, p50.value),
        of(p99.low, p50.high),
        of(p99.high, p50.low),
        p99.n,
        min(p50.units, p99.units),
    )


def _too_few(metric: str, needed: int, ends: Sample, plan: Plan) -> Missing:
    """The hint leaves a tenth for slower runs, and always asks for more than was given.

    What was given held the runs of all batches.
    """
    run_s = max(ends.typical() * len(plan.batches), plan.ceiling_s / max(ends.n, 1))
    wanted_s = max(1.1 * needed * run_s, plan.ceiling_s + 1)
    return Missing(metric, f"needs {needed} runs, had {ends.n}", f"--time {math.ceil(wanted_s)}")


def _at_least(estimate: Estimate, floor: float) -> Estimate:
    return replace(
        estimate,
        value=max(estimate.value, floor),
        low=max(estimate.low, floor),
        high=max(estimate.high, floor),
    )


def sampled(metric: str, estimate: Estimate, source: str, scope: str | None = None) -> Measurement:
    """A measured figure with the interval and count of its estimate."""
    return Measurement(
        metric,
        estimate.value,
        Origin.MEASURED,
        source,
        n=estimate.n,
        low=estimate.low if estimate.sure else None,
        high=estimate.high if estimate.sure else None,
        scope=scope,
    )


def _inverse(metric: str, seconds: Estimate, items: int, source: str) -> Measurement:
    turned = Estimate(
        items / seconds.value,
        items / seconds.high,
        items / seconds.low,
        seconds.n,
        seconds.units,
    )
    return sampled(metric, turned, source)


def over_trials(
    metric: str, values: Sequence[float], source: str, scope: str | None = None
) -> Measurement:
    """The median over trials, with its interval; for what each process has one value of."""
    return sampled(metric, Sample([[[value]] for value in values]).quantile(0.5), source, scope)


def once_a_trial(plan: Plan, trials: list[Trial]) -> list[Measurement | Missing]:
    """Load, first run, CPU use and what the meters read."""
    if not trials:
        return [Missing(m, "no trial ended well") for m in ("latency.load", "latency.first")]

    def of(value: Callable[[Trial], float]) -> list[float]:
        return [value(trial) for trial in trials]

    return [
        over_trials("latency.load", of(lambda t: t.answer.loaded["load_ns"] / 1e9), CLOCK),
        over_trials("latency.first", of(lambda t: t.answer.loaded["first_ns"] / 1e9), CLOCK),
        over_trials(
            "utilization.cpu",
            of(lambda t: t.cpu_s / t.wall_s / plan.threads),
            "clock:process_time_ns",
            scope="runtimes that spin while they wait count as busy",
        ),
        *metered(trials),
    ]


def metered(trials: Sequence[Trial]) -> list[Measurement | Missing]:
    """What the meters read in these workers: of several the median, of one what it said."""
    by_metric: dict[str, list[dict[str, Any]]] = {}
    for trial in trials:
        for reading in trial.answer.found.get("readings", []):
            by_metric.setdefault(reading["metric"], []).append(reading)
    found: list[Measurement | Missing] = []
    for metric, readings in by_metric.items():
        good = [_read(reading) for reading in readings if reading["kind"] == "measured"]
        if len(good) > 1:
            median = over_trials(metric, [one.value for one in good], good[0].source)
            origin = weakest(*(one.origin for one in good))
            found.append(replace(median, origin=origin, scope=good[0].scope))
        elif good:
            found.append(good[0])
        else:
            found.append(Missing(metric, readings[0]["reason"], readings[0]["hint"]))
    return found


def _read(reading: Mapping[str, Any]) -> Measurement:
    """A reading as it came over the pipe."""
    plain = {key: value for key, value in reading.items() if key != "kind"}
    return Measurement(**plain | {"origin": Origin(reading["origin"])})
