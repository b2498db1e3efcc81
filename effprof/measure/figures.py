"""What the passes brought back, as findings: every metric there is or is not, and every caution."""

from dataclasses import replace

from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.stats import Estimate
from effprof.estimators import battery, cpu_power
from effprof.host.cpu import microarchitecture
from effprof.measure import calibrate, emulate, energy, prices, server, summarise, sweep
from effprof.measure.caution import cautions
from effprof.measure.findings import Findings
from effprof.measure.gathered import INTERRUPTED, Gathered
from effprof.measure.plan import Plan
from effprof.measure.prepared import Prepared
from effprof.measure.rates import Load, energy_batch, mean_batch
from effprof.measure.sustained import METRIC, figure
from effprof.measure.sustained import cautions as sustained_cautions
from effprof.measure.trial import Trial, middle
from effprof.measure.utilization import utilization


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
        ran = evidence.good(energy_batch(plan, gathered.load)) if plan.max_batch > 1 else good
        found.add(_energy(prepared, gathered, ran or good, found))
    if plan.max_batch > 1:
        _say_of_batches(plan, gathered.load, found)
    found.add(*_battery(prepared, batch, found))
    found.add(*utilization(prepared, gathered, found))
    if gathered.load is not None:
        found.add(*server.figures(plan, gathered.load), *server.cautions(gathered.load))
    elif plan.scenario == "server":
        found.forget("throughput.items")
        found.add(*(gathered.unreached(one) for one in server.METRICS))
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
        return [gathered.unreached(metric) for metric in energy.METRICS]
    found = energy.figures(gathered.energy, metered=any(one.present for one in meters))
    command = prepared.plan.meter_command
    if command is not None and (lack := energy.unread(gathered.energy)):
        found.append(_unread(command, lack))
    return found


def _unread(command: str, lack: str) -> Caution:
    told = lack if command in lack else f"--meter-command {command}: {lack}"
    return Caution(
        "meter-failed",
        f"the external meter gave no figure: {told}",
        "run it by itself and look whether it goes on printing seconds and watts",
    )


def _say_of_batches(plan: Plan, load: Load | None, found: Findings) -> None:
    """What a server's queries took depends on how many were answered at once."""
    formed = f"{mean_batch(load):.3g} on average"
    told = f"in runs of {energy_batch(plan, load)}, the server's held {formed}"
    for metric in ("energy.inference", "energy.dynamic"):
        if one := found.measurements.get(metric):
            found.measurements[metric] = replace(one, scope=f"{one.scope}; {told}")


def _sustained(prepared: Prepared, gathered: Gathered) -> list[Measurement | Missing | Caution]:
    """Only where --sustained asked for it."""
    if prepared.asked.sustained_s is None:
        return []
    if gathered.sustained is None:
        return [gathered.unreached(METRIC)]
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
    """What was promised and nobody spoke of; what a trial failed of is told once, at the top."""
    failed = gathered.evidence.failed
    reason = "no trial ended well"
    if failed and gathered.evidence.good():
        reason = failed.answer.detail
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
    sample = middle(good, prepared.plan.seed)
    if sample is None:
        return Missing("energy.inference", "no trial was timed")
    mean_s = sample.mean().value
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
