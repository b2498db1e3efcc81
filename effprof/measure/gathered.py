"""What the passes brought back, raw; and all of it as findings."""

import math
from dataclasses import dataclass, field, replace

from effprof.base.quantity import show
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.stats import Estimate
from effprof.estimators import battery, cpu_power, roofline
from effprof.host.cpu import microarchitecture
from effprof.measure import calibrate, emulate, energy, prices, server, summarise, sweep
from effprof.measure.caution import cautions
from effprof.measure.collect import Evidence
from effprof.measure.energy import Pass
from effprof.measure.operators import Profile
from effprof.measure.prepare import Prepared
from effprof.measure.summarise import Findings
from effprof.measure.sustained import METRIC, Sustained, figure
from effprof.measure.sustained import cautions as sustained_cautions
from effprof.measure.trial import Trial
from effprof.model.model import Counts

INTERRUPTED = "interrupted before it was measured"


@dataclass(slots=True)
class Gathered:
    """Grows pass by pass; whatever is there when the run ends is what the report is made of.

    `counts` and `profile` are of the batch that the report is of; `own` counts the user's file,
    which is another where it was converted. `spoiled`: outputs that conversion made NaN.
    """

    counts: Counts
    own: Counts
    evidence: Evidence = field(default_factory=Evidence)
    load: server.Load | None = None
    profile: Profile = field(default_factory=Profile)
    ceilings: roofline.Ceilings | None = None
    ceilings_lack: str = ""  # empty where their pass was not reached
    quality: tuple[Measurement | Missing | Caution, ...] = ()
    spoiled: list[str] = field(default_factory=list)
    disturbed: tuple[Trial, ...] = ()  # workers of meters that slow the work: no clock here
    energy: Pass | None = None
    plug: cpu_power.Plug | None = None  # this machine's watts, as a user read them
    sustained: Sustained | None = None
    interrupted: bool = False


def findings(prepared: Prepared, gathered: Gathered, rates: dict[int, Estimate]) -> Findings:
    """Every metric there is or is not, and every caution, for the batch the report is of."""
    if prepared.plan.means == "emulate":
        return _emulated(prepared, gathered)
    plan, evidence = prepared.plan, gathered.evidence
    asked = prepared.asked
    batch = sweep.main_batch(plan, rates)
    good = evidence.good(batch)
    found = Findings()
    found.add(*summarise.latencies(plan, good), *summarise.once_a_trial(plan, good))
    found.add(*summarise.metered(gathered.disturbed))
    found.add(
        *sweep.figures(plan, evidence, rates), *gathered.quality, *graph(prepared, gathered, batch)
    )
    found.add(*_metered_energy(prepared, gathered))
    if "energy.inference" not in found.measurements:  # what a meter read is never worked out
        found.add(_energy(prepared, gathered, good, found))
    found.add(*_battery(prepared, batch, found))
    found.add(*_utilization(prepared, gathered, found))
    if gathered.load is not None:
        found.add(*server.figures(plan, gathered.load), *server.cautions(gathered.load))
    elif plan.scenario == "server":
        found.forget("throughput.items")
        found.add(*(_unreached(gathered, one) for one in server.METRICS))
    if prepared.estimator is None:  # else of the device, in `estimate.split`
        found.add(*prices.figures(asked.target, asked.prices, found.measurements))
    found.add(*_sustained(prepared, gathered))
    found.add(*_promised(prepared, gathered, found))
    found.add(*prepared.cautions, *sweep.out_of_memory(evidence))
    timed_here = prepared.estimator is None
    found.add(*cautions(plan, evidence, good, timed_here=timed_here))
    found.add(*calibrate.cautions(gathered.ceilings))
    return found


def _metered_energy(
    prepared: Prepared, gathered: Gathered
) -> list[Measurement | Missing | Caution]:
    """Only where the target has meters of energy."""
    meters = prepared.plan.energy
    if not meters:
        return []
    if gathered.energy is None:
        return [_unreached(gathered, metric) for metric in energy.METRICS]
    found = energy.figures(gathered.energy, metered=any(one.present for one in meters))
    command = prepared.plan.meter_command
    if command is not None and (lack := energy.unread(gathered.energy)):
        found.append(_unread(command, lack))
    return found


def _unreached(gathered: Gathered, metric: str) -> Missing:
    """What a later pass would have measured."""
    if gathered.interrupted:
        return Missing(metric, INTERRUPTED)
    return Missing(metric, "the pass that measures it was not reached")


def _unread(command: str, lack: str) -> Caution:
    told = lack if command in lack else f"--meter-command {command}: {lack}"
    return Caution(
        "meter-failed",
        f"the external meter gave no figure: {told}",
        "run it by itself and look whether it goes on printing seconds and watts",
    )


def _sustained(prepared: Prepared, gathered: Gathered) -> list[Measurement | Missing | Caution]:
    """Only where --sustained asked for it."""
    if prepared.asked.sustained_s is None:
        return []
    if gathered.sustained is None:
        return [_unreached(gathered, METRIC)]
    ratio = figure(gathered.sustained)
    return [ratio, *sustained_cautions(gathered.sustained, ratio)]


def _emulated(prepared: Prepared, gathered: Gathered) -> Findings:
    """Of one inference in an emulator; what only a running machine has is not promised."""
    found = Findings()
    found.add(*gathered.quality, *graph(prepared, gathered, prepared.plan.batches[0]))
    for trial in gathered.evidence.trials:
        if trial.answer.ok:
            found.add(*emulate.figures(trial, prepared.asked.target))
        else:
            found.add(*(Missing(metric, trial.answer.detail) for metric in EMULATED))
    asked = prepared.asked
    found.add(*prices.figures(asked.target, asked.prices, found.measurements))
    found.add(*prepared.cautions)
    return found


EMULATED = (
    "latency.p50",
    "memory.ram",
    "memory.arena",
    "memory.stack",
    "size.flash",
    "compute.cycles",
    "compute.instructions",
    "energy.inference",
)
"""What an emulated target is to say something of."""

PROMISED = (
    "latency.p50",
    "latency.p90",
    "latency.p95",
    "latency.p99",
    "latency.mean",
    "latency.min",
    "latency.max",
    "latency.jitter",
    "latency.load",
    "latency.first",
    "throughput.items",
    "utilization.cpu",
    "memory.peak",
    "memory.load",
    "memory.steady",
)
"""What every scenario is to say something of."""


def _promised(prepared: Prepared, gathered: Gathered, found: Findings) -> list[Missing]:
    """What was promised and nobody spoke of, with what stopped the work as the reason."""
    failed = gathered.evidence.failed
    reason = failed.answer.detail if failed else "no trial ended well"
    if gathered.interrupted:
        reason = INTERRUPTED
    metered = bool(prepared.plan.meters or prepared.plan.disturbing)
    return [
        Missing(metric, reason if metered or not metric.startswith("memory.") else "no meter of it")
        for metric in PROMISED
        if metric not in found.measurements and metric not in found.missing
    ]


def graph(prepared: Prepared, gathered: Gathered, batch: int) -> list[Measurement | Missing]:
    """What the deployed file itself tells."""
    deployed, counts = prepared.deployed, gathered.counts
    model = deployed.models.get(batch) or next(iter(deployed.models.values()))
    known = {
        "compute.macs": counts.macs,
        "compute.parameters": model.parameters,
        "compute.intensity": counts.intensity,
    }
    source = "file, external data included"
    size = Measurement("size.model", float(model.size_bytes), Origin.MEASURED, source)
    if model.format == "elf":  # a firmware has no graph
        return [size]
    unknown = "; ".join(counts.unknown[:3]) or "the graph does not tell"
    return [
        size,
        *(
            Measurement(metric, float(value), Origin.MODELLED, "counted from the graph")
            if value is not None
            else Missing(metric, unknown, f"effprof inspect {model.name}")
            for metric, value in known.items()
        ),
    ]


def _energy(
    prepared: Prepared, gathered: Gathered, good: list[Trial], found: Findings
) -> Measurement | Missing:
    mean_s = found.value("latency.mean")
    if mean_s is None:
        return Missing("energy.inference", "no trial was timed")
    busy = sum(trial.cpu_s for trial in good) / sum(trial.wall_s for trial in good)
    use = cpu_power.Use(
        run_s=mean_s,
        cpu_s=busy * mean_s,
        threads=prepared.plan.threads,
        memory_bytes=found.value("memory.peak"),
        items=good[0].batch,
    )
    if prepared.asked.target.environment == "tinyml":
        reason = "what this machine draws says nothing of a microcontroller"
        return Missing("energy.inference", reason, "a board: effprof targets")
    if prepared.plan.accelerator:
        reason = "no meter of the accelerator was read, and its CPU's share says nothing of it"
        return Missing("energy.inference", reason, "effprof doctor")
    if gathered.plug is not None:
        return cpu_power.at_plug(use, gathered.plug)
    cores = cpu_power.stated(prepared.asked.target.fact)
    if isinstance(cores, Missing):
        return cores
    return cpu_power.energy(use, cores or cpu_power.of_this(microarchitecture()))


def _battery(prepared: Prepared, batch: int, found: Findings) -> list[Measurement | Missing]:
    """Of a target that runs on a battery, or says how often it is asked."""
    target = prepared.asked.target
    duty_hz = prepared.asked.duty_hz or target.duty_hz
    battery_j = target.fact(battery.FACT)
    if battery_j is None and prepared.asked.duty_hz is None:
        return []
    energy = found.measurements.get("energy.inference")
    run_s = found.value("latency.mean")
    share = battery.share_per_hour(energy, run_s, batch, battery_j, duty_hz)
    if isinstance(share, Measurement):  # the battery may be a phone's, what it feeds is no phone
        share = replace(share, scope=f"this machine's own energy; {share.scope}")
    return [share]


def _utilization(
    prepared: Prepared, gathered: Gathered, found: Findings
) -> list[Measurement | Missing | Caution]:
    metrics = ("utilization.compute", "utilization.memory")
    run = found.measurements.get("latency.p50")
    counts = gathered.counts
    if run is None:
        return [Missing(metric, "no trial was timed") for metric in metrics]
    if prepared.plan.accelerator:
        return list(_of_stated_peak(prepared, gathered, run))
    if gathered.ceilings is None:
        lack = gathered.ceilings_lack or _unreached(gathered, metrics[0]).reason
        return [Missing(metric, lack, "effprof calibrate") for metric in metrics]
    moved = None
    if counts.activation_bytes is not None:
        moved = counts.weight_bytes + counts.activation_bytes
    largest = max((one.activation_bytes or 0 for one in counts.operators), default=0)
    work = roofline.Work(counts.macs, moved, counts.weight_bytes + largest)
    shares = roofline.utilization(work, run, gathered.ceilings)
    if prepared.deployed.precision != "fp32":
        reason = (
            f"the ceiling measured here is of float32, the model is {prepared.deployed.precision}"
        )
        shares = (Missing("utilization.compute", reason), *shares[1:])
    return [
        *shares,
        *(_over(one) for one in shares if isinstance(one, Measurement) and one.value > 1),
    ]


def _of_stated_peak(
    prepared: Prepared, gathered: Gathered, run: Measurement
) -> tuple[Measurement | Missing, ...]:
    """MFU: the model's FLOP/s over the dense peak that the target states for its precision."""
    precision, target = prepared.deployed.precision, prepared.asked.target
    keys = ("peak_tf32", "peak_fp32") if precision == "fp32" else (f"peak_{precision}",)
    key = next((one for one in keys if target.fact(one)), None)
    memory = Missing("utilization.memory", "the bandwidth that was used is not read")
    macs = gathered.counts.macs
    if key is None or macs is None:
        reason = f"the target states no {' or '.join(keys)}" if macs else "the MACs are not known"
        return Missing("utilization.compute", reason, "add it under facts: in a copy of it"), memory
    peak = target.fact(key) or math.inf
    return (
        Measurement(
            "utilization.compute",
            2 * macs / run.value / peak,
            Origin.MODELLED,
            f"MACs counted, {key} of the target: MFU",
        ),
        memory,
    )


def _over(share: Measurement) -> Caution:
    return Caution(
        "ceiling-exceeded",
        f"{share.metric} is {show(share.value, '%')} of the ceiling kept for this machine",
        "effprof calibrate measures it again, on a quiet machine",
    )
