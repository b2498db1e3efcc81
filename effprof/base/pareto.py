"""The Pareto set of rows of costs, and its knee.

The knee is where the next bit of one cost begins to take most of the others: the row that bulges
furthest from the plane through the extremes, each cost scaled from its best (0) to its worst (1)
on the frontier, in the logarithm where all have one sign (I. Das, "On characterizing the knee of
the Pareto curve based on normal-boundary intersection", Structural Optimization 18, 1999).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_FOR_A_KNEE = 3


def unbeaten(costs: "Floats") -> "NDArray[np.int64]":
    """Rows that no other row beats by value; of equal rows all."""
    import numpy as np

    beaten = np.array(
        [bool(((costs <= one).all(axis=1) & (costs < one).any(axis=1)).any()) for one in costs],
        dtype=bool,
    )
    return np.flatnonzero(~beaten)


def knee_of(costs: "Floats") -> int | None:
    """Which row of the frontier; None where there are too few, or no one bulges."""
    import numpy as np

    if len(np.unique(costs, axis=0)) < LEAST_FOR_A_KNEE:
        return None
    columns = [_scaled(column) for column in costs.T]
    total = np.sum(columns, axis=0)
    best = int(np.lexsort((*reversed(columns), total))[0])
    return best if total[best] < 1 else None


def knee_of_sweep(rows: Sequence[Mapping[str, float]]) -> float | None:
    """The batch behind which more throughput costs most p50; None where nothing bulges."""
    import numpy as np

    known = [row for row in rows if {"batch", "throughput", "latency_p50"} <= row.keys()]
    if not known:
        return None
    costs = np.array([[row["latency_p50"], -row["throughput"]] for row in known], np.float64)
    front = unbeaten(costs)
    at = knee_of(costs[front])
    return None if at is None else known[front[at]]["batch"]


def _scaled(column: "Floats") -> "Floats":
    """0 at the best, 1 at the worst."""
    import numpy as np

    if (column > 0).all() or (column < 0).all():
        column = np.sign(column) * np.log(np.abs(column))
    width = column.max() - column.min()
    return (column - column.min()) / width if width else column * 0.0
