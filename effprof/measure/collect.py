"""Trials, one fresh worker each, until the figures are precise enough or the time is up."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from effprof.base.records import Ending
from effprof.base.standing import Standing
from effprof.base.stats import Estimate, runs_needed
from effprof.measure.launch import Limits, launch
from effprof.measure.plan import (
    LEAST_TRIALS,
    MOST_TRIALS,
    SLICE_S,
    TAILS,
    WARM_UP_S,
    Plan,
)
from effprof.measure.trial import Trial, middle

PHASES = {
    "inputs": "making inputs",
    "runtime": "starting the runtime",
    "load": "loading the model",
    "first": "first run",
    "run": "timing",
    "meters": "reading the meters",
}
"""The worker's phases as a person reads them."""


class Watcher(Protocol):
    """Who wants to know how it goes: the progress line, or nobody."""

    def phase(self, text: str) -> None: ...

    def trial(self, now: Standing) -> None: ...


@dataclass(slots=True)
class Evidence:
    """All trials, in order, and why there are no more."""

    trials: list[Trial] = field(default_factory=list)
    precision: float | None = None
    goal: float = 0.01
    stopped: str = ""  # goal, ceiling, failed or interrupted

    def good(self, batch: int | None = None) -> list[Trial]:
        return [trial for trial in self.trials if trial.blocks and batch in (None, trial.batch)]

    @property
    def failed(self) -> Trial | None:
        """The last trial that did not end well: the one that ended the collection, if any did."""
        return next((trial for trial in reversed(self.trials) if not trial.answer.ok), None)

    def left_out(self, trial: Trial) -> bool:
        """Whether its batch did not fit the memory and the sweep went on without it: a finding."""
        return self.stopped != "failed" and out_of_memory(trial)

    @property
    def timed_s(self) -> float:
        return sum(trial.wall_s for trial in self.trials)


def collect(plan: Plan, watcher: Watcher) -> Iterator[Evidence]:
    """Runs rounds of trials, one for each batch, and yields the evidence after each trial.

    Batches take turns, so that a machine that drifts treats them alike. An interrupt ends the
    collection and keeps what finished.
    """
    evidence = Evidence(goal=plan.goal)
    left = list(plan.batches)
    while not evidence.stopped:
        for batch in list(left):
            try:
                trial = _one(plan, batch, evidence, watcher)
            except KeyboardInterrupt:
                evidence.stopped = "interrupted"
                break
            evidence.trials.append(trial)
            if not trial.answer.ok:
                _give_up(evidence, left, batch)
            _tell(plan, evidence, watcher)
            yield evidence
            if evidence.stopped:
                break
        evidence.stopped = evidence.stopped or _enough(plan, left, evidence)
    yield evidence


def _one(plan: Plan, batch: int, evidence: Evidence, watcher: Watcher) -> Trial:
    slice_s = _slice_s(plan, batch, evidence)
    left_s = max(plan.ceiling_s - evidence.timed_s, slice_s)
    return timed(plan, batch, slice_s, left_s, f"trial {len(evidence.trials) + 1}", watcher)


def timed(
    plan: Plan, batch: int, slice_s: float, ceiling_s: float, name: str, watcher: Watcher
) -> Trial:
    """One worker that runs the model for about `slice_s`; `name` is what progress calls it."""
    request = plan.request(
        "time",
        batch,
        plan.seed,
        slice_s=slice_s,
        ceiling_s=ceiling_s,
        warm_up_s=min(WARM_UP_S, slice_s),
    )
    answer = launch(
        request,
        Limits(plan.silence_s, 2 * plan.ceiling_s, plan.memory_limit_bytes),
        python=plan.python,
        on_phase=lambda phase: watcher.phase(f"{name}: {PHASES.get(phase, phase)}"),
    )
    return Trial.of(batch, answer)


def _slice_s(plan: Plan, batch: int, evidence: Evidence) -> float:
    """Long enough that six trials hold the runs a p99 needs, if what is left allows for six."""
    wanted_s = SLICE_S
    before = evidence.good(batch)
    if sample := middle(before[:1], plan.seed):
        wanted_s = max(wanted_s, 1.1 * runs_needed(TAILS[-1]) * sample.typical() / LEAST_TRIALS)
    to_come = max(1, LEAST_TRIALS * len(plan.batches) - len(evidence.trials))
    left_s = max(plan.ceiling_s - evidence.timed_s, 0.0)
    return min(wanted_s, max(left_s / to_come, plan.ceiling_s / MOST_TRIALS))


def _give_up(evidence: Evidence, left: list[int], batch: int) -> None:
    """Out of memory at one batch of several is a finding; anything else ends the collection."""
    memory = out_of_memory(evidence.trials[-1])
    if memory and len(left) > 1:
        left.remove(batch)
    else:
        evidence.stopped = "failed"


def out_of_memory(trial: Trial) -> bool:
    """This machine's, by the limit; or a device's, by what the runtime said."""
    return trial.answer.ending is Ending.MEMORY or "out of memory" in trial.answer.detail


def _enough(plan: Plan, left: list[int], evidence: Evidence) -> str:
    rounds = min((len(evidence.good(batch)) for batch in left), default=0)
    if evidence.timed_s >= plan.ceiling_s or len(evidence.trials) >= MOST_TRIALS:
        return "ceiling"
    if rounds < LEAST_TRIALS:
        return ""
    enough_runs = all(
        sum(trial.runs for trial in evidence.good(batch)) >= runs_needed(TAILS[-1])
        for batch in left
    )
    precise = evidence.precision is not None and evidence.precision <= plan.goal
    return "goal" if precise and enough_runs else ""


def _tell(plan: Plan, evidence: Evidence, watcher: Watcher) -> None:
    estimates = [
        sample.quantile(0.5)
        for batch in plan.batches
        if (sample := middle(evidence.good(batch), plan.seed)) is not None
    ]
    several = len(evidence.good()) > len(plan.batches)
    evidence.precision = max((one.half_width for one in estimates), default=None)
    watcher.trial(
        Standing(
            done=len(evidence.trials),
            planned=LEAST_TRIALS * len(plan.batches),
            p50_s=_first(estimates),
            precision=evidence.precision if several else None,
            goal=plan.goal,
            elapsed_s=evidence.timed_s,
            ceiling_s=plan.ceiling_s,
        )
    )


def _first(estimates: list[Estimate]) -> float | None:
    return estimates[0].value if estimates else None
