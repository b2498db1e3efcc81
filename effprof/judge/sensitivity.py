"""How firm a ranking is: its order under weights that are each moved by up to 20 %.

Weights are opinions. A decision that a fifth more or less of one of them turns over should not be
taken by the score alone.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from effprof.report.judgement import Score
from effprof.report.ranking import Sensitivity, Steady, Tipping

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOVED = 0.2
SAMPLES = 1000
ROBUST = 0.95
_DIGITS = 12
_RIVALS = 10  # how many of the next best are asked what it would take


def sensitivity(scores: Sequence[Score], seed: int = 0) -> Sensitivity | None:
    """Of scores by one profile; None where fewer than two have points over the same metrics."""
    import numpy as np

    kept = _alike(scores)
    if len(kept) < 2:
        return None
    metrics = sorted(part.metric for part in scores[kept[0]].parts)
    logs, weights = _table([scores[at] for at in kept], metrics)
    moves = np.random.default_rng(seed).uniform(1 - MOVED, 1 + MOVED, (len(metrics), SAMPLES))
    moved = weights[:, None] * moves
    ranks = _ranks(_points(logs, moved / moved.sum(axis=0)))
    points = _points(logs, weights[:, None])[:, 0]
    first = (ranks == 1).mean(axis=1)
    order = np.lexsort((-first, -points))  # of equals the oftenest first, then as they were given
    level = [at for at in order if points[at] == points[order[0]]]
    return Sensitivity(
        moved=MOVED,
        samples=SAMPLES,
        seed=seed,
        robust=bool(len(level) == 1 and first[order[0]] >= ROBUST),
        places=tuple(
            Steady(kept[at], int(ranks[at].min()), int(ranks[at].max()), float(first[at]))
            for at in order
        ),
        tipping=_tipping(logs, weights, order, metrics, kept) if len(level) == 1 else None,
        left_out=tuple(
            at for at, one in enumerate(scores) if at not in set(kept) and one.points is not None
        ),
        level=tuple(kept[at] for at in level) if len(level) > 1 else (),
    )


def _alike(scores: Sequence[Score]) -> list[int]:
    """Those with points over the same metrics: the commonest set of them, of equals the larger."""
    sets = {
        at: frozenset(part.metric for part in one.parts)
        for at, one in enumerate(scores)
        if one.points is not None
    }
    if not sets:
        return []
    counted = Counter(sets.values())
    commonest = max(counted, key=lambda one: (counted[one], len(one), sorted(one)))
    return [at for at, one in sets.items() if one == commonest]


def _table(scores: Sequence[Score], metrics: Sequence[str]) -> "tuple[Floats, Floats]":
    """Logarithm of each credit, shape (scores, metrics); weights that add up to 1."""
    import numpy as np

    by_metric = [{part.metric: part for part in one.parts} for one in scores]
    credited = [[parts[key].desirability for key in metrics] for parts in by_metric]
    floors = np.array([one.floor or 0.01 for one in scores])[:, None]
    weights = np.array([by_metric[0][key].weight for key in metrics])
    return np.log(np.maximum(credited, floors)), weights / weights.sum()


def _points(logs: "Floats", weights: "Floats") -> "Floats":
    """Logarithm of the points of each row under each column of weights.

    Rounded: a product of matrices adds up in an order of its own, and equals must stay equal.
    """
    return (logs @ weights).round(_DIGITS)


def _ranks(points: "Floats") -> "NDArray[np.int64]":
    """Place of each row in each column, from 1; equals share the better place."""
    import numpy as np

    order = np.sort(-points, axis=0)
    return np.stack(
        [np.searchsorted(order[:, at], -points[:, at]) + 1 for at in range(points.shape[1])],
        axis=1,
    )


def _tipping(
    logs: "Floats",
    weights: "Floats",
    order: "NDArray[np.int64]",
    metrics: Sequence[str],
    kept: Sequence[int],
) -> Tipping | None:
    """The least move of one weight, the others keeping their proportions, that costs the lead."""
    found: list[tuple[float, Tipping]] = []
    for rival in order[1 : 1 + _RIVALS]:
        gaps = logs[order[0]] - logs[rival]
        lead = float(gaps @ weights)
        for place, key in enumerate(metrics):
            weight, gap = float(weights[place]), float(gaps[place])
            if weight >= 1:
                continue
            others = (lead - weight * gap) / (1 - weight)
            if gap >= 0 <= others or others == gap:
                continue
            tips_at = others / (others - gap)
            if 0 <= tips_at <= 1:
                tipping = Tipping(key, weight, tips_at, kept[int(rival)])
                found.append((abs(tips_at - weight), tipping))
    return min(found, key=lambda one: (one[0], one[1].metric), default=(0.0, None))[1]
