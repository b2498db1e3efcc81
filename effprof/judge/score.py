"""A report against a priority profile: points, their interval, and what each metric adds.

Each metric has a desirability: 0 at `poor`, 1 at `good`, linear in the logarithm between, because
twice as fast is worth the same from 10 ms as from 100 ms. Points are 100 times the weighted
geometric mean, so that a bad metric is felt and cannot be bought off by good ones; what has no
credit counts as the profile's floor, so that it does not hide the others.
"""

import math
from collections.abc import Sequence

from msgspec.structs import replace

from effprof.base.quantity import show_metric
from effprof.base.vocabulary import OriginName, VerdictName
from effprof.judge.spread import points_interval
from effprof.profile import Aim, Gate, Profile
from effprof.report.judgement import GatePart, Part, Score
from effprof.report.report import Metric, Report

ABSENT = "the report does not have it"


def score(report: Report, profile: Profile, *, partial: bool = False) -> Score:
    """Points, or the reason there are none: unfinished, a weighted metric missing, a gate failed.

    `partial`: points of the metrics there are, with `coverage` saying how much of the weight they
    carry. Weights of parts are shares of the whole profile, present or not.
    """
    total = sum(aim.weight for aim in profile.aims)
    found = [
        (aim, report.metrics[aim.metric]) for aim in profile.aims if aim.metric in report.metrics
    ]
    parts = tuple(_part(aim, metric, total) for aim, metric in found)
    gates = tuple(_gate(report, gate) for gate in profile.gates)
    lacking = _lacking(report, profile)
    bare = Score(
        profile.name,
        parts=parts,
        gates=gates,
        floor=profile.floor,
        coverage=_share(parts),
        reason="; ".join(lacking) or None,
    )
    refused = [*_refused(report, gates), *(() if partial and parts else lacking)]
    if refused:
        return replace(bare, reason="; ".join(refused))
    points = _points(parts, profile.floor)
    low, high = points_interval(found, profile.floor) or (points, points)
    return replace(
        bare,
        points=points,
        low=min(low, points),
        high=max(high, points),
        measured_share=_share(parts, "measured"),
        emulated_share=_share(parts, "emulated"),
        modelled_share=_share(parts, "modelled"),
    )


def desirability(value: float, aim: Aim | Part) -> float:
    """0 at `poor` or worse, 1 at `good` or better. 0 and below, which have no logarithm, are the
    best there is where lower is better and the worst where higher is.
    """
    if value <= 0:
        return 1.0 if aim.good < aim.poor else 0.0
    credit = (math.log(value) - math.log(aim.poor)) / (math.log(aim.good) - math.log(aim.poor))
    return min(1.0, max(0.0, credit))


def told_apart(better: Score, worse: Score) -> bool:
    """Whether the first is truly ahead: intervals apart, and not by figures of another origin.

    A modelled energy must not win against a measured one, so the order must hold on the metrics
    that both have from the same origin. Partial scores over different metrics have no order.
    """
    if better.profile != worse.profile or better.low is None or worse.high is None:
        return False
    others = {part.metric: part for part in worse.parts}
    if better.low <= worse.high or others.keys() != {part.metric for part in better.parts}:
        return False
    pairs = [(part, others[part.metric]) for part in better.parts]
    alike = [(a, b) for a, b in pairs if a.origin == b.origin]
    if len(alike) == len(pairs):
        return True
    floor = better.floor or 0.0
    return _points([a for a, _ in alike], floor) > _points([b for _, b in alike], floor)


def _part(aim: Aim, metric: Metric, total: float) -> Part:
    return Part(
        metric=aim.metric,
        weight=aim.weight / total,
        value=metric.value,
        good=aim.good,
        poor=aim.poor,
        desirability=desirability(metric.value, aim),
        origin=metric.origin,
        low=metric.low,
        high=metric.high,
        why=aim.why or None,
    )


def _gate(report: Report, gate: Gate) -> GatePart:
    """By the interval, as a budget's limit is; a quality that is not known is undecided."""
    metric = report.metrics.get(gate.metric)
    if metric is None:
        return GatePart(gate.metric, gate.least, "undecided")
    low = metric.value if metric.low is None else metric.low
    high = metric.value if metric.high is None else metric.high
    verdict: VerdictName = (
        "pass" if low >= gate.least else "fail" if high < gate.least else "undecided"
    )
    return GatePart(gate.metric, gate.least, verdict, metric.value, metric.low, metric.high)


def _share(parts: Sequence[Part], origin: OriginName | None = None) -> float:
    weights = (part.weight for part in parts if origin in (None, part.origin))
    return min(1.0, math.fsum(weights))


def _points(parts: Sequence[Part], floor: float) -> float:
    """Weights need not add up to 1; none at all is 0."""
    total = math.fsum(part.weight for part in parts)
    if not total:
        return 0.0
    logs = (part.weight / total * math.log(max(floor, part.desirability)) for part in parts)
    return min(100.0, 100 * math.exp(math.fsum(logs)))


def _refused(report: Report, gates: Sequence[GatePart]) -> list[str]:
    """Why there can be no points at all: cut short, or under a least quality."""
    return [
        *([f"not finished: {report.unfinished}"] if report.unfinished else []),
        *(
            f"{gate.metric} is {show_metric(gate.metric, gate.value)}, "
            f"less than the {show_metric(gate.metric, gate.least)} that the profile asks for"
            for gate in gates
            if gate.verdict == "fail" and gate.value is not None
        ),
    ]


def _lacking(report: Report, profile: Profile) -> list[str]:
    """What the profile wants and the report does not have, each with its reason."""
    wanted = [aim.metric for aim in profile.aims]
    wanted += [gate.metric for gate in profile.gates if gate.required]
    said = {missing.metric: missing.reason for missing in report.missing}
    return [
        f"{key} is missing: {said.get(key, ABSENT)}" for key in wanted if key not in report.metrics
    ]
