"""`effprof measure`, one target: the passes in order, and what they gathered kept at every step."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from effprof.base.errors import ExitCode, ModelError, UnfinishedError
from effprof.host import Host
from effprof.measure import (
    assess,
    blame,
    calibrate,
    emulate,
    energy,
    operators,
    plug,
    server,
    sustained,
    sweep,
)
from effprof.measure.collect import Evidence, Watcher, collect, timed
from effprof.measure.compose import compose
from effprof.measure.counting import counted, own
from effprof.measure.gathered import Gathered
from effprof.measure.plan import SLICE_S, Plan
from effprof.measure.prepared import Prepared
from effprof.measure.rates import energy_batch
from effprof.report.report import Report

SERVICE_SHARE = 0.25
"""Of the time of a server scenario: the single-stream pass that gives the service times."""
SERVICE_GOAL = 0.05
"""Coarser than a user's: these times only say where the search for a rate begins."""

Keep = Callable[[Report], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`exit_code` says how the measuring ended; judging may still change DONE."""

    report: Report
    exit_code: ExitCode


def measure(prepared: Prepared, host: Host, watcher: Watcher, keep: Keep | None = None) -> Outcome:
    """All passes; Ctrl-C ends them and what finished is reported.

    `keep` gets a report of the trials so far before the next one starts. Raises only when nothing
    was measured and the request or this machine is to blame.
    """
    gathered = Gathered(
        prepared.counts, prepared.own or prepared.counts, plug=plug.read(host.fingerprint)
    )
    try:
        if prepared.plan.means == "emulate":
            _emulate(prepared, watcher, gathered)
        elif prepared.plan.backend is not None:  # else nothing runs here: all is worked out
            _run_here(prepared, host, watcher, gathered, keep)
    except KeyboardInterrupt:
        gathered.interrupted = True
    watcher.phase("working out the figures")
    return Outcome(_composed(prepared, host, gathered), _exit_code(prepared.plan, gathered))


def _emulate(prepared: Prepared, watcher: Watcher, gathered: Gathered) -> None:
    trial = emulate.execute(prepared.plan, watcher)
    stopped = "goal" if trial.answer.ok else "failed"
    gathered.evidence = Evidence([trial], goal=prepared.plan.goal, stopped=stopped)
    if not trial.answer.ok:
        blame.refuse(prepared, gathered.evidence)
    else:
        assess.emulated(prepared, trial, watcher, gathered)


def _run_here(
    prepared: Prepared, host: Host, watcher: Watcher, gathered: Gathered, keep: Keep | None
) -> None:
    """The clock first, alone; then every other pass in workers of its own."""
    _clock(prepared, host, watcher, gathered, keep)
    blame.refuse(prepared, gathered.evidence)
    blame.check_version(prepared, gathered.evidence)
    if not gathered.evidence.good() or gathered.interrupted:
        return
    plan = prepared.plan
    if plan.scenario == "server":
        _serve(plan, watcher, gathered)
    assess.here(prepared, watcher, gathered)
    batch = sweep.main_batch(plan, sweep.rates(plan, gathered.evidence))
    served = plan.scenario == "server" and plan.max_batch > 1
    metered = energy_batch(plan, gathered.load) if served else batch
    _metered(plan, metered, watcher, gathered)
    if prepared.estimator is not None:  # of the device; this machine's operators say nothing of it
        return
    if (seconds := prepared.asked.sustained_s) is not None:
        gathered.sustained = sustained.sustain(plan, batch, seconds, watcher.phase)
    _operators(prepared, batch, watcher, gathered)
    _ceilings(plan, host, watcher, gathered)


def _clock(
    prepared: Prepared, host: Host, watcher: Watcher, gathered: Gathered, keep: Keep | None
) -> None:
    plan = prepared.plan
    if plan.scenario == "server":  # only for the service times
        plan = replace(plan, ceiling_s=SERVICE_SHARE * plan.ceiling_s, goal=SERVICE_GOAL)
    for evidence in collect(plan, watcher):
        gathered.evidence = evidence
        gathered.interrupted = evidence.stopped == "interrupted"
        if keep is not None:
            keep(compose(prepared, host, gathered, running=True))


def _serve(plan: Plan, watcher: Watcher, gathered: Gathered) -> None:
    """In the time that finding out the service times has left."""
    rest = replace(plan, ceiling_s=(1 - SERVICE_SHARE) * plan.ceiling_s)
    for load in server.serve(rest, gathered.evidence, watcher):
        gathered.load = load


def _metered(plan: Plan, batch: int, watcher: Watcher, gathered: Gathered) -> None:
    """Instruments that disturb the clock."""
    for meter in plan.disturbing:
        alone = replace(plan, meters=(meter,))
        trial = timed(alone, batch, SLICE_S, plan.ceiling_s, meter.reference, watcher)
        gathered.disturbed += (trial,)
    if plan.energy:
        gathered.energy = energy.run(plan, batch, watcher.phase)


def _operators(prepared: Prepared, batch: int, watcher: Watcher, gathered: Gathered) -> None:
    """Their times, beside what the graph holds at this batch."""
    watcher.phase("operators")
    gathered.profile = operators.profile(prepared.plan, batch)
    if batch == prepared.plan.batches[0]:
        return
    with suppress(ModelError):  # it was counted at another batch, so this is not the file
        gathered.counts = counted(prepared.deployed, batch)
        gathered.own = gathered.counts
        if prepared.own is not None:
            gathered.own = own(prepared.model, prepared.feeds, batch)


def _ceilings(plan: Plan, host: Host, watcher: Watcher, gathered: Gathered) -> None:
    if plan.accelerator:
        gathered.ceilings_lack = "the ceilings measured here are those of the CPU"
        return
    try:
        gathered.ceilings = calibrate.ceilings(host.fingerprint, plan.threads, watcher.phase)
    except UnfinishedError as error:
        gathered.ceilings_lack = error.message


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
