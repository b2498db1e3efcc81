"""Time per operator from the runtime's profiler, joined to what the graph says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from effprof.base.records import Caution, OperatorTime
from effprof.estimators.roofline import Ceilings, Work, bound
from effprof.measure.launch import Limits, launch
from effprof.measure.plan import Plan
from effprof.model.model import Counts, Operator
from effprof.report.report import OperatorPart

SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Profile:
    """Times of one run's operators; `reason` where the runtime gives none."""

    times: tuple[OperatorTime, ...] = ()
    reason: str = ""


def profile(plan: Plan, seconds: float = SECONDS) -> Profile:
    """A worker of its own, since a profiler disturbs what the clock would read."""
    request = plan.request("operators", plan.batches[0], plan.seed, seconds=seconds)
    limits = Limits(plan.silence_s, seconds, plan.memory_limit_bytes)
    answer = launch(request, limits, python=plan.python, env=plan.env)
    if not answer.ok:
        return Profile(reason=answer.detail)
    times = tuple(OperatorTime(**one) for one in answer.found["operators"])
    return Profile(times, answer.found.get("reason", ""))


def join(found: Profile, counts: Counts, ceilings: Ceilings | None) -> tuple[OperatorPart, ...]:
    """One row for each node the runtime ran, longest first; without times, the graph's nodes."""
    if not found.times:
        return tuple(
            OperatorPart(name=one.name, type=one.type, macs=one.macs, bytes=one.bytes)
            for one in counts.operators
        )
    by_name = {one.name: one for one in counts.operators}
    total_s = sum(time.latency_s for time in found.times)
    rows = sorted(found.times, key=lambda time: -time.latency_s)
    return tuple(_row(time, _match(time, by_name), total_s, ceilings) for time in rows)


def _match(time: OperatorTime, by_name: Mapping[str, Operator]) -> Operator | None:
    """The node of the graph behind a row, also where the runtime fused it or changed its layout."""
    for name in (time.name, *(time.name.removesuffix(end) for end in _SUFFIXES)):
        if name in by_name:
            return by_name[name]
    return None


_SUFFIXES = ("_nchwc", "_quant", "_nhwc", "_token_0")


def _row(
    time: OperatorTime, node: Operator | None, total_s: float, ceilings: Ceilings | None
) -> OperatorPart:
    macs = node.macs if node else None
    moved = node.bytes if node else None
    nearer = None
    if ceilings is not None and moved is not None:
        nearer = bound(Work(macs, moved, moved), time.latency_s, ceilings)
    return OperatorPart(
        name=time.name,
        type=time.type,
        macs=macs,
        bytes=moved,
        latency=time.latency_s,
        share=time.latency_s / total_s if total_s else None,
        bound=nearer,
    )


def unjoined(parts: Sequence[OperatorPart]) -> Caution | None:
    """A warning when much of the time is in operators the graph does not know."""
    lost = sum(part.share or 0 for part in parts if part.macs is None)
    if lost < 0.2:
        return None
    return Caution(
        "operators-not-counted",
        f"{lost:.0%} of the operators' time is in nodes whose MACs are not known",
        "the runtime rewrote the graph, or it holds operators without a formula: effprof inspect",
    )
