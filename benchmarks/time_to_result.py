"""Claim: `effprof measure` on a 7 ms model, defaults: a result in under 15 s with an interval of
1 % on a quiet machine; on a busy one it stops at the ceiling and says what it reached.

Method. The command as a user types it, from start to exit, on magika's model: some runs as the
machine is, some beside a process that burns one core. The ceilings of the machine (GEMM, memory),
measured once and kept, are made beforehand, as on every run of a user but the first.

How to read. Wall seconds from start to exit. `p50 known to`: the larger arm of the 95 % interval as
a share of the p50. Only runs whose report has no `noisy-host` warning are held against the goals.
The notes say of each run how long the clock ran, in how many processes, and what effprof said.
"""

from collections.abc import Sequence
from dataclasses import replace

from benchmarks import models
from benchmarks.measuring import Measured, busy_neighbours, measure
from benchmarks.noise import Witness
from benchmarks.outcome import Outcome, Row, shown
from benchmarks.paired import middle

CLAIM = "`measure` on a 7 ms model: under 15 s to 1 %; busy: stops at the ceiling and says so"
LIMIT_S, GOAL = 15.0, 0.01
CEILING_S = 10.0
SLACK_S = 2.0
"""A trial that has begun is finished: what the clock may run over the ceiling."""
SAID = ("precision-not-reached", "bimodal-trials", "noisy-host")
BUSY = "one core burnt"


def run(*, quick: bool) -> Outcome:
    witness = Witness()
    outcome = Outcome("time_to_result", CLAIM, quick=quick)
    model = models.magika()
    if model is None:
        outcome.skipped = "magika is not installed"
        return outcome
    measure(model, "--time", "0.1")
    options = ("--time", "3") if quick else ()
    plain = [measure(model, *options) for _ in range(1 if quick else 5)]
    with busy_neighbours(1):
        burnt = [measure(model, *options) for _ in range(1 if quick else 2)]
    quiet = [one for one in plain if not one.warning("noisy-host")]
    noisy = [one for one in plain if one not in quiet]
    outcome.rows += _figures("quiet", quiet, (LIMIT_S, GOAL))
    others = _figures("neighbours not ours", noisy, (None, None))
    outcome.rows += others if quiet else [replace(row, unsound=True) for row in others]
    if quick:
        outcome.notes.append("quick: a ceiling of 3 s instead of 10")
    outcome.rows += _figures(BUSY, burnt, (None, None)) + _honest(burnt)
    if not quiet:
        outcome.notes.append("no run found the machine quiet: the first goals are not judged")
    outcome.notes += [f"as it is: {_told(one)}" for one in plain]
    outcome.notes += [f"{BUSY}: {_told(one)}" for one in burnt]
    outcome.host = witness.told()
    return outcome


def _figures(
    name: str, runs: Sequence[Measured], limits: tuple[float | None, float | None]
) -> list[Row]:
    if not runs:
        return []
    wall, known = middle([one.wall_s for one in runs]), middle([one.precision for one in runs])
    n = len(runs)
    return [
        Row(f"{name}: seconds", wall.value, wall.low, wall.high, n, "s", limit=limits[0]),
        Row(f"{name}: p50 known to", known.value, known.low, known.high, n, "%", limit=limits[1]),
    ]


def _honest(runs: Sequence[Measured]) -> list[Row]:
    """How many runs stopped by the ceiling, and reached the goal or said what they reached."""
    stopped = [one.timed_s <= CEILING_S + SLACK_S for one in runs]
    said = [one.precision <= GOAL or bool(one.warning("precision-not-reached")) for one in runs]
    return [
        _all(f"{BUSY}: stopped by the ceiling", stopped),
        _all(f"{BUSY}: said what it reached", said),
    ]


def _all(what: str, held: Sequence[bool]) -> Row:
    count = sum(held)
    return Row(what, count, count, count, len(held), "1", "runs", limit=len(held), at_least=True)


def _told(one: Measured) -> str:
    said = [text for code in SAID if (text := one.warning(code))]
    figures = (
        f"p50 {shown(one.p50_s, 's')} ± {shown(one.precision, '%')}, {shown(one.wall_s, 's')} in "
        f"all, {shown(one.timed_s, 's')} timed in {one.trials} processes"
    )
    return "; ".join([figures, *said])
