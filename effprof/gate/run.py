"""One gate on one target: a look at each model alone, then both together until it is settled."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from effprof.base.errors import ExitCode, UnfinishedError
from effprof.base.metrics import COSTS, family
from effprof.gate import pairs as racing
from effprof.gate.decide import Rule
from effprof.gate.drift import Drift
from effprof.gate.effect import Clock
from effprof.gate.pairs import Pairs
from effprof.host import Host
from effprof.judge.alike import unlike
from effprof.measure import assess
from effprof.measure.blame import check_version, fault
from effprof.measure.collect import Evidence, Watcher, timed
from effprof.measure.compose import compose
from effprof.measure.gathered import Gathered
from effprof.measure.plan import Plan
from effprof.measure.prepared import Prepared
from effprof.measure.run import measure as measure_whole
from effprof.report.report import Report

ALONE, ALONE_S = 3, 0.25
"""Workers of each model by itself: of two in one process memory cannot be told apart."""
TAILS, TAILS_S = 6, 0.6
"""The same where a tail or a limit is asked for: as `measure` has it."""
_COARSE_S = 1e-5
RACED = "latency.p50"
"""What two models race for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to gate and by which rule. `metrics` empty: what the target is usually gated by.

    `whole`: more is asked of the candidate's own report than memory and size.
    """

    rule: Rule
    metrics: tuple[str, ...] = ()
    time_s: float = 60.0
    allow_modelled: bool = False
    whole: bool = False


@dataclass(slots=True)
class Found:
    """Raw: both reports, and the race where there was one, with the clock that decided it."""

    base: Report
    candidate: Report
    race: Pairs | None = None
    clock: Clock = "cpu"
    together: bool = True
    threads: int | None = None
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    drifts: Mapping[str, Drift] = field(default_factory=dict)  # of a stored baseline
    stored: bool = False

    def drift(self, metric: str) -> Drift | None:
        """By metric, else by its family: what it is wider by, the baseline being of another day."""
        return self.drifts.get(metric, self.drifts.get(family(metric)))


def gate(
    base: Prepared,
    candidate: Prepared,
    wanted: Wanted,
    host: Host,
    watcher: Watcher,
    began: float | None = None,
) -> Found:
    """All that the verdict needs; raises where one of the models could not be run at all.

    `began`: when its time began to run, by the monotonic clock; now where it is not said.
    """
    began = time.monotonic() if began is None else began
    if candidate.plan.means == "run":
        found = _run_here((base, candidate), wanted, host, watcher, began)
    else:
        first = worked_out(base, host, watcher)
        found = Found(first, worked_out(candidate, host, watcher))
    found.seconds = time.monotonic() - began
    return found


def worked_out(prepared: Prepared, host: Host, watcher: Watcher) -> Report:
    """A report as `measure` makes it; what is emulated or modelled needs no more than that."""
    outcome = measure_whole(prepared, host, watcher)
    if outcome.exit_code is ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if outcome.exit_code is not ExitCode.DONE:
        told = outcome.report.unfinished or "the measurement did not finish"
        raise UnfinishedError(f"{prepared.model.name}: {told}")
    return outcome.report


def _run_here(
    sides: tuple[Prepared, Prepared], wanted: Wanted, host: Host, watcher: Watcher, began: float
) -> Found:
    sides = (calm(sides[0]), calm(sides[1]))
    base, candidate = _reports(sides, wanted, host, watcher)
    found = Found(base, candidate, threads=sides[1].plan.threads)
    found.notes += [
        f"{one.what} {one.base} against {one.other}: a run of one is not a run of the other"
        for one in unlike(base, candidate)
        if one.refuses
    ]
    if wanted.metrics and RACED not in wanted.metrics:
        return found
    plans = (sides[0].plan, sides[1].plan)
    found.clock = _clock(found)
    found.together = _shareable(plans, found)
    rule = replace(wanted.rule, clock=found.clock)
    left_s = wanted.time_s - (time.monotonic() - began)
    found.race = racing.collect(plans, rule, left_s, watcher.phase, together=found.together)
    if found.race.failed is not None and not found.race.units:
        raise fault(sides[1], found.race.failed)
    return found


def _reports(
    sides: tuple[Prepared, Prepared], wanted: Wanted, host: Host, watcher: Watcher
) -> tuple[Report, Report]:
    """Of each model alone: in turn, or as `measure` does it where instruments have to be read."""
    if any(family(key) in COSTS for key in wanted.metrics):
        return worked_out(sides[0], host, watcher), worked_out(sides[1], host, watcher)
    evidence = _alone(sides, wanted, watcher)
    base, candidate = (
        _report(prepared, one, host, watcher) for prepared, one in zip(sides, evidence, strict=True)
    )
    return base, candidate


def calm(prepared: Prepared) -> Prepared:
    """Threads that spin while they wait take time from the other model in the process."""
    if prepared.plan.threads == 1:
        return prepared
    options = {**prepared.plan.options, "spinning": False}
    return replace(prepared, plan=replace(prepared.plan, options=options))


def _alone(
    sides: tuple[Prepared, Prepared], wanted: Wanted, watcher: Watcher
) -> tuple[Evidence, Evidence]:
    """Workers of one model each, in turn: A B, B A, A B."""
    evidence = (Evidence(stopped="goal"), Evidence(stopped="goal"))
    trials, slice_s = (TAILS, TAILS_S) if wanted.whole else (ALONE, ALONE_S)
    if wanted.metrics and not any(key.startswith("memory.") for key in wanted.metrics):
        trials = trials if wanted.whole else 1  # for the report, and to see that both run
    for turn in range(trials):
        for place in (0, 1) if turn % 2 == 0 else (1, 0):
            plan, name = sides[place].plan, sides[place].model.name
            told = f"{name} alone, {turn + 1} of {trials}"
            trial = timed(plan, plan.batches[0], slice_s, slice_s, told, watcher)
            if not trial.answer.ok:
                raise fault(sides[place], trial.answer)
            evidence[place].trials.append(trial)
            check_version(sides[place], evidence[place])
    return evidence


def _report(prepared: Prepared, evidence: Evidence, host: Host, watcher: Watcher) -> Report:
    gathered = Gathered(prepared.counts, prepared.own or prepared.counts, evidence)
    gathered.ceilings_lack = "a gate does not measure this machine's ceilings"
    assess.here(prepared, watcher, gathered)
    return compose(prepared, host, gathered)


def _clock(found: Found) -> Clock:
    """CPU time where one thread of this CPU does all the work; wall time elsewhere."""
    providers = found.candidate.target.settings.get("providers") or ["CPUExecutionProvider"]
    if providers[0] != "CPUExecutionProvider":
        found.notes.append(f"{providers[0]} does the work: wall time decides")
        return "wall"
    if found.threads != 1:
        found.notes.append(
            f"{found.threads} threads: wall time decides, which a busy machine widens;"
            " one thread (the default) can be decided anywhere"
        )
        return "wall"
    if time.get_clock_info("process_time").resolution > _COARSE_S:
        found.notes.append("this system's CPU clock is too coarse: wall time decides")
        return "wall"
    return "cpu"


def _shareable(plans: tuple[Plan, Plan], found: Found) -> bool:
    """Whether one process may hold both models; a note says why not."""
    still = found.candidate.target.settings.get("spinning") is False
    if still and plans[1].threads != 1:
        found.notes.append("threads do not spin while they wait, unlike under `measure`")
    if plans[0].python != plans[1].python:
        found.notes.append("two runtimes: processes alternate, which widens the interval")
        return False
    if still or plans[1].threads == 1:
        return True
    found.notes.append(
        "this runtime's threads cannot be kept from spinning: processes alternate, which widens"
        " the interval"
    )
    return False
