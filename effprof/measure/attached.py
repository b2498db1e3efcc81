"""A phone that is attached: LiteRT's own benchmark binary runs there, and what it reads is told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from effprof.base.errors import ExitCode, LackingError, RequestError
from effprof.base.quantity import show
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.stats import runs_needed
from effprof.device import benchmark_tool, state
from effprof.device.adb import TEMPORARY, WORD, Adb, serial_of, workplace
from effprof.device.benchmark_tool import Run
from effprof.estimators import battery, phone_energy
from effprof.host import Host
from effprof.measure import estimate, operators
from effprof.measure.asked import Asked
from effprof.measure.collect import Watcher
from effprof.measure.compose import compose, metric_part
from effprof.measure.deploy import deployed_format
from effprof.measure.figures import graph
from effprof.measure.findings import Findings
from effprof.measure.gathered import Gathered
from effprof.measure.prepared import Looked, Prepared
from effprof.measure.run import Outcome
from effprof.measure.summarise import over_trials
from effprof.report.report import MissingPart, Report, Tensor, TrialPart, WarningPart

TRIALS = 5
SOURCE = "benchmark_model over adb"
RUNS = 90
"""At least so many in a process: what a p95 needs."""
BINARY = "benchmark_model"
_GET_ONE = (
    "give one with --benchmark-binary FILE: android_aarch64_benchmark_model of "
    "https://ai.google.dev/edge/litert/models/measurement"
)
_PLUGGED = "a phone on a cable is charged by it: no counter tells what the model took"
LOW = 0.2


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back from the phone."""

    device: dict[str, Any]
    runs: tuple[Run, ...]
    profile: operators.Profile
    before: dict[str, Any]
    after: dict[str, Any]


def check(asked: Asked, word: str) -> None:
    """What the tool on the phone cannot do is refused before it is asked. `word`: of --device."""
    serial_of(word)
    binary = asked.benchmark_binary
    if binary is not None and not binary.is_file():
        raise RequestError(f"--benchmark-binary {binary}: no such file", hint=_GET_ONE)
    idle = {
        "--labels": asked.labels,
        "--reference": asked.reference,
        "--runtime": asked.runtime,
        "--inputs": asked.inputs,
        "--input": asked.values,
        "--dim": asked.dims,
        "--shape": asked.shapes,
        "--sustained": asked.sustained_s,
        "--meter-command": asked.meter_command,
    }
    given = [flag for flag, value in idle.items() if value]
    if given:
        raise RequestError(
            f"{given[0]} says nothing with --device: the benchmark binary knows no such thing",
            hint=f"leave {given[0]} out, or measure here without --device",
        )
    if asked.scenario != "single-stream" or asked.batches not in ((), (1,)):
        raise RequestError(
            "--device: the benchmark binary runs a single stream of the file as it is",
            hint="leave --scenario and --batch out",
        )


def check_file(looked: Looked) -> None:
    """Of the file that will be pushed, before it is made."""
    form = deployed_format(looked.model, looked.want)
    if form != "tflite":
        raise RequestError(
            f"{looked.model.name}: the benchmark binary runs .tflite files, this is {form}",
            hint="-t mobile converts it, or give a .tflite file",
        )


def measure(prepared: Prepared, phone: Adb, host: Host, watcher: Watcher) -> Outcome:
    """Pushes, runs and cleans up; every figure of the clock is the phone's own."""
    threads = _threads(prepared)
    seen = _run(prepared, phone, threads, watcher)
    watcher.phase("working out the figures")
    return Outcome(_report(prepared, host, seen, threads), ExitCode.DONE)


def _threads(prepared: Prepared) -> int:
    """The user's, else the target's own number; the phone's cores are not this machine's."""
    stated = prepared.asked.threads or prepared.asked.target.options.get("threads")
    return stated if isinstance(stated, int) else 1


def _run(prepared: Prepared, phone: Adb, threads: int, watcher: Watcher) -> Seen:
    plan, binary = prepared.plan, prepared.asked.benchmark_binary
    device = state.device(phone.shell("getprop"))
    with workplace(phone) as folder:
        watcher.phase(f"copying to {device['name']}")
        program, model = _tool(phone, binary, folder), f"{folder}/model.tflite"
        phone.push(Path(plan.loads[plan.batches[0]].path), model)
        slice_s = max(plan.ceiling_s / TRIALS, 0.1)
        longest_s = plan.silence_s + 20 * slice_s + 60
        before, runs = _state(phone), list[Run]()
        for number in range(TRIALS):
            watcher.phase(f"trial {number + 1} on {device['name']}")
            words = benchmark_tool.command(program, model, threads, RUNS, slice_s)
            runs.append(benchmark_tool.read(phone.shell(words, longest_s)))
        after = _state(phone)
        watcher.phase("operators")
        words = benchmark_tool.command(program, model, threads, 1, 0.5, operators=True)
        times = benchmark_tool.operators(phone.shell(words, longest_s))
    lack = "" if times else "this benchmark binary gives no profile of operators"
    return Seen(device, tuple(runs), operators.Profile(times, lack), before, after)


def _tool(phone: Adb, binary: Path | None, folder: str) -> str:
    """Where the benchmark binary is on the phone: pushed there, or what lies in /data/local/tmp."""
    if binary is None:
        there = f"{TEMPORARY}/{BINARY}"
        if "yes" not in phone.shell(f"if [ -x {there} ]; then echo yes; else echo no; fi"):
            raise LackingError(f"there is no {there} on the phone", hint=_GET_ONE)
        return there
    program = f"{folder}/{BINARY}"
    phone.push(binary, program)
    phone.shell(f"chmod 755 {program}")
    return program


def _state(phone: Adb) -> dict[str, Any]:
    return {
        **state.battery(phone.shell("dumpsys battery")),
        **state.heat(phone.shell("dumpsys thermalservice")),
    }


def _report(prepared: Prepared, host: Host, seen: Seen, threads: int) -> Report:
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
