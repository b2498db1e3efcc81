"""What a reader should be wary of, found in the trials; each with advice."""

import math
from collections.abc import Sequence

from effprof.base.quantity import show
from effprof.base.records import Caution
from effprof.base.stats import two_groups
from effprof.measure.collect import Evidence
from effprof.measure.plan import LEAST_TRIALS, Plan
from effprof.measure.trial import Trial, middle

BUSY_SHARE = 0.05  # of the machine's CPU time, taken by other processes
STOLEN_SHARE = 0.01  # of the same, taken by the hypervisor
FREQUENCY_RATIO = 0.9  # lowest clock of a core over the highest


def cautions(
    plan: Plan, evidence: Evidence, trials: list[Trial], *, timed_here: bool = True
) -> list[Caution]:
    """Of the trials of the main batch that ended well.

    `timed_here`: this machine's clock gives the latencies; it does not where they are worked out
    for a device that is not here, and what disturbs it is then nobody's concern.
    """
    found = [_ended_badly(evidence), _not_finite(trials)]
    if timed_here:
        found += _of_the_clock(plan, evidence, trials)
    return [caution for caution in found if caution is not None]


def _of_the_clock(plan: Plan, evidence: Evidence, trials: list[Trial]) -> list[Caution | None]:
    return [
        _imprecise(plan, evidence),
        _few_trials(trials),
        _two_speeds(plan, trials),
        _neighbours(trials),
        _stolen(trials),
        _frequency(trials),
    ]


def _ended_badly(evidence: Evidence) -> Caution | None:
    bad = evidence.failed
    if bad is None or evidence.left_out(bad):
        return None
    answer = bad.answer
    return Caution(
        f"trial-{answer.ending}",
        f"a trial at batch {bad.batch} ended in {answer.ending}: {answer.detail}",
        answer.hint or "figures come from the trials that ended well",
    )


def _not_finite(trials: Sequence[Trial]) -> Caution | None:
    outputs = trials[0].answer.loaded["outputs"] if trials else []
    bad = [output["name"] for output in outputs if not output["finite"]]
    if not bad:
        return None
    return Caution(
        "non-finite-output",
        f"the checked run gave NaN or infinity in {', '.join(bad)}",
        "give real inputs with --inputs: arithmetic on NaN can be faster or slower than on numbers",
    )


def _imprecise(plan: Plan, evidence: Evidence) -> Caution | None:
    if evidence.precision is None or evidence.precision <= evidence.goal:
        return None
    reached = (
        f"the interval of p50 is {show(evidence.precision, '%')} wide to one side"
        if math.isfinite(evidence.precision)
        else "p50 has no interval"
    )
    return Caution(
        "precision-not-reached",
        f"{reached} after {evidence.timed_s:.1f} s of timed runs, "
        f"the goal is {show(evidence.goal, '%')}",
        f"a quieter machine, or --time {max(1, round(3 * plan.ceiling_s))}",
    )


def _few_trials(trials: Sequence[Trial]) -> Caution | None:
    if not trials or len(trials) >= LEAST_TRIALS:
        return None
    return Caution(
        "few-trials",
        f"{len(trials)} process(es) ran; launches differ, and so few cannot show by how much",
        "more --time lets more of them run",
    )


def _two_speeds(plan: Plan, trials: Sequence[Trial]) -> Caution | None:
    medians = [
        sample.typical() for trial in trials if (sample := middle([trial], plan.seed)) is not None
    ]
    groups = two_groups(medians)
    if groups is None:
        return None
    return Caution(
        "bimodal-trials",
        f"{len(groups.fast)} processes ran at {show(_mid(groups.fast), 's')} and "
        f"{len(groups.slow)} at {show(_mid(groups.slow), 's')} ({groups.ratio:.2f}x)",
        "some launches stay slow for life; --threads 1 or a pinned process avoids it, "
        "and no single process tells the truth",
    )


def _mid(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _share(trials: Sequence[Trial], key: str) -> float | None:
    """Of all CPU time of the machine in the timed windows."""
    hosts = [trial.answer.found.get("host", {}) for trial in trials]
    capacity_s = sum(host.get("wall_s", 0) * host.get("cores", 0) for host in hosts)
    return sum(host.get(key, 0) for host in hosts) / capacity_s if capacity_s else None


def _neighbours(trials: Sequence[Trial]) -> Caution | None:
    share = _share(trials, "others_cpu_s")
    if share is None or share < BUSY_SHARE:
        return None
    return Caution(
        "noisy-host",
        f"other processes used {show(share, '%')} of this machine's CPU time while the clock ran",
        "stop them, or measure on a machine of its own",
    )


def _stolen(trials: Sequence[Trial]) -> Caution | None:
    share = _share(trials, "steal_s")
    if share is None or share < STOLEN_SHARE:
        return None
    return Caution(
        "stolen-time",
        f"the hypervisor gave {show(share, '%')} of the CPU time to other guests",
        "a dedicated machine; latencies here hold waiting that the model is not to blame for",
    )


def _frequency(trials: Sequence[Trial]) -> Caution | None:
    hosts = [trial.answer.found.get("host", {}) for trial in trials]
    lows = [host["frequency_min_hz"] for host in hosts if "frequency_min_hz" in host]
    highs = [host["frequency_max_hz"] for host in hosts if "frequency_max_hz" in host]
    if not lows or min(lows) > FREQUENCY_RATIO * max(highs):
        return None
    return Caution(
        "frequency-varies",
        f"the CPU clock was seen between {show(min(lows), 'Hz')} and {show(max(highs), 'Hz')}",
        "set the performance governor: cpupower frequency-set -g performance",
    )
