"""Claim: effprof's 95 % interval holds the true value about as often as it says.

Method. A simulation, no clock. Latencies are made as they were seen to come: every process has a
speed of its own for life (a spread of 0.1 % or 1 %); in two of the populations 16 % of processes
are 1.3 times slower; blocks inside a process wander (autocorrelated, 0.5 %); one run in fifty is
hit by something and takes longer, by a Pareto tail. The true p50 and p99 come from 20,000
processes. Then studies of 3, 6, 9, 12 and 20 processes, ten blocks of 25 readings each, give an
interval by effprof (base.stats.Sample) and by what a single loop would have: order statistics of
all readings pooled, as if they were independent.

How to read. Share of the studies whose interval held the true value; its own 95 % interval (Wilson)
says what so many studies can tell. `beside`: the pooled interval's share, the median arm of
effprof's interval and, where slow processes make the quantile, the share of studies that met one:
the others (0.84^6 = 35 % of studies of six) cannot know of it, so no method reaches 90 % there.
Goal: 90 % everywhere from six processes on, the number effprof starts with.
"""

import math
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from multiprocessing import get_context
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.noise import Witness
from benchmarks.outcome import Outcome, Row, shown
from effprof.base.stats import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Interval = tuple[float, float, float]
"""Low, value, high."""

CLAIM = "95 % intervals hold the true p50 and p99 in 90 % of studies, from 6 processes on"
GOAL, GOAL_FROM = 0.90, 6
TRIALS = (3, 6, 9, 12, 20)
QUANTILES = (0.5, 0.99)
BLOCKS, READINGS = 10, 25
TRUE_PROCESSES = 20_000
BLOCK_SPREAD, BLOCK_MEMORY = 0.005, 0.7
RUN_SPREAD = 0.003
HIT_SHARE, HIT_SCALE, HIT_SHAPE = 0.02, 0.1, 2.5
SLOW_RATIO = 1.3


@dataclass(frozen=True, slots=True)
class Population:
    """Processes that differ by `spread`, of which `slow_share` are slow for life."""

    spread: float
    slow_share: float

    def __str__(self) -> str:
        slow = f", {self.slow_share:.0%} slow" if self.slow_share else ""
        return f"spread {self.spread:.1%}{slow}"

    def draw(self, processes: int, rng: np.random.Generator) -> "Floats":
        """Seconds a run: shape (processes, BLOCKS, READINGS), around 1."""
        slow = rng.random(processes) < self.slow_share
        speed = np.exp(rng.normal(0, self.spread, processes)) * np.where(slow, SLOW_RATIO, 1.0)
        blocks = np.exp(_wandering(processes, rng))
        shape = (processes, BLOCKS, READINGS)
        runs = np.exp(rng.normal(0, RUN_SPREAD, shape))
        hit = rng.random(shape) < HIT_SHARE
        runs *= 1 + np.where(hit, HIT_SCALE * (1 + rng.pareto(HIT_SHAPE, shape)), 0.0)
        return np.asarray(speed[:, None, None] * blocks[:, :, None] * runs)


POPULATIONS = (
    Population(0.001, 0.0),
    Population(0.01, 0.0),
    Population(0.001, 0.16),
    Population(0.01, 0.16),
)


def _wandering(processes: int, rng: np.random.Generator) -> "Floats":
    """Logarithms of block effects: an autoregression of order one, stationary from the start."""
    steps = rng.normal(0, BLOCK_SPREAD, (processes, BLOCKS))
    fresh = math.sqrt(1 - BLOCK_MEMORY**2)
    for block in range(1, BLOCKS):
        steps[:, block] = BLOCK_MEMORY * steps[:, block - 1] + fresh * steps[:, block]
    return steps


@dataclass(frozen=True, slots=True)
class Case:
    """One population looked at with one number of processes, `studies` times."""

    population: Population
    trials: int
    studies: int


def run(*, quick: bool) -> Outcome:
    witness = Witness()
    outcome = Outcome("interval_coverage", CLAIM, quick=quick)
    studies = 30 if quick else 200
    cases = [
        Case(population, trials, studies)
        for population in (POPULATIONS[1:3] if quick else POPULATIONS)
        for trials in TRIALS
    ]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        outcome.rows += chain.from_iterable(pool.map(rows, cases))
    outcome.notes.append(f"{studies} studies a row, {BLOCKS} blocks of {READINGS} readings each")
    outcome.host = witness.told()
    return outcome


def _true_values(population: Population, rng: np.random.Generator) -> list[float]:
    drawn = population.draw(TRUE_PROCESSES, rng)
    return [float(value) for value in np.quantile(drawn, QUANTILES)]


def rows(case: Case) -> list[Row]:
    """A row for each quantile; the same case gives the same rows."""
    true = _true_values(case.population, np.random.default_rng(20))
    rng = np.random.default_rng([21, case.trials])
    tallies = [Tally() for _ in QUANTILES]
    for study in range(case.studies):
        drawn = case.population.draw(case.trials, rng)
        sample = Sample([list(trial) for trial in drawn], seed=study)
        pooled = np.sort(drawn, axis=None)
        for quantile, value, tally in zip(QUANTILES, true, tallies, strict=True):
            ours = sample.quantile(quantile)
            naive = independent(pooled, quantile)
            tally.add((ours.low, ours.value, ours.high), naive, value)
    return [_row(case, *found) for found in zip(QUANTILES, tallies, strict=True)]


@dataclass(slots=True)
class Tally:
    """Studies whose interval held the true value, effprof's and the pooled one's."""

    held: int = 0
    pooled: int = 0
    arms: list[float] = field(default_factory=list)

    def add(self, ours: Interval, pooled: Interval, true: float) -> None:
        self.held += ours[0] <= true <= ours[2]
        self.pooled += pooled[0] <= true <= pooled[2]
        self.arms.append(max(ours[2] - ours[1], ours[1] - ours[0]) / ours[1])


def independent(ordered: "Floats", quantile: float) -> Interval:
    """The interval of order statistics for readings taken to be independent."""
    n = len(ordered)
    reach = 1.96 * math.sqrt(n * quantile * (1 - quantile))
    low, middle, high = (
        min(max(math.ceil(n * quantile + shift) - 1, 0), n - 1) for shift in (-reach, 0.0, reach)
    )
    return float(ordered[low]), float(ordered[middle]), float(ordered[high])


def _row(case: Case, quantile: float, tally: Tally) -> Row:
    low, high = wilson(tally.held, case.studies)
    return Row(
        f"{case.population}, {case.trials} processes, p{quantile * 100:.0f}",
        tally.held / case.studies,
        low,
        high,
        case.studies,
        "%",
        _beside(case, quantile, tally),
        limit=GOAL if case.trials >= GOAL_FROM else None,
        at_least=True,
    )


def _beside(case: Case, quantile: float, tally: Tally) -> str:
    told = f"pooled {tally.pooled / case.studies:.0%}; arm {shown(median(tally.arms), '%')}"
    slow_share = case.population.slow_share
    if 1 - quantile >= slow_share:
        return told
    return f"{told}; {1 - (1 - slow_share) ** case.trials:.0%} met a slow one"


def wilson(held: int, of: int) -> tuple[float, float]:
    """95 % interval of a share."""
    z = 1.96
    share = held / of
    centre = share + z * z / (2 * of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (centre - reach) / (1 + z * z / of), (centre + reach) / (1 + z * z / of)
