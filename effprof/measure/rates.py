"""The rates that a server was tried at, and what each of them showed.

A rate is kept where its p99 is within the deadline and its queue did not grow. The trials at the
stated rate are evidence as the probes of the search are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from effprof.base.stats import nearest_rank, runs_needed
from effprof.measure.plan import Plan
from effprof.measure.queueing import P99
from effprof.measure.trial import Trial

BEHIND, BEHIND_RUNS = 0.02, 2
"""What the last query may have waited: a share of the time in which all were due, and two runs,
which stand before it by chance where few were due.
"""


@dataclass(slots=True)
class Load:
    """The trials at the stated rate, and the probes of the search as (rate, p99).

    `delay_s`: how long a query may be held for others. `lacked_s`: what the search's next probe
    would have taken beyond the time it had.
    """

    rate_hz: float
    delay_s: float = 0.0
    trials: list[Trial] = field(default_factory=list)
    probes: list[tuple[float, float]] = field(default_factory=list)
    lacked_s: float = 0.0


def kept_up(trial: Trial, delay_s: float) -> bool:
    """Whether the queue was as good as empty at the end: else it grows with the run, not the rate.

    A p99 of such a queue says how long was measured, and nothing about the model.
    """
    found = trial.answer.found
    waited_s = found["queue_ns"][-1] / 1e9
    run_s = found["served_s"] - found["scheduled_s"] - waited_s
    allowed_s = BEHIND * found["scheduled_s"] + BEHIND_RUNS * run_s + delay_s
    return bool(waited_s <= allowed_s)


def p99_s(trials: Sequence[Trial], delay_s: float) -> float:
    """Infinite where the queue of one of them only grew."""
    grew = not all(kept_up(trial, delay_s) for trial in trials)
    return math.inf if grew else nearest_rank(waits(trials), P99)


def seen(plan: Plan, load: Load) -> list[tuple[float, float]]:
    """Rates and their p99: of the probes, and of the trials where they hold enough queries."""
    good = [trial for trial in load.trials if trial.answer.ok]
    if not good:
        return load.probes
    p99 = p99_s(good, plan.queue_delay_s)
    enough = math.isinf(p99) or len(waits(good)) >= runs_needed(P99)
    return [*load.probes, *([(load.rate_hz, p99)] if enough else ())]


def broken_from(plan: Plan, deadline_s: float, tried: Sequence[tuple[float, float]]) -> float:
    """The lowest rate that broke the deadline, above which none keeps it; infinite where none did.

    Where queries are held for others a low rate may break what a higher one keeps, whose batches
    fill sooner: only a queue that grew tells of higher rates there.
    """
    held = plan.max_batch > 1 and plan.queue_delay_s > 0
    broke = [rate for rate, p99 in tried if p99 > (math.inf if held else deadline_s)]
    broke += [rate for rate, p99 in tried if math.isinf(p99)]
    return min(broke, default=math.inf)


def bounds(plan: Plan, deadline_s: float, load: Load) -> tuple[float, float]:
    """What the trials have shown already: a rate that keeps the deadline, one that breaks it."""
    tried = seen(plan, load)
    high = broken_from(plan, deadline_s, tried)
    kept = (rate for rate, p99 in tried if p99 <= deadline_s and rate < high)
    return max(kept, default=0.0), high


def waits(trials: Sequence[Trial]) -> list[float]:
    return [float(one) for trial in trials for block in trial.blocks for one in block.run_s]


def mean_batch(load: Load | None) -> float:
    good = [trial for trial in load.trials if trial.answer.ok] if load else []
    sizes = [size for trial in good for size in trial.answer.found["batches"]]
    return sum(sizes) / len(sizes) if sizes else 1.0


def energy_batch(plan: Plan, load: Load | None) -> int:
    """Items of the runs whose joules are read: of one query, or of the most, as the server's were.

    What it was given at once lies between; the nearer of the two was loaded.
    """
    formed = mean_batch(load) if plan.max_batch > 1 else 1.0
    return plan.max_batch if 2 * formed > plan.max_batch + 1 else plan.batches[0]
