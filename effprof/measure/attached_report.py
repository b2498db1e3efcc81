"""What a phone told that was attached, as a report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from effprof.base.quantity import show
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.stats import runs_needed
from effprof.device import state
from effprof.device.adb import WORD
from effprof.device.benchmark_tool import Run
from effprof.estimators import battery, phone_energy
from effprof.host import Host
from effprof.measure import estimate, operators
from effprof.measure.compose import compose, metric_part
from effprof.measure.figures import graph
from effprof.measure.findings import Findings
from effprof.measure.gathered import Gathered
from effprof.measure.prepared import Prepared
from effprof.measure.summarise import over_trials
from effprof.report.report import MissingPart, Report, Tensor, TrialPart, WarningPart

BINARY = "benchmark_model"
SOURCE = f"{BINARY} over adb"
LOW = 0.2
"""Share of its charge under which a phone saves power."""
_PLUGGED = "a phone on a cable is charged by it: no counter tells what the model took"


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back from the phone."""

    device: dict[str, Any]
    runs: tuple[Run, ...]
    profile: operators.Profile
    before: dict[str, Any]
    after: dict[str, Any]


def report_of(prepared: Prepared, host: Host, seen: Seen, threads: int) -> Report:
    bare, batch = (
        Gathered(prepared.counts, prepared.own or prepared.counts),
        prepared.plan.batches[0],
    )
    found = Findings()
    found.add(*_figures(seen.runs), *graph(prepared, bare, batch))
    found.add(*_energy(prepared, found, seen, threads), *prepared.cautions, *_cautions(seen))
    rows = operators.join(seen.profile, prepared.counts, None)
    found.add(*operators.cautions(seen.profile, rows, found.value("latency.mean")))
    base = compose(prepared, host, bare, running=True)
    runs = sum(run.runs for run in seen.runs)
    return msgspec.structs.replace(
        base,
        model=msgspec.structs.replace(base.model, inputs=_made_there(base.model.inputs)),
        target=msgspec.structs.replace(
            base.target,
            backend=BINARY,
            estimator=None,
            device=seen.device | {"over": WORD, "before": seen.before, "after": seen.after},
            settings={"threads": threads, "delegate": _delegate(seen.runs)},
        ),
        scenario=msgspec.structs.replace(
            base.scenario,
            trials=len(seen.runs),
            runs=runs,
            warmup_runs=sum(run.warmup_runs for run in seen.runs),
            precision_goal=None,
        ),
        metrics={key: metric_part(one) for key, one in sorted(found.measurements.items())},
        missing=tuple(
            MissingPart(one.metric, one.reason, one.hint) for one in found.missing.values()
        ),
        operators=rows,
        trials=tuple(_trial(run) for run in seen.runs),
        warnings=tuple(WarningPart(one.code, one.text, one.advice) for one in found.cautions),
        unfinished=None,
    )


def _made_there(inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The tool fills them itself, whatever would be fed on this machine."""
    return tuple(msgspec.structs.replace(one, values=f"made by {BINARY}") for one in inputs)


def _delegate(runs: Sequence[Run]) -> str:
    """How much of the graph XNNPACK took, where the tool tells."""
    parts = runs[0].delegated
    return "XNNPACK" if parts is None else f"XNNPACK, {parts[0]} of {parts[1]} nodes"


def _figures(runs: Sequence[Run]) -> list[Measurement | Missing]:
    """Each the median over the processes, with its interval; `n` counts runs where runs are."""
    total = sum(run.runs for run in runs)
    mean = _over("latency.mean", [run.mean_s for run in runs], total)
    enough = min(run.runs for run in runs) >= runs_needed(0.95)
    tail = "this benchmark binary tells no percentiles; a newer one does"
    few = f"needs {runs_needed(0.95)} runs in a process"
    told = "the benchmark binary tells the median and p95 alone"
    return [
        _over("latency.p50", [run.p50_s for run in runs], total, tail),
        mean,
        _over("latency.p95", [run.p95_s if enough else None for run in runs], total, few),
        *(Missing(metric, told) for metric in ("latency.p90", "latency.p99", "latency.jitter")),
        Measurement(
            "latency.min", min(run.least_s for run in runs), Origin.MEASURED, SOURCE, n=total
        ),
        Measurement(
            "latency.max", max(run.most_s for run in runs), Origin.MEASURED, SOURCE, n=total
        ),
        _over("latency.load", [run.load_s for run in runs]),
        _over("latency.first", [run.first_s for run in runs]),
        *_rate(mean),
        _over("memory.load", [run.load_bytes for run in runs]),
        _over("memory.peak", [run.peak_bytes for run in runs]),
    ]


def _over(
    metric: str, values: Sequence[float | None], n: int | None = None, why: str = ""
) -> Measurement | Missing:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return Missing(metric, why or "this benchmark binary does not tell it")
    found = over_trials(metric, known, SOURCE)
    return found if n is None else replace(found, n=n)


def _rate(mean: Measurement | Missing) -> list[Measurement | Missing]:
    if isinstance(mean, Missing):
        return [Missing("throughput.items", mean.reason)]
    ends = [1 / end if end else None for end in (mean.high, mean.low)]
    rate = replace(mean, metric="throughput.items", value=1 / mean.value, low=ends[0], high=ends[1])
    return [rate]


def _energy(
    prepared: Prepared, found: Findings, seen: Seen, threads: int
) -> list[Measurement | Missing]:
    """By the power profile of this very phone, where the target is it; else not to be had."""
    target = prepared.asked.target
    run = found.measurements.get("latency.mean")
    same = seen.device["name"].casefold() == target.device["name"].casefold()
    if run is None or run.low is None or target.estimator is None or not same:
        hint = "-t with this phone's own target gives its power profile"
        return [Missing(key, _PLUGGED, hint) for key in ("energy.inference", battery.METRIC)]
    there = estimate.described(target, prepared.asked.duty_hz, threads)
    work = estimate.work(prepared, prepared.counts, prepared.plan.batches[0])
    energy = phone_energy.energy(run, work, there)
    share = battery.share_per_hour(
        energy if isinstance(energy, Measurement) else None,
        run.value,
        work.batch,
        there.facts.get(battery.FACT),
        there.duty_hz,
    )
    return [energy, share]


def _cautions(seen: Seen) -> list[Caution]:
    found = list[Caution]()
    if state.hottest(seen.before, seen.after) >= state.LIGHT:
        found.append(
            Caution(
                "phone-hot",
                f"Android's thermal status is {state.hottest(seen.before, seen.after)}: it slows "
                "this phone down",
                "let it cool, out of its case, and measure again",
            )
        )
    level = seen.before.get("battery_level")
    if level is not None and level < LOW:
        found.append(
            Caution(
                "phone-battery-low",
                f"its battery is at {show(level, '%')}: phones save power then",
                "charge it first",
            )
        )
    return found


def _trial(run: Run) -> TrialPart:
    known = {"p50": run.p50_s, "p95": run.p95_s, "min": run.least_s, "max": run.most_s}
    return TrialPart(
        ending="ok",
        load_s=run.load_s,
        first_s=run.first_s,
        runs=run.runs,
        warmup_runs=run.warmup_runs,
        latency={key: value for key, value in known.items() if value is not None},
        wall_s=run.mean_s * run.runs,
        batch=1,
    )
