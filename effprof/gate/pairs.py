"""Workers that hold both models, or take turns with one each, until the rule is settled."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from effprof.base.records import Block
from effprof.gate.decide import Decision, Rule, decide
from effprof.gate.effect import Ratio, Unit, quartile, ratio
from effprof.gate.sequential import FIRST, LAST
from effprof.measure.launch import Answer, Limits, launch
from effprof.measure.plan import Plan
from effprof.worker.protocol import Request

SLICE_S = 1.2
"""Timed part of one unit, both models together."""
WARM_UP_S = 0.2
"""At most, of each model; the first blocks may go on warming up, their median does not mind."""

Blocks = Sequence[Block]
Asked = tuple[Plan, Plan]  # base and candidate, alike but for the model and perhaps the runtime


@dataclass(slots=True)
class Pairs:
    """All units, in order, what they say, and why there are no more.

    `base_s` and `candidate_s`: median wall time of a run, by unit. `longest_s`: the slowest unit.
    """

    units: list[Unit] = field(default_factory=list)
    decision: Decision | None = None
    stopped: str = ""  # settled, looks, time, failed or interrupted
    failed: Answer | None = None
    base_s: list[float] = field(default_factory=list)
    candidate_s: list[float] = field(default_factory=list)
    longest_s: float = 0.0


def collect(
    plans: Asked, rule: Rule, left_s: float, phase: Callable[[str], None], *, together: bool
) -> Pairs:
    """One unit after the other; another is begun only where it can end within `left_s`."""
    pairs, began = Pairs(), time.monotonic()
    flips = _flips(plans[1].seed)
    take = together_once if together else apart_once
    while not pairs.stopped:
        at_s = time.monotonic() - began
        if pairs.units and at_s + pairs.longest_s > left_s:
            pairs.stopped = "time"
            break
        count = len(pairs.units)
        phase(f"both models, worker {count + 1} of {FIRST} to {LAST}")
        try:
            found = take(plans, flips[count], count)
        except KeyboardInterrupt:
            pairs.stopped = "interrupted"
            break
        _add(pairs, found)
        pairs.longest_s = max(pairs.longest_s, time.monotonic() - began - at_s)
        _conclude(pairs, rule)
    return pairs


def _conclude(pairs: Pairs, rule: Rule) -> None:
    pairs.decision = decide(pairs.units, rule)
    if pairs.failed is not None:
        pairs.stopped = "failed"
    elif pairs.decision is not None and pairs.decision.settled:
        pairs.stopped = "settled"
    elif len(pairs.units) >= LAST:
        pairs.stopped = "looks"


def _flips(seed: int) -> list[bool]:
    """Which units load the candidate first: one of every two, drawn which."""
    rng = random.Random(seed)  # noqa: S311 - an order, no secret
    drawn = [rng.random() < 0.5 for _ in range(LAST // 2)]
    return [flip for one in drawn for flip in (one, not one)]


def together_once(plans: Asked, flip: bool, count: int) -> Answer | tuple[Blocks, Blocks]:
    """Both models in one fresh worker, in the load order asked for; its answer where it failed."""
    first, second = (plans[1], plans[0]) if flip else plans
    answer = _launch(first, (first, second), count)
    if not answer.ok:
        return answer
    one, other = answer.blocks[0], answer.blocks[1]
    return (other, one) if flip else (one, other)


def apart_once(plans: Asked, flip: bool, count: int) -> Answer | tuple[Blocks, Blocks]:
    """A fresh worker for each, one after the other."""
    found: dict[int, Blocks] = {}
    for place in (1, 0) if flip else (0, 1):
        answer = _launch(plans[place], (plans[place],), count)
        if not answer.ok:
            return answer
        found[place] = answer.blocks[0]
    return found[0], found[1]


def _launch(host: Plan, held: Sequence[Plan], count: int) -> Answer:
    request = Request(
        job="pair",
        backend=host.backend,
        loads=tuple(next(iter(plan.loads.values())) for plan in held),
        options=dict(host.options),
        settings={
            "slice_s": SLICE_S * len(held) / 2,
            "shuffle_seed": host.seed + count,
            "warm_up_s": WARM_UP_S,
        },
        seed=host.seed,
    )
    limit = host.memory_limit_bytes
    memory_bytes = None if limit is None else limit * len(held)
    limits = Limits(host.silence_s, host.silence_s, memory_bytes)
    return launch(request, limits, python=host.python)


def _add(pairs: Pairs, found: Answer | tuple[Blocks, Blocks]) -> None:
    if isinstance(found, Answer):
        pairs.failed = found
        return
    base, candidate = found
    pairs.units.append(unit(base, candidate))
    pairs.base_s.append(median(_run_s(base)))
    pairs.candidate_s.append(median(_run_s(candidate)))


def unit(base: Blocks, candidate: Blocks) -> Unit:
    """Both clocks. Blocks of two workers are no partners: of unequal numbers the middle counts."""
    return Unit(cpu=_ratio(base, candidate, _cpu), wall=_ratio(base, candidate, _wall))


def _ratio(base: Blocks, candidate: Blocks, read: Callable[[Block], float]) -> Ratio:
    first, second = [read(block) for block in base], [read(block) for block in candidate]
    if len(first) != len(second):
        first, second = [median(first)], [median(second)]
    return ratio(first, second)


def _wall(block: Block) -> float:
    return max(quartile(block.wall_ns), 1) / block.runs_per_reading


def _cpu(block: Block) -> float:
    return max(quartile(block.each_cpu_ns), 1) / block.runs_per_reading


def _run_s(blocks: Blocks) -> list[float]:
    return [median(block.wall_ns) / block.runs_per_reading / 1e9 for block in blocks]
