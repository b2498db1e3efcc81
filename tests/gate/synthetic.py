"""Workers that never ran: what a gate would have seen of a machine with this much noise."""

import math
import random

from effprof.gate.effect import Ratio, Unit


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
