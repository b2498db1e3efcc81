"""Where a sweep over batches bends: behind that batch more throughput costs most latency."""

from collections.abc import Mapping, Sequence

from effprof.judge.frontier import knee_of, unbeaten


def knee(rows: Sequence[Mapping[str, float]]) -> float | None:
    """The batch at the knee of throughput and p50; None where nothing bulges (see `frontier`)."""
    import numpy as np

    known = [row for row in rows if {"batch", "throughput", "latency_p50"} <= row.keys()]
    if not known:
        return None
    costs = np.array([[row["latency_p50"], -row["throughput"]] for row in known], np.float64)
    front = unbeaten(costs)
    at = knee_of(costs[front])
    return None if at is None else known[front[at]]["batch"]
