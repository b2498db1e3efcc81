"""Claim: effprof's loop adds less than 2 us to a run, or 1 % where a run takes over 1 ms.

Method. One process, one session, one binding, garbage collector off. Blocks of about 30 ms (three
runs at least), half as long as those of a `measure` with its defaults, take turns, forwards then
backwards (A B C D E, E D C B A ...); what a block costs as a whole, 0.04 ms, is in `wall` and
`unread`:

  unclocked   for _ in range(n): session.run_with_iobinding(binding), timed once from outside
  control     the bare loop, a second time
  bare loop   the same with perf_counter_ns before and after each run, appended to a list
  effprof 1   loop.time_block, one run a reading: what tail percentiles come from
  effprof k   loop.time_block, k runs a reading: what the p50 of runs under 20 us comes from

How to read. All are differences to the loop named beside, medians over all rounds:

  wall            what a run costs in the loop: time of the whole block / runs
  reported p50    what reaches the report: the median reading of a block
  reported mean   likewise, the mean reading
  unread          time a run that no reading holds: wall less mean reading. A mean over blocks,
                  since a harness that is interrupted between readings hides that now and then

The goal holds to both sides: a reported latency that is too low is no better than one too high. The
control is held against the same goal; where even it does not keep it, the machine was TOO NOISY and
nothing is judged. `nothing` is a call that does nothing: the loop's own cost.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import mean, median, stdev
from time import perf_counter_ns
from typing import Any

from benchmarks import models
from benchmarks.noise import Witness
from benchmarks.outcome import Outcome, Row, shown
from benchmarks.paired import differences, ratios, turn_order
from effprof.worker import loop

CLAIM = "the loop adds < 2 us a run, or < 1 % to runs over 1 ms"
BLOCK_NS = 30_000_000
LIMIT_S, LIMIT_SHARE, LONG_S = 2e-6, 0.01, 1e-3


@dataclass(frozen=True, slots=True)
class Block:
    """Seconds a run: in all, and as read by the loop; without a clock all three are the wall."""

    wall_s: float
    median_s: float
    mean_s: float


Loop = Callable[[int], Block]  # of so many runs


class Nothing:
    """Stands where a session stands."""

    def run_with_iobinding(self, binding: object) -> None: ...


def onnxruntime_unclocked(session: Any, binding: Any, runs: int) -> Block:
    began = perf_counter_ns()
    for _ in range(runs):
        session.run_with_iobinding(binding)
    wall_s = (perf_counter_ns() - began) / runs / 1e9
    return Block(wall_s, wall_s, wall_s)


def onnxruntime_loop(session: Any, binding: Any, runs: int) -> Block:
    taken = []
    began = perf_counter_ns()
    for _ in range(runs):
        start = perf_counter_ns()
        session.run_with_iobinding(binding)
        end = perf_counter_ns()
        taken.append(end - start)
    wall_s = (perf_counter_ns() - began) / runs / 1e9
    return Block(wall_s, median(taken) / 1e9, sum(taken) / runs / 1e9)


def effprof_loop(call: loop.Run, runs: int, per_reading: int) -> Block:
    readings = max(1, runs // per_reading)
    began = perf_counter_ns()
    block = loop.time_block(call, readings, per_reading)
    wall_s = (perf_counter_ns() - began) / (readings * per_reading) / 1e9
    read_s = [wall_ns / per_reading / 1e9 for wall_ns in block.wall_ns]
    return Block(wall_s, median(read_s), sum(read_s) / readings)


def run(*, quick: bool) -> Outcome:
    witness = Witness()
    outcome = Outcome("overhead", CLAIM, quick=quick)
    nothing = Nothing()
    seconds = 1.0 if quick else 10.0
    call = partial(nothing.run_with_iobinding, None)
    outcome.rows += rows("nothing", call, *_loops(nothing, None), seconds)
    for path in models.available():
        loaded = models.load(path)
        loops = _loops(loaded.session, loaded.binding)
        outcome.rows += rows(models.label(path), loaded.call, *loops, seconds)
    outcome.notes.append("differences to the loop beside; its own figure stands there too")
    outcome.host = witness.told()
    return outcome


def _loops(session: Any, binding: Any) -> tuple[Loop, Loop]:
    return partial(onnxruntime_unclocked, session, binding), partial(
        onnxruntime_loop, session, binding
    )


def rows(name: str, call: loop.Run, unclocked: Loop, bare_loop: Loop, seconds: float) -> list[Row]:
    """`call` is what effprof times; the loops are what a person would write around the same."""
    run_s = loop.warm_up(call, seconds)[1]
    runs = max(3, int(BLOCK_NS / 1e9 / run_s))
    several = min(loop.runs_per_reading(run_s), 100)
    forms: list[Callable[[], Block]] = [
        lambda: unclocked(runs),
        lambda: bare_loop(runs),
        lambda: bare_loop(runs),
        lambda: effprof_loop(call, runs, 1),
    ]
    if several > 1:
        forms.append(lambda: effprof_loop(call, runs, several))
    taken = _in_turn(forms, max(10, int(seconds / (run_s * runs * len(forms)))))
    plain, control, bare, *ours = taken
    names = [f"{name}, {count} a reading" for count in (1, several)]
    sound = _compare(f"{name}, control: bare loop", plain, bare, control, ())
    unsound = [row.what.rpartition(": ")[2] for row in sound if _beyond(row)]
    return [replace(row, control=True, unsound=_beyond(row)) for row in sound] + [
        row
        for title, blocks in zip(names, ours, strict=False)
        for row in _compare(title, plain, bare, blocks, unsound)
    ]


def _beyond(row: Row) -> bool:
    return row.limit is not None and max(abs(row.low), abs(row.high)) > row.limit


def _in_turn(forms: Sequence[Callable[[], Block]], rounds: int) -> list[list[Block]]:
    taken: list[list[Block]] = [[] for _ in forms]
    with loop.quiet():
        for turn in range(rounds):
            for place in turn_order(len(forms), turn):
                taken[place].append(forms[place]())
    return taken


def _compare(
    name: str,
    plain: Sequence[Block],
    bare: Sequence[Block],
    ours: Sequence[Block],
    unsound: Sequence[str],
) -> list[Row]:
    """Against the bare loop; `unsound`: the figures that the control could not tell apart."""
    run_s = median(block.wall_s for block in plain)
    limit_s = LIMIT_SHARE * run_s if run_s > LONG_S else LIMIT_S
    figures: dict[str, Callable[[Block], float]] = {
        "wall": lambda block: block.wall_s,
        "reported p50": lambda block: block.median_s,
        "reported mean": lambda block: block.mean_s,
    }
    rows = [
        _row(f"{name}: wall", "unclocked", _walls(ours), _walls(plain), limit_s),
        *(
            _row(f"{name}: {figure}", "bare loop", [*map(of, ours)], [*map(of, bare)], limit_s)
            for figure, of in figures.items()
        ),
    ]
    judged = [replace(row, unsound=row.what.rpartition(": ")[2] in unsound) for row in rows]
    return [*judged, _unread(name, ours, limit_s)]


def _walls(blocks: Sequence[Block]) -> list[float]:
    return [block.wall_s for block in blocks]


def _unread(name: str, blocks: Sequence[Block], limit_s: float) -> Row:
    """Needs no control: both parts are of the same block."""
    left_s = [block.wall_s - block.mean_s for block in blocks]
    value, reach = mean(left_s), 1.96 * stdev(left_s) / math.sqrt(len(left_s))
    what = f"{name}: unread"
    return Row(
        what, value, value - reach, value + reach, len(left_s), "s", limit=limit_s, within=True
    )


def _row(
    what: str, beside: str, ours: Sequence[float], theirs: Sequence[float], limit_s: float
) -> Row:
    found, base_s = differences(ours, theirs), median(theirs)
    return Row(
        what,
        found.value,
        found.low,
        found.high,
        found.n,
        "s",
        f"{beside}, {shown(base_s, 's')}",
        ratios(ours, theirs).value if base_s > LIMIT_S else None,
        limit_s,
        within=True,
    )
