"""Batches side by side: throughput of each, where it peaks, how it scales."""

from collections.abc import Sequence

from effprof.base.pareto import LEAST_FOR_A_KNEE, knee_of_sweep
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.stats import Estimate
from effprof.measure import summarise
from effprof.measure.collect import Evidence
from effprof.measure.plan import Plan
from effprof.measure.trial import middle

Row = dict[str, float]


def rates(plan: Plan, evidence: Evidence) -> dict[int, Estimate]:
    """Items per second at each batch that was timed, with the interval of its mean run."""
    found = dict[int, Estimate]()
    for batch in plan.batches:
        sample = middle(evidence.good(batch), plan.seed)
        if sample is None:
            continue
        mean = sample.mean()
        found[batch] = Estimate(
            batch / mean.value, batch / mean.high, batch / mean.low, mean.n, mean.units
        )
    return found


def main_batch(plan: Plan, found: dict[int, Estimate]) -> int:
    """The batch the report's figures are of: the first that was timed, or the best one offline."""
    if plan.scenario == "offline" and found:
        return max(found, key=lambda batch: found[batch].value)
    return next((batch for batch in plan.batches if batch in found), plan.batches[0])


def rows(plan: Plan, evidence: Evidence, found: dict[int, Estimate]) -> tuple[Row, ...]:
    """For the report: batch, items per second and its interval, p50 in seconds."""
    table = list[Row]()
    for batch, rate in found.items():
        sample = middle(evidence.good(batch), plan.seed)
        assert sample is not None
        table.append(
            {
                "batch": float(batch),
                "throughput": rate.value,
                "low": rate.low,
                "high": rate.high,
                "latency_p50": sample.typical(),
            }
        )
    return tuple(table)


def figures(
    plan: Plan, evidence: Evidence, found: dict[int, Estimate]
) -> list[Measurement | Missing]:
    """Peak, scaling and knee; nothing when one batch was asked for, or batches form by load."""
    if len(found) < 2 or plan.max_batch > 1:
        return []
    best = max(found, key=lambda batch: found[batch].value)
    source = summarise.CLOCK
    return [
        summarise.sampled("throughput.peak", found[best], source),
        Measurement("throughput.peak_batch", float(best), Origin.MEASURED, source, n=len(found)),
        _scaling(found, source),
        _knee(rows(plan, evidence, found), source),
    ]


def _knee(swept: Sequence[Row], source: str) -> Measurement | Missing:
    metric = "throughput.knee_batch"
    batch = knee_of_sweep(swept)
    if batch is not None:
        scope = "the sweep's own batches, of throughput and p50"
        return Measurement(metric, batch, Origin.MEASURED, source, n=len(swept), scope=scope)
    if len(swept) < LEAST_FOR_A_KNEE:
        reason = f"a knee takes {LEAST_FOR_A_KNEE} batches, {len(swept)} were measured"
        return Missing(metric, reason, "--batch 1,2,4,8,16,32")
    return Missing(metric, "the curve of throughput over latency does not bend")


def _scaling(found: dict[int, Estimate], source: str) -> Measurement | Missing:
    """The quotient's interval takes the worst ends of both."""
    most = max(found)
    if 1 not in found:
        return Missing("throughput.scaling", "batch 1 was not measured", f"--batch 1,{most}")
    one, many = found[1], found[most]
    scaling = Estimate(
        many.value / (one.value * most),
        many.low / (one.high * most),
        many.high / (one.low * most),
        one.n + many.n,
        min(one.units, many.units),
    )
    return summarise.sampled("throughput.scaling", scaling, source, f"batch {most} against 1")


def out_of_memory(evidence: Evidence) -> list[Caution]:
    return [
        Caution(
            "batch-out-of-memory",
            f"batch {trial.batch} does not fit the memory: {trial.answer.detail}",
            "the sweep went on without it: throughput.peak is of those that fit",
        )
        for trial in evidence.trials
        if evidence.left_out(trial)
    ]
