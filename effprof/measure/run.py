"""`effprof measure`, one target: the passes in order, and what they gathered kept at every step."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from effprof.base.errors import EffprofError, ExitCode, LackingError, ModelError, UnfinishedError
from effprof.base.records import Caution, Measurement, Missing
from effprof.host import Host
from effprof.measure import (
    calibrate,
    emulate,
    energy,
    operators,
    plug,
    quality,
    server,
    sustained,
    sweep,
)
from effprof.measure.collect import Evidence, Watcher, collect, timed
from effprof.measure.compose import compose
from effprof.measure.conversion import differences
from effprof.measure.gathered import Gathered
from effprof.measure.launch import Answer
from effprof.measure.plan import SLICE_S, Plan
from effprof.measure.prepare import Prepared, counted, own
from effprof.report.report import Report

SERVICE_SHARE = 0.25
"""Of the time of a server scenario: the single-stream pass that gives the service times."""
SERVICE_GOAL = 0.05


@dataclass(frozen=True, slots=True)
class Outcome:
    """`exit_code` says how the measuring ended; judging may still change DONE."""

    report: Report
    exit_code: ExitCode


def measure(
    prepared: Prepared,
    host: Host,
    watcher: Watcher,
    keep: Callable[[Report], None] | None = None,
) -> Outcome:
    """All passes; Ctrl-C ends them and what finished is reported.

    `keep` gets a report of the trials so far before the next one starts. Raises only when nothing
    was measured and the request or this machine is to blame.
    """
    gathered = Gathered(
        prepared.counts, prepared.own or prepared.counts, plug=plug.read(host.fingerprint)
    )
    if prepared.plan.backend is None:  # nothing runs here: all is worked out
        watcher.phase("working out the figures")
        return Outcome(compose(prepared, host, gathered), ExitCode.DONE)
    try:
        if prepared.plan.means == "emulate":
            _emulate(prepared, watcher, gathered)
            _blame(prepared, gathered)
        else:
            _clock(prepared, host, watcher, gathered, keep)
            _blame(prepared, gathered)
            check_version(prepared, gathered.evidence)
        if gathered.evidence.good() and not gathered.interrupted:
            _other_passes(prepared, host, watcher, gathered)
    except KeyboardInterrupt:
        gathered.interrupted = True
    watcher.phase("working out the figures")
    return Outcome(_composed(prepared, host, gathered), _exit_code(prepared.plan, gathered))


def _composed(prepared: Prepared, host: Host, gathered: Gathered) -> Report:
    """An interrupt now must not cost what is already measured; a second one ends it."""
    try:
        return compose(prepared, host, gathered)
    except KeyboardInterrupt:
        gathered.interrupted = True
        return compose(prepared, host, gathered)


def _exit_code(plan: Plan, gathered: Gathered) -> ExitCode:
    if gathered.interrupted:
        return ExitCode.INTERRUPTED
    load, lasting = gathered.load, gathered.sustained
    failed = (
        gathered.evidence.stopped == "failed"
        or (load is not None and not all(trial.answer.ok for trial in load.trials))
        or (lasting is not None and bool(lasting.lack))
        or (plan.meter_command is not None and bool(energy.unread(gathered.energy)))
    )
    return ExitCode.UNFINISHED if failed or gathered.spoiled else ExitCode.DONE


def _emulate(prepared: Prepared, watcher: Watcher, gathered: Gathered) -> None:
    trial = emulate.execute(prepared.plan, watcher)
    stopped = "goal" if trial.answer.ok else "failed"
    gathered.evidence = Evidence([trial], goal=prepared.plan.goal, stopped=stopped)
    if trial.answer.ok and (prepared.labels is not None or prepared.reference is not None):
        wanted = _wanted_items(prepared, trial.answer.found["emulation"]["infer_s"])
        items = emulate.items_in(trial, prepared.plan.ceiling_s, wanted)
        found = _quality(prepared, watcher, gathered, items)
        gathered.quality = (*emulate.weakened(found), *emulate.sampled(items, wanted))


def _clock(
    prepared: Prepared,
    host: Host,
    watcher: Watcher,
    gathered: Gathered,
    keep: Callable[[Report], None] | None,
) -> None:
    for evidence in collect(_clock_plan(prepared.plan), watcher):
        gathered.evidence = evidence
        gathered.interrupted = evidence.stopped == "interrupted"
        if keep is not None:
            keep(compose(prepared, host, gathered, running=True))


def _clock_plan(plan: Plan) -> Plan:
    """The whole plan, or the pass that gives a server scenario its service times."""
    if plan.scenario != "server":
        return plan
    return replace(plan, ceiling_s=SERVICE_SHARE * plan.ceiling_s, goal=SERVICE_GOAL)


def check_version(prepared: Prepared, evidence: Evidence) -> None:
    """`--runtime` names a version: another one must never be measured in its name."""
    asked = prepared.asked.runtime
    good = evidence.good()
    if asked is None or not good:
        return
    name, _, version = asked.partition("==")
    found = good[0].answer.packages.get(name)
    if found != version:
        raise LackingError(
            f"--runtime {asked}: the worker loaded {name} {found}",
            hint=f"effprof setup {asked} --remove, then make it again",
        )


def _blame(prepared: Prepared, gathered: Gathered) -> None:
    """A first trial that failed through no fault of the model's run is an error, not a report."""
    failed = gathered.evidence.failed
    if failed is None or gathered.evidence.good():
        return
    error = fault(prepared, failed.answer)
    if error.exit_code is not ExitCode.UNFINISHED:
        raise error


def fault(prepared: Prepared, answer: Answer) -> EffprofError:
    """A worker that failed, as an error of whose fault it was."""
    kinds: dict[str, type[EffprofError]] = {"request": ModelError, "lacking": LackingError}
    name, detail = prepared.model.name, answer.detail
    told = detail if detail.startswith(f"{name}: ") else f"{name}: {detail}"
    return kinds.get(answer.kind, UnfinishedError)(told, hint=answer.hint)


def _other_passes(prepared: Prepared, host: Host, watcher: Watcher, gathered: Gathered) -> None:
    plan = prepared.plan
    if plan.scenario == "server":
        rest = replace(plan, ceiling_s=(1 - SERVICE_SHARE) * plan.ceiling_s)
        for load in server.serve(rest, gathered.evidence, watcher):
            gathered.load = load
    assess(prepared, watcher, gathered)
    batch = sweep.main_batch(plan, sweep.rates(plan, gathered.evidence))
    _metered(plan, batch, watcher, gathered)
    if prepared.estimator is not None:  # what this machine's operators take is not asked for
        return
    if (seconds := prepared.asked.sustained_s) is not None:
        gathered.sustained = sustained.sustain(plan, batch, seconds, watcher.phase)
    watcher.phase("operators")
    gathered.profile = operators.profile(plan, batch)
    if batch != plan.batches[0]:
        with suppress(ModelError):  # it was counted at another batch, so this is not the file
            gathered.counts = counted(prepared.deployed, batch)
            gathered.own = gathered.counts
            if prepared.own is not None:
                gathered.own = own(prepared.model, prepared.feeds, batch)
    if plan.accelerator:
        gathered.ceilings_lack = "the ceilings measured here are those of the CPU"
        return
    try:
        gathered.ceilings = calibrate.ceilings(host.fingerprint, plan.threads, watcher.phase)
    except UnfinishedError as error:
        gathered.ceilings_lack = error.message


MADE_ITEMS = 16
"""Where values are made, quality is of so many items: a single one may agree by chance."""
EMULATED_S, EMULATED_ITEMS = 1.0, 4
"""Emulating is slow: made items are fewer there, those of about a second, four at least."""


def _wanted_items(prepared: Prepared, run_s: float) -> int:
    """All that were given; of values that are made as many as there is time for."""
    if prepared.items:
        return prepared.items
    plan = prepared.plan
    batch = plan.batches[0]
    if not any(feed.values.kind == "random" for feed in plan.loads[batch].feeds):
        return batch
    runs = -(-MADE_ITEMS // batch)
    if plan.means == "emulate":
        return min(runs, max(EMULATED_ITEMS, int(EMULATED_S / run_s)))
    return batch * max(1, min(runs, int(plan.ceiling_s / run_s)))


def _original(prepared: Prepared) -> str:
    runtime = "LiteRT" if prepared.model.format == "tflite" else "ONNX Runtime"
    return f"the original, {runtime} on the CPU"


def _metered(plan: Plan, batch: int, watcher: Watcher, gathered: Gathered) -> None:
    """Instruments that disturb the clock."""
    for meter in plan.disturbing:
        alone = replace(plan, meters=(meter,))
        trial = timed(alone, batch, SLICE_S, plan.ceiling_s, meter.reference, watcher)
        gathered.disturbed += (trial,)
    if plan.energy:
        gathered.energy = energy.run(plan, batch, watcher.phase)


def assess(prepared: Prepared, watcher: Watcher, gathered: Gathered) -> None:
    """Quality, where there is something to hold the answers against."""
    if prepared.labels is not None or prepared.reference is not None:
        gathered.quality = _quality(prepared, watcher, gathered)


def _quality(
    prepared: Prepared, watcher: Watcher, gathered: Gathered, items: int | None = None
) -> tuple[Measurement | Missing | Caution, ...]:
    """On the first `items`, else on as many as are wanted."""
    if items is None:
        first_ns = gathered.evidence.good()[0].answer.loaded["first_ns"]
        items = _wanted_items(prepared, first_ns / 1e9)
    watcher.phase(f"quality on {items} items")
    found: list[Measurement | Missing | Caution] = []
    source = "reference" if prepared.asked.reference else _original(prepared)
    try:
        with quality.outputs(prepared.plan, items) as deployed:
            answered = quality.restored(deployed, prepared.deployed.outputs)
            if prepared.labels is not None:
                found.append(quality.accuracy(answered, prepared.labels[:items]))
            if prepared.reference is not None:
                with quality.outputs(prepared.reference, items) as reference:
                    compared = quality.against(answered, reference, items, source)
                    gathered.spoiled = quality.spoiled(answered, reference)
                found += compared
                if prepared.asked.reference is None:  # against another model it says nothing
                    found += differences(prepared.deployed, compared)
    except UnfinishedError as error:
        wanted = ["quality.accuracy"] if prepared.labels is not None else []
        wanted += quality.METRICS if prepared.reference is not None else []
        had = {one.metric for one in found if not isinstance(one, Caution)}
        found += [Missing(m, error.message, error.hint or None) for m in wanted if m not in had]
    return tuple(found)
