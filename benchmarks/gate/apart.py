"""The gate where two processes take turns, as for two versions of a runtime: A/A, and +5 %.

One runtime in both, so that what is added is known; one thread, CPU time decides.
"""

from collections import Counter
from pathlib import Path
from statistics import median, stdev

from benchmarks.gate.neighbours import NOISES, Noise, neighbours
from benchmarks.gate.replayed import FALSE, FOUND, GATES, SLOWER_GATES, rated, replays, told
from benchmarks.gate.traces import Trace, take
from benchmarks.outcome import Row
from effprof.gate.pairs import apart_once
from effprof.gate.sequential import FIRST

PAIRS = {0.0: 18, 0.05: 12}
"""Pairs of processes of a condition, by what is added."""


def rows(family: dict[float, Path], *, quick: bool) -> list[Row]:
    return [row for noise in (NOISES[:1] if quick else NOISES) for row in _of(family, noise, quick)]


def _of(family: dict[float, Path], noise: Noise, quick: bool) -> list[Row]:
    """Both kinds in turn, so that a machine that drifts treats them alike."""
    pools: dict[float, list[Trace]] = {share: [] for share in PAIRS}
    with neighbours(noise):
        for turn in range(FIRST if quick else max(PAIRS.values())):
            for share in (one for one, count in PAIRS.items() if turn < count):
                if (one := take(family, noise, 1, share, turn, apart_once)) is not None:
                    pools[share].append(one)
    return [row for share, pool in pools.items() for row in _judged(pool, noise, share)]


def _judged(pool: list[Trace], noise: Noise, share: float) -> list[Row]:
    if len(pool) < FIRST:
        return []
    ended = replays(pool, "cpu", SLOWER_GATES if share else GATES)
    count = Counter(one.verdict for one in ended)
    name = f"{noise}, processes in turn, {told(share)}"
    spread = stdev(one.cpu[0] for one in pool)
    took = median(one.seconds for one in ended)
    beside = f"{took:.0f} s, {count['undecided']} undecided; pairs differ by {spread:.2%} in CPU"
    if not share:
        return [rated(f"{name}: failed", count["fail"], len(ended), beside, FALSE)]
    return [
        rated(f"{name}: failed", count["fail"], len(ended), beside, FOUND[share], at_least=True),
        rated(f"{name}: passed", count["pass"], len(ended), "", FALSE),
    ]
