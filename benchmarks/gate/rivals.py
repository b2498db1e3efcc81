"""What other tools' rules say of the same processes, against a baseline from an earlier one.

pytest-benchmark: `--benchmark-compare-fail=min:5%` and `mean:5%`, the statistic of one process over
that of another (https://pytest-benchmark.readthedocs.io/en/latest/comparing.html). asv: `asv
continuous --factor 1.05`, two processes a side (its default `processes=2`), worse where the
medians' ratio is over the factor and a Mann-Whitney test of the samples has p under 0.002
(asv/commands/compare.py and asv_runner/statistics.py). A fixed 5 %: the ratio of two p50s.
"""

import random
from collections.abc import Callable, Sequence
from statistics import fmean, median

from benchmarks.gate.neighbours import NOISES
from benchmarks.gate.replayed import GATES, SLOWER_GATES, told
from benchmarks.gate.traces import Side, Trace, of
from benchmarks.outcome import Row
from effprof.base.stats import wilson

LIMIT = 1.05
ASV_P = 0.002
Rule = Callable[[Sequence[Trace]], bool]


def rows(kept: Sequence[Trace]) -> list[Row]:
    """At one thread: false alarms, and how many of +5 % and +10 % are found; stated, not judged."""
    return [
        _row(name, rule, of(kept, noise, 1, share), f"{noise}, 1 thread, {told(share)}", share)
        for name, rule in RULES.items()
        for noise in NOISES
        for share in (0.0, 0.05, 0.10)
        if len(of(kept, noise, 1, share)) >= 4
    ]


def _row(name: str, rule: Rule, pool: Sequence[Trace], where: str, share: float) -> Row:
    rng = random.Random(1)
    gates = SLOWER_GATES if share else GATES
    hits = sum(rule(rng.sample(list(pool), 4)) for _ in range(gates))
    low, high = wilson(hits, gates)
    return Row(f"{name}: {where}: failed", hits / gates, low, high, gates, "%")


def _least(workers: Sequence[Trace]) -> bool:
    return min(workers[1].candidate.min_s) > LIMIT * min(workers[0].base.min_s)


def _mean(workers: Sequence[Trace]) -> bool:
    return fmean(workers[1].candidate.mean_s) > LIMIT * fmean(workers[0].base.mean_s)


def _fixed(workers: Sequence[Trace]) -> bool:
    return median(workers[1].candidate.mean_s) > LIMIT * median(workers[0].base.mean_s)


def _asv(workers: Sequence[Trace]) -> bool:
    from scipy.stats import mannwhitneyu

    first = _samples(workers[0].base) + _samples(workers[1].base)
    other = _samples(workers[2].candidate) + _samples(workers[3].candidate)
    if median(other) <= LIMIT * median(first):
        return False
    return float(mannwhitneyu(first, other).pvalue) < ASV_P


def _samples(side: Side) -> list[float]:
    """Ten of a process, as asv's default `repeat` allows at most."""
    return side.mean_s[:10]


RULES: dict[str, Rule] = {
    "pytest-benchmark, min:5%": _least,
    "pytest-benchmark, mean:5%": _mean,
    "asv continuous, factor 1.05": _asv,
    "p50s over a fixed 5 %": _fixed,
}
