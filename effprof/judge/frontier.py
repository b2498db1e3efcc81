"""The Pareto set of reports over two or three metrics, who stands behind whom, and the knee.

A report is dominated where another is better in one of the metrics and no worse in any; that is
said for certain only where the intervals allow it, metric by metric. What answers worse than its
profile allows is no choice: it is not on the frontier and beats none. The knee is that of
`base/pareto.py`.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from effprof.base.errors import RequestError, nearest_name
from effprof.base.metrics import CATALOGUE
from effprof.base.pareto import knee_of, unbeaten
from effprof.judge.alike import unlike
from effprof.judge.compare import timing
from effprof.judge.ratio import row
from effprof.report.ranking import Frontier, Standpoint
from effprof.report.report import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_SAME_WORK = ("scenario", "rate", "deadline", "inputs")  # the rest may be what is chosen between


def metrics_of(words: str) -> tuple[str, ...]:
    """`latency.p99,energy.inference`, checked."""
    keys = tuple(word.strip() for word in words.split(","))
    sided = [key for key, known in CATALOGUE.items() if known.better != "neither"]
    for key in keys:
        if key not in sided:
            raise RequestError(
                f"--frontier {words}: {key or 'nothing'} is no metric with a better side",
                hint=nearest_name(key, sided),
            )
    if len(set(keys)) != len(keys) or len(keys) not in (2, 3):
        raise RequestError(
            f"--frontier {words}: takes two or three different metrics",
            hint="--frontier latency.p99,energy.inference",
        )
    return keys


def frontier(reports: Sequence[Report], metrics: Sequence[str]) -> Frontier:
    """Where each report stands, in the order given."""
    known = [
        at
        for at, report in enumerate(reports)
        if not report.unfinished
        and all(key in report.metrics for key in metrics)
        and not _refused(report)
    ]
    costs = _costs([reports[at] for at in known], metrics)
    front = unbeaten(costs)
    knee = knee_of(costs[front]) if len(front) else None
    standing = {}
    for place, at in enumerate(known):
        if place in front:
            standing[at] = Standpoint(at, "frontier", knee=knee == list(front).index(place))
        else:
            ahead = [known[one] for one in front if (costs[one] <= costs[place]).all()]
            standing[at] = _behind(reports, at, ahead, metrics)
    points = (
        standing.get(at, Standpoint(at, "refused" if _refused(report) else "unknown"))
        for at, report in enumerate(reports)
    )
    return Frontier(tuple(metrics), tuple(points), _not_alike([reports[at] for at in known]))


def _refused(report: Report) -> bool:
    """Whether it answers worse than the profile it was scored by allows."""
    return report.score is not None and any(one.verdict == "fail" for one in report.score.gates)


def _costs(reports: Sequence[Report], metrics: Sequence[str]) -> "Floats":
    """Values turned so that less is better; shape (reports, metrics)."""
    import numpy as np

    signs = [1.0 if CATALOGUE[key].better == "lower" else -1.0 for key in metrics]
    values = [[report.metrics[key].value for key in metrics] for report in reports]
    return np.array(values, np.float64).reshape(len(reports), len(metrics)) * signs


def _behind(
    reports: Sequence[Report], at: int, ahead: Iterable[int], metrics: Sequence[str]
) -> Standpoint:
    """Dominated for certain where one ahead allows it, else behind the one least unclear."""
    found = [
        Standpoint(at, "undecided", by, _unclear(reports[by], reports[at], metrics)) for by in ahead
    ]
    nearest = min(found, key=lambda one: len(one.unclear))
    return nearest if nearest.unclear else Standpoint(at, "dominated", nearest.by)


def _unclear(better: Report, worse: Report, metrics: Sequence[str]) -> tuple[str, ...]:
    """Metrics in which the intervals do not show that the first is ahead or the same."""
    one_machine = (
        better.host.fingerprint == worse.host.fingerprint and better.target.id == worse.target.id
    )
    rows = [
        row(
            key,
            worse.metrics[key],
            better.metrics[key],
            one_machine=one_machine,
            timing=timing(worse, better),
        )
        for key in metrics
    ]
    return tuple(one.metric for one in rows if one.verdict not in ("better", "same"))


def _not_alike(reports: Sequence[Report]) -> tuple[str, ...]:
    """What is not the same work in all of them."""
    found = {
        one.what
        for other in reports[1:]
        for one in unlike(reports[0], other)
        if one.what in _SAME_WORK
    }
    return tuple(name for name in _SAME_WORK if name in found)
