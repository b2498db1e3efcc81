"""A report from its parts: the only place that knows both the trials and the report's keys."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any

from effprof import __version__
from effprof.base.records import Measurement
from effprof.estimators import published
from effprof.host import Host
from effprof.measure import distribution, emulate, energy, estimate, operators, sweep
from effprof.measure.figures import findings
from effprof.measure.findings import Findings
from effprof.measure.gathered import Gathered
from effprof.measure.plan import Plan
from effprof.measure.prepared import Prepared
from effprof.measure.trial import Trial, middle, tail
from effprof.model.inputs import described
from effprof.report.identity import new_id
from effprof.report.report import (
    SCHEMA,
    BandwidthPart,
    CeilingsPart,
    FirmwarePart,
    HostPart,
    Metric,
    MissingPart,
    ModelPart,
    OperatorPart,
    Report,
    ScenarioPart,
    TargetPart,
    Tensor,
    TrialPart,
    WarningPart,
)


def compose(prepared: Prepared, host: Host, gathered: Gathered, *, running: bool = False) -> Report:
    """The report of what was gathered. `running`: the trials alone, between two of them."""
    plan, evidence = prepared.plan, gathered.evidence
    rates = {} if running else sweep.rates(plan, evidence)
    found = Findings() if running else findings(prepared, gathered, rates)
    batch = sweep.main_batch(plan, rates)
    good = evidence.good(batch)
    firmware = None
    if plan.means == "emulate":
        good = [trial for trial in evidence.trials if trial.answer.ok]
    rows = _operators(gathered, good, plan.means)
    if prepared.estimator is not None and not running:
        rows = estimate.operators(prepared, gathered.counts, batch) or rows
    run_s = found.value("latency.p50")
    found.add(*operators.cautions(gathered.profile, rows, run_s, accelerator=plan.accelerator))
    if plan.means == "emulate" and good:
        firmware = _firmware(prepared, gathered, good[0], found)
    here = Findings()
    if prepared.estimator is not None and not running:
        found, here = estimate.split(found, prepared, gathered.counts, batch), found
    now = datetime.now(UTC)
    return Report(
        schema=SCHEMA,
        effprof=__version__,
        id=new_id(now),
        created=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        model=_model(prepared, gathered, batch, good),
        target=_target(prepared, good),
        host=_host(host, good),
        scenario=_scenario(prepared, gathered, batch),
        metrics={key: metric_part(one) for key, one in sorted(found.measurements.items())},
        host_metrics={key: metric_part(one) for key, one in sorted(here.measurements.items())},
        missing=tuple(
            MissingPart(one.metric, one.reason, one.hint) for one in found.missing.values()
        ),
        operators=() if running else rows,
        trials=tuple(_trial(plan, trial) for trial in evidence.trials),
        distribution=() if running else distribution.bins(good),
        ceilings=_ceilings(gathered),
        sweep=sweep.rows(plan, evidence, rates) if len(rates) > 1 else (),
        energy=energy.parts(gathered.energy),
        sustained=gathered.sustained.rows if gathered.sustained else (),
        firmware=firmware,
        warnings=tuple(WarningPart(c.code, c.text, c.advice) for c in found.cautions),
        unfinished="still running" if running else _why_unfinished(gathered),
    )


def _ceilings(gathered: Gathered) -> CeilingsPart | None:
    found = gathered.ceilings
    if found is None:
        return None
    levels = (BandwidthPart(one.working_set_bytes, one.bytes_per_s) for one in found.bandwidth)
    return CeilingsPart(found.flops_per_s, tuple(levels), found.threads)


def _firmware(
    prepared: Prepared, gathered: Gathered, trial: Trial, found: Findings
) -> FirmwarePart:
    target = prepared.asked.target
    feeds = prepared.plan.loads[trial.batch].feeds
    subject = published.Subject(
        sha256=prepared.model.sha256,
        macs=gathered.counts.macs,
        input_values=sum(math.prod(feed.shape) for feed in feeds),
        device=target.device["name"],
    )
    others = published.results(subject)
    return emulate.firmware(trial, found.measurements, target, others)


def _operators(gathered: Gathered, good: list[Trial], means: str) -> tuple[OperatorPart, ...]:
    if means == "emulate" and good:
        return emulate.operators(good[0])
    return operators.join(gathered.profile, gathered.counts, gathered.ceilings)


def _why_unfinished(gathered: Gathered) -> str | None:
    failed = gathered.evidence.failed
    if gathered.interrupted:
        return "interrupted"
    if gathered.spoiled:
        names = ", ".join(gathered.spoiled)
        return f"the converted model answers NaN or infinity in {names}, the original does not"
    return failed.answer.detail if failed and gathered.evidence.stopped == "failed" else None


def _model(prepared: Prepared, gathered: Gathered, batch: int, good: list[Trial]) -> ModelPart:
    model, plan, converted = prepared.model, prepared.plan, prepared.deployed.converted
    return ModelPart(
        name=model.name,
        format=model.format,
        sha256=model.sha256,
        size_bytes=model.size_bytes,
        parameters=model.parameters,
        macs=gathered.own.macs,
        precision=model.precision,
        opset=model.opset,
        inputs=tuple(
            Tensor(feed.name, feed.run_dtype, feed.shape, values=described(feed, plan.seed))
            for feed in prepared.feeds.get(batch, ())
        ),
        converted=None if converted is None else dict(converted),
        outputs=_outputs(gathered, good, converted=converted is not None),
    )


def _outputs(gathered: Gathered, good: list[Trial], *, converted: bool) -> tuple[Tensor, ...]:
    """Of the user's file: as they were seen, or as inferred where another file ran."""
    if converted:
        return tuple(Tensor(one.name, one.dtype, one.shape) for one in gathered.own.outputs)
    seen = good[0].answer.loaded["outputs"] if good else []
    return tuple(Tensor(one["name"], one["dtype"], tuple(one["shape"])) for one in seen)


def _target(prepared: Prepared, good: list[Trial]) -> TargetPart:
    target = prepared.asked.target
    asked = {key: value for key, value in prepared.plan.options.items() if key != "board"}
    settings = good[0].answer.settings if good else asked
    return TargetPart(
        id=target.id,
        environment=target.environment,
        backend=target.backend or "none",
        estimator=target.estimator,
        duty=prepared.asked.duty_hz or target.duty_hz,
        sha256=target.sha256,
        profile=target.profile,
        device=dict(target.device),
        settings=dict(settings),
    )


def _host(host: Host, good: list[Trial]) -> HostPart:
    return HostPart(
        cpu=host.cpu,
        cores=host.cores,
        memory_bytes=host.memory_bytes,
        os=host.os,
        python=good[0].answer.python if good else host.python,
        fingerprint=host.fingerprint,
        packages=dict(good[0].answer.packages) if good else {},
        load=host.load,
    )


def _scenario(prepared: Prepared, gathered: Gathered, batch: int) -> ScenarioPart:
    evidence = gathered.evidence
    plan, good = prepared.plan, evidence.good(batch)
    return ScenarioPart(
        name=plan.scenario,
        batch=batch,
        trials=len(good),
        runs=len(good) if plan.means == "emulate" else sum(trial.runs for trial in good),
        warmup_runs=sum(trial.answer.loaded["warmup_runs"] for trial in good),
        seed=plan.seed,
        command=prepared.asked.command,
        precision_goal=evidence.goal if plan.means != "emulate" and plan.backend else None,
        precision_reached=_finite(evidence.precision) if len(good) > 1 else None,
        rate=gathered.load.rate_hz if gathered.load else None,
        deadline=plan.deadline_s,
        max_batch=plan.max_batch if plan.max_batch > 1 else None,
        queue_delay=plan.queue_delay_s if plan.max_batch > 1 else None,
    )


def _finite(share: float | None) -> float | None:
    return share if share is not None and math.isfinite(share) else None


def metric_part(one: Measurement) -> Metric:
    return Metric(
        value=one.value,
        unit=one.unit,
        origin=one.origin.word,
        source=one.source,
        low=one.low,
        high=one.high,
        n=one.n,
        scope=one.scope,
    )


def _trial(plan: Plan, trial: Trial) -> TrialPart:
    answer = trial.answer
    loaded = answer.loaded
    timed = bool(trial.blocks)
    return TrialPart(
        ending=str(answer.ending),
        load_s=loaded["load_ns"] / 1e9 if "load_ns" in loaded else None,
        first_s=loaded["first_ns"] / 1e9 if "first_ns" in loaded else None,
        runs=trial.runs,
        warmup_runs=loaded.get("warmup_runs", 0),
        latency=_quantiles(trial, plan.seed) if timed else {},
        cpu_s=trial.cpu_s if timed else None,
        wall_s=trial.wall_s if timed else None,
        blocks=_block_medians(trial) if timed else (),
        host=_counters(answer.found.get("host", {})),
        detail=answer.detail or None,
        batch=trial.batch,
        cached=answer.cached,
    )


def _quantiles(trial: Trial, seed: int) -> dict[str, float]:
    """Of this process alone, from the blocks the report's figures come from."""
    body, ends = middle([trial], seed), tail([trial], seed)
    assert body is not None
    found = {"p50": body.typical()}
    if ends is None:
        return found
    return found | {
        "p90": ends.value_at(0.9),
        "p99": ends.value_at(0.99),
        "min": ends.smallest(),
        "max": ends.largest(),
    }


def _block_medians(trial: Trial) -> tuple[float, ...]:
    return tuple(float(median(block.run_s)) for block in trial.blocks)


def _counters(host: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in host.items()}
