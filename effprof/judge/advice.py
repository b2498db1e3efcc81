"""What a report says to try next: a few rules, each with its evidence out of the report.

A rule says one thing or nothing. It is silent where the figures it needs are not there, where
their intervals do not carry it, and where a warning of the report already explains them.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence

from effprof.base.quantity import show, show_metric
from effprof.judge.fallacies import bound_shares, precision
from effprof.judge.score import desirability
from effprof.report.judgement import AdvicePart
from effprof.report.report import Metric, Report

_MOST = 0.5  # share of the time from which a bound is worth acting on
_IDLE = 0.1  # under this share of both ceilings neither arithmetic nor memory binds
_LONG_TAIL = 1.0  # (p99 - p50) / p50: the tail takes twice the median
_COLD = 5.0  # times the p50 from which a first run is worth a warm-up
_FELT_S = 0.01  # a first run under this is not worth a word
_RUNTIME = 0.8  # share of the peak that is there once the model is loaded
_SMALL = 0.25  # of that, at most this much is the file
_BATCHED = 1.5  # times the throughput of the smallest batch
_MORE = 1.1  # times that which no batch reaches, where batches buy nothing
_ENOUGH = 80.0  # points from which nothing has to be told about the score
_SPARE = 0.6  # of the threads' time in use
_STRETCHED = ("profiler-overhead", "operators-not-counted", "ceiling-exceeded")
"""Times or ceilings that are wrong by their own account: what binds cannot be told from them."""
_DISTURBED = ("noisy-host", "stolen-time", "frequency-varies", "bimodal-trials")


def advise(report: Report) -> tuple[AdvicePart, ...]:
    """In the order of the rules; none for a report that was not finished."""
    if report.unfinished:
        return ()
    found = [one for rule in RULES if (one := rule(report)) is not None]
    return tuple(one for one in found if all(map(math.isfinite, one.evidence.values())))


def memory_bound(report: Report) -> AdvicePart | None:
    share, kind = _bound(report, "memory")
    if share < _MOST:
        return None
    helps = (
        "keeping activations smaller (input size, fused operators) will help more than fewer MACs"
        if precision(report) == "int8"
        else "int8 will help more than pruning"
    )
    return AdvicePart(
        "memory-bound",
        f"{_percent(share)} of the time is bound by memory bandwidth, most of it in {kind}: "
        f"{helps}",
        {"memory_bound_share": share},
    )


def compute_bound(report: Report) -> AdvicePart | None:
    share, kind = _bound(report, "compute")
    if share < _MOST:
        return None
    return AdvicePart(
        "compute-bound",
        f"{_percent(share)} of the time is bound by arithmetic, most of it in {kind}: fewer MACs "
        "will help (a smaller input, whole channels pruned, a student); single weights set to 0 "
        "will not, in a dense runtime",
        {"compute_bound_share": share},
    )


def overhead_bound(report: Report) -> AdvicePart | None:
    """By the operators, or by how far the whole model is from both ceilings."""
    share, _ = _bound(report, "overhead")
    compute, memory = (
        report.metrics.get(f"utilization.{which}") for which in ("compute", "memory")
    )
    highs = [high for one in (compute, memory) if (high := _high(one)) is not None]
    if _warned(report, ("ceiling-exceeded",)):
        return None
    if share >= _MOST:
        told, evidence = f"{_percent(share)} of the time is", {"overhead_bound_share": share}
    elif compute and memory and max(highs) < _IDLE:
        told = (
            f"at {_percent(compute.value)} of the arithmetic and {_percent(memory.value)} of the "
            "bandwidth, it is"
        )
        evidence = {
            "utilization_compute": compute.value,
            "utilization_compute_high": highs[0],
            "utilization_memory": memory.value,
            "utilization_memory_high": highs[1],
        }
    else:
        return None
    threads = report.target.settings.get("threads")
    fewer = ", one thread" if isinstance(threads, int) and threads > 1 else ""
    return AdvicePart(
        "overhead-bound",
        f"{told} bound by overhead: neither int8 nor pruning will make it faster; fewer and larger "
        f"operators, or a larger batch{fewer} may",
        evidence,
    )


def long_tail(report: Report) -> AdvicePart | None:
    jitter = report.metrics.get("latency.jitter")
    if jitter is None or jitter.low is None or jitter.low < _LONG_TAIL:
        return None
    if jitter.origin != "measured" or _warned(report, _DISTURBED):
        return None
    return AdvicePart(
        "long-tail",
        f"the p99 is {1 + jitter.value:.1f}x the p50 on a machine that was quiet: plan deadlines "
        "by the p99, and try fewer threads than cores",
        {"latency_jitter": jitter.value, "latency_jitter_low": jitter.low},
    )


def slow_first_run(report: Report) -> AdvicePart | None:
    first, median = report.metrics.get("latency.first"), report.metrics.get("latency.p50")
    if first is None or median is None or first.low is None or not median.value:
        return None
    if first.low < max(_FELT_S, _COLD * (median.high or median.value)):
        return None
    return AdvicePart(
        "slow-first-run",
        f"the first run takes {show(first.value, 's')}, {first.value / median.value:.0f}x the p50: "
        "run once after loading, before anyone waits",
        {"latency_first": first.value, "latency_p50": median.value},
    )


def memory_is_the_runtime(report: Report) -> AdvicePart | None:
    load, peak = report.metrics.get("memory.load"), report.metrics.get("memory.peak")
    size = report.metrics.get("size.model")
    if load is None or peak is None or size is None or load.value <= 0:
        return None
    if load.value < _RUNTIME * (_high(peak) or math.inf) or size.value > _SMALL * load.value:
        return None
    return AdvicePart(
        "memory-is-the-runtime",
        f"{show(load.value, 'B')} of the {show(peak.value, 'B')} at the peak are there once the "
        f"model of {show(size.value, 'B')} is loaded: that is the runtime, and a smaller model "
        "will not shrink it",
        {"memory_load": load.value, "memory_peak": peak.value, "size_model": size.value},
    )


def batches(report: Report) -> AdvicePart | None:
    """Whether a larger batch pays, by the intervals of the sweep."""
    rows = [row for row in report.sweep if min(row.get("batch", 0), row.get("throughput", 0)) > 0]
    if len(rows) < 2:
        return None
    least = min(rows, key=lambda row: row["batch"])
    best = max(rows, key=lambda row: row["throughput"])
    gain = best["throughput"] / least["throughput"]
    evidence = {"batch": best["batch"], "throughput": best["throughput"], "gain": gain}
    sure = best.get("low", best["throughput"]) / least.get("high", least["throughput"])
    if sure >= _BATCHED:
        told = f"a batch of {best['batch']:.0f} serves {gain:.1f}x as many items a second as one of"
        return AdvicePart(
            "batch-pays", f"{told} {least['batch']:.0f}: queue where latency allows", evidence
        )
    most = max(row.get("high", row["throughput"]) for row in rows)
    if most / least["throughput"] < _MORE:
        told = f"no batch up to {max(row['batch'] for row in rows):.0f} serves more than 10 % more"
        return AdvicePart(
            "batch-buys-nothing",
            f"{told} items a second: leave it at {least['batch']:.0f}",
            evidence,
        )
    return None


def idle_threads(report: Report) -> AdvicePart | None:
    threads, used = report.target.settings.get("threads"), report.metrics.get("utilization.cpu")
    if not isinstance(threads, int) or threads < 2 or used is None or used.origin != "measured":
        return None
    high = _high(used)
    if high is None or high > _SPARE or _warned(report, _DISTURBED):
        return None
    return AdvicePart(
        "idle-threads",
        f"the {threads} threads were busy {_percent(used.value)} of the time: fewer will cost "
        "little and leave the cores to others",
        {"threads": float(threads), "utilization_cpu": used.value},
    )


def what_costs_the_points(report: Report) -> AdvicePart | None:
    """The metric that costs most of the points, and what full credit in it would give."""
    score = report.score
    if score is None or score.points is None or score.points >= _ENOUGH:
        return None
    floor = score.floor or 0.01
    losses = {
        part.metric: -part.weight * math.log(max(floor, part.desirability)) for part in score.parts
    }
    total = sum(losses.values())
    metric = max(losses, key=lambda key: losses[key])
    part = next(one for one in score.parts if one.metric == metric)
    ends = [end for end in (part.value, part.low, part.high) if end is not None]
    best = max(desirability(end, part) for end in ends)
    least = -part.weight * math.log(max(floor, best))
    if least < _MOST * (total - losses[metric] + least):
        return None
    weight = sum(one.weight for one in score.parts)
    there = score.points * math.exp(losses[metric] / weight)
    unit = report.metrics[metric].unit if metric in report.metrics else "1"
    value, good = (show_metric(metric, one, unit) for one in (part.value, part.good))
    return AdvicePart(
        "costs-the-points",
        f"most of what is missing from the score is {metric}, {value} where {good} is good: with "
        f"full credit there it would be {there:.0f}",
        {
            "points": score.points,
            "points_with_full_credit": there,
            metric.replace(".", "_"): part.value,
            "good": part.good,
        },
    )


RULES: Sequence[Callable[[Report], AdvicePart | None]] = (
    what_costs_the_points,
    memory_bound,
    compute_bound,
    overhead_bound,
    batches,
    long_tail,
    idle_threads,
    slow_first_run,
    memory_is_the_runtime,
)


def _bound(report: Report, which: str) -> tuple[float, str]:
    """Share of the operators' time under this bound, and the type that has most of it."""
    if _warned(report, _STRETCHED):
        return 0.0, ""
    share = next((share for name, share in bound_shares(report).items() if name == which), 0.0)
    kinds: defaultdict[str, float] = defaultdict(float)
    for one in report.operators:
        if one.bound == which:
            kinds[one.type] += one.share or 0.0
    return share, max(kinds, key=lambda kind: (kinds[kind], kind), default="")


def _warned(report: Report, codes: Sequence[str]) -> bool:
    return any(warning.code in codes for warning in report.warnings)


def _high(metric: Metric | None) -> float | None:
    if metric is None:
        return None
    return metric.value if metric.high is None else metric.high


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
