"""Roofline: how near the machine's ceilings a model or an operator came, and which one binds.

Williams, Waterman & Patterson, "Roofline: An Insightful Visual Performance Model", CACM 52(4),
2009. The memory ceiling is that of the cache the working set fits into. MACs and bytes are counted
from the graph, not read from a counter, so everything here is `modelled`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from effprof.base.records import Measurement, Missing, Origin
from effprof.base.vocabulary import Bound

OVERHEAD_SHARE = 0.1
"""Under this share of either ceiling neither binds: dispatch, short loops, one busy core."""


@dataclass(frozen=True, slots=True)
class Bandwidth:
    working_set_bytes: int
    bytes_per_s: float


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What this machine reached at `threads` threads. `bandwidth` by growing working set.

    `others_share`: how much of its CPU time other processes used meanwhile, 0..1.
    """

    flops_per_s: float
    bandwidth: tuple[Bandwidth, ...]
    threads: int
    others_share: float = 0.0

    def bytes_per_s(self, working_set_bytes: float) -> float:
        """The ceiling of the smallest measured set that holds this one, else of main memory."""
        for level in self.bandwidth:
            if working_set_bytes <= level.working_set_bytes:
                return level.bytes_per_s
        return self.bandwidth[-1].bytes_per_s


@dataclass(frozen=True, slots=True)
class Work:
    """What one run or one operator does; None where the graph does not tell."""

    macs: int | None
    bytes: int | None
    working_set_bytes: float


def utilization(
    work: Work, run: Measurement, ceilings: Ceilings
) -> Sequence[Measurement | Missing]:
    """`utilization.compute` and `.memory` of a run of the latency given, with its interval."""
    return (
        _share("utilization.compute", _compute_s(work, ceilings), run, "MACs", "GEMM"),
        _share("utilization.memory", _memory_s(work, ceilings), run, "bytes", "copy"),
    )


def bound(work: Work, latency_s: float, ceilings: Ceilings) -> Bound | None:
    """Which ceiling is nearer; None when MACs and bytes are not known."""
    compute_s, memory_s = _compute_s(work, ceilings), _memory_s(work, ceilings)
    if compute_s is None or memory_s is None or latency_s <= 0:
        return None
    if max(compute_s, memory_s) < OVERHEAD_SHARE * latency_s:
        return "overhead"
    return "compute" if compute_s >= memory_s else "memory"


def _compute_s(work: Work, ceilings: Ceilings) -> float | None:
    return None if work.macs is None else 2 * work.macs / ceilings.flops_per_s


def _memory_s(work: Work, ceilings: Ceilings) -> float | None:
    if work.bytes is None:
        return None
    return work.bytes / ceilings.bytes_per_s(work.working_set_bytes)


def _share(
    metric: str, least_s: float | None, run: Measurement, counted: str, ceiling: str
) -> Measurement | Missing:
    if least_s is None:
        return Missing(metric, f"the {counted} of some operators are not known", "effprof inspect")
    return Measurement(
        metric,
        least_s / run.value,
        Origin.MODELLED,
        f"{counted} counted, {ceiling} ceiling of this machine",
        low=least_s / run.high if run.high else None,
        high=least_s / run.low if run.low else None,
    )
