"""Time per operator from the runtime's profiler, joined to what the graph says of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from effprof.base.quantity import show
from effprof.base.records import Caution, OperatorTime
from effprof.estimators.roofline import Ceilings, Work, bound
from effprof.measure.launch import Limits, launch
from effprof.measure.plan import Plan
from effprof.model.fused import behind
from effprof.model.model import Counts, Operator
from effprof.report.report import OperatorPart

SECONDS = 0.5  # of runs under the profiler
LOST_SHARE = 0.2  # of the operators' time, in nodes that nobody could count
STRETCHED = 1.5  # times the p50: what the profiler itself takes


@dataclass(frozen=True, slots=True)
class Profile:
    """Times of one run's operators; `reason` where the runtime gives none."""

    times: tuple[OperatorTime, ...] = ()
    reason: str = ""


def profile(plan: Plan, batch: int, seconds: float = SECONDS) -> Profile:
    """A worker of its own, since a profiler disturbs what the clock would read."""
    request = plan.request("operators", batch, plan.seed, seconds=seconds)
    limits = Limits(plan.silence_s, seconds, plan.memory_limit_bytes)
    answer = launch(request, limits, python=plan.python)
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
    nodes = behind([time.name for time in found.times], counts.operators)
    total_s = sum(time.latency_s for time in found.times)
    rows = sorted(found.times, key=lambda time: -time.latency_s)
    return tuple(_row(time, nodes[time.name], total_s, ceilings) for time in rows)


def _row(
    time: OperatorTime, nodes: Sequence[Operator], total_s: float, ceilings: Ceilings | None
) -> OperatorPart:
    macs, moved = _macs(nodes), _bytes(nodes)
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


def _macs(nodes: Sequence[Operator]) -> int | None:
    counted = [node.macs for node in nodes if node.macs is not None]
    return sum(counted) if nodes and len(counted) == len(nodes) else None


def _bytes(nodes: Sequence[Operator]) -> int | None:
    """Weights of all, and the largest traffic: what passes between fused nodes stays inside."""
    moved = [node.activation_bytes for node in nodes if node.activation_bytes is not None]
    if not nodes or len(moved) < len(nodes):
        return None
    return sum(node.weight_bytes for node in nodes) + max(moved)


CPU = "CPUExecutionProvider"


def _fallen_back(times: Sequence[OperatorTime]) -> Iterable[Caution]:
    """What an accelerator left to the CPU: beside other operators each is two copies and a wait."""
    fallen = [time for time in times if time.provider == CPU]
    if not fallen:
        return
    named = ", ".join(f"{time.name} ({time.type})" for time in fallen[:5])
    more = f" and {len(fallen) - 5} more" if len(fallen) > 5 else ""
    which = "every operator runs" if len(fallen) == len(times) else f"{len(fallen)} operators run"
    yield Caution(
        "falls-back-to-cpu",
        f"{which} on the CPU and not on the accelerator: {named}{more}",
        "replace them, or a newer runtime may have them: effprof setup lists the versions",
    )


def cautions(
    found: Profile,
    rows: Sequence[OperatorPart],
    run_s: float | None,
    *,
    accelerator: bool = False,
) -> Iterable[Caution]:
    """Where the rows are not what they seem: not counted, or stretched by the profiler itself."""
    if not found.times:
        if found.reason:
            yield Caution("operators-not-timed", found.reason, "the rows are the graph's, untimed")
        return
    if found.times[0].how:
        yield Caution(
            "operators-by-difference",
            f"times of operators are {found.times[0].how}",
            "what the runtime fuses is told apart only roughly: read where most of the time goes",
        )
    if accelerator:
        yield from _fallen_back(found.times)
    lost = sum(row.share or 0 for row in rows if row.macs is None)
    if lost > LOST_SHARE:
        yield Caution(
            "operators-not-counted",
            f"{show(lost, '%')} of the operators' time is in nodes whose MACs are not known",
            "the runtime rewrote the graph, or it holds operators without a formula: "
            "effprof inspect",
        )
    total_s = sum(time.latency_s for time in found.times)
    if run_s is not None and total_s > STRETCHED * run_s:
        yield Caution(
            "profiler-overhead",
            f"under the profiler the operators take {total_s / run_s:.1f}x the time of a run "
            "without it",
            "read their order, not their shares: short operators look longer than they are",
        )
