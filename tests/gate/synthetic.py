"""Workers that never ran: what a gate would have seen of a machine with this much noise."""

import math
import random
from collections.abc import Sequence

from effprof.gate.decide import Decision, Rule, decide
from effprof.gate.effect import Ratio, Unit
from effprof.gate.sequential import FIRST, LAST


def units(
    rng: random.Random,
    slower: float,
    spread: float,
    count: int = 12,
    wall_slower: float | None = None,
) -> list[Unit]:
    """`slower`: share by which the candidate is slower; `spread`: sigma of the log by worker."""
    wall = slower if wall_slower is None else wall_slower
    return [
        Unit(
            Ratio(rng.gauss(math.log1p(slower), spread), spread / 4),
            Ratio(rng.gauss(math.log1p(wall), 2 * spread), spread / 2),
        )
        for _ in range(count)
    ]


def replay(units: Sequence[Unit], rule: Rule) -> Decision | None:
    """The first decision that settles it, worker by worker, or the last one there is."""
    found = None
    for count in range(FIRST, min(len(units), LAST) + 1):
        found = decide(units[:count], rule)
        if found is not None and found.settled:
            return found
    return found
