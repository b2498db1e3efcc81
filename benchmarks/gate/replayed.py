"""The gate's own rule on workers drawn from those that ran: how often it is right."""

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

from benchmarks.gate.added import SHARES
from benchmarks.gate.neighbours import NOISES, Noise
from benchmarks.gate.traces import THREADS, Trace, of
from benchmarks.outcome import Row
from effprof.base.stats import wilson
from effprof.gate.decide import Rule, decide
from effprof.gate.sequential import FIRST, LAST

GATES, SLOWER_GATES = 200, 100
TIME_S = 60.0
ALONE_S = 6.0
"""Of those, for the workers of one model each that come first."""
FALSE, FOUND = 0.01, {0.03: 0.90, 0.05: 0.95}


@dataclass(frozen=True, slots=True)
class Replay:
    """How one gate would have ended."""

    verdict: str
    workers: int
    seconds: float


def replays(pool: Sequence[Trace], clock: str, gates: int, seed: int = 0) -> list[Replay]:
    """Gates on workers drawn without replacement, in drawn order."""
    rng = random.Random(seed)
    rule = Rule(clock="cpu" if clock == "cpu" else "wall")
    return [_replay(rng.sample(list(pool), min(LAST, len(pool))), rule) for _ in range(gates)]


def _replay(workers: Sequence[Trace], rule: Rule) -> Replay:
    spent_s, taken = ALONE_S, 0
    verdict = "undecided"
    for one in workers:
        if spent_s + one.seconds > TIME_S:
            break
        spent_s, taken = spent_s + one.seconds, taken + 1
        found = decide([each.unit for each in workers[:taken]], rule)
        if taken >= FIRST and found is not None and found.settled:
            verdict = found.verdict
            break
    return Replay(verdict, taken, spent_s)


def rows(kept: Sequence[Trace]) -> list[Row]:
    """Of each condition: how many of 200 innocent ones fail, how many slower ones are found."""
    return [
        row
        for threads in THREADS
        for noise in NOISES
        for share in SHARES
        for row in _rows(of(kept, noise, threads, share), noise, threads, share)
    ]


def _rows(pool: Sequence[Trace], noise: Noise, threads: int, share: float) -> list[Row]:
    if len(pool) < FIRST:
        return []
    ended = replays(pool, "cpu" if threads == 1 else "wall", SLOWER_GATES if share else GATES)
    count = Counter(one.verdict for one in ended)
    name = f"{noise}, {threads} thread{'s' if threads > 1 else ''}, {told(share)}"
    took = f"{median(one.seconds for one in ended):.0f} s, {count['undecided']} undecided"
    if not share:
        return [rated(f"{name}: failed", count["fail"], len(ended), took, FALSE)]
    least = FOUND.get(share) if threads == 1 else None
    return [
        rated(f"{name}: failed", count["fail"], len(ended), took, least, at_least=True),
        rated(f"{name}: passed", count["pass"], len(ended), "", FALSE if share >= 0.05 else None),
    ]


def rated(
    what: str, hits: int, count: int, beside: str, limit: float | None, *, at_least: bool = False
) -> Row:
    """A share of gates, with its interval."""
    low, high = wilson(hits, count)
    return Row(what, hits / count, low, high, count, "%", beside, limit=limit, at_least=at_least)


def told(share: float) -> str:
    return f"+{share:.0%}" if share else "A/A"


def added(kept: Sequence[Trace]) -> list[Row]:
    """What the slower models really take longer: over all workers of the quiet machine."""
    found = []
    for threads in THREADS:
        for share in SHARES:
            pool = of(kept, "quiet", threads, share)
            if len(pool) < 2:
                continue
            logs = [one.cpu[0] if threads == 1 else one.wall[0] for one in pool]
            arm = 2.0 * stdev(logs) / math.sqrt(len(logs))
            middle, low, high = (math.expm1(fmean(logs) + side) for side in (0.0, -arm, arm))
            what = f"time added where {told(share)} was meant, {threads} thread(s)"
            found.append(Row(what, middle, low, high, len(pool), "±%"))
    return found


def notes(kept: Sequence[Trace]) -> list[str]:
    """How far workers differ that hold the same model twice, and what one takes."""
    lines = []
    for threads in THREADS:
        for noise in NOISES:
            pool = of(kept, noise, threads, 0.0)
            if len(pool) < 2:
                continue
            spreads = [stdev(of_clock) for of_clock in _logs(pool)]
            seconds = fmean(one.seconds for one in pool)
            lines.append(
                f"{noise}, {threads} thread(s), A/A: workers differ by {spreads[0]:.2%} in CPU, "
                f"{spreads[1]:.2%} in wall time (standard deviation); {seconds:.1f} s each"
            )
    return lines


def _logs(pool: Sequence[Trace]) -> tuple[list[float], list[float]]:
    return [one.cpu[0] for one in pool], [one.wall[0] for one in pool]
