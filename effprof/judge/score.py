"""A report against a priority profile: points, their interval, and what each metric adds.

Each metric has a desirability: 0 at `poor`, 1 at `good`, linear in the logarithm between, because
twice as fast is worth the same from 10 ms as from 100 ms. Points are 100 times the weighted
geometric mean, so that a bad metric is felt and cannot be bought off by good ones.
"""

import math
from collections.abc import Iterable, Sequence

from effprof.profile import Aim, Profile
from effprof.report.report import Metric, Part, Report, Score

ABSENT = "the report does not have it"
# A desirability counts as at least this much: with 0 one failed metric would hide all others.
FLOOR = 0.01


def score(report: Report, profile: Profile) -> Score:
    """Points, or the reason there are none: an unfinished report, a weighted metric missing.

    The interval takes the worst end of every metric at once, then the best: it is wider than a
    joint 95 % interval, never narrower.
    """
    found = [
        (aim, report.metrics[aim.metric]) for aim in profile.aims if aim.metric in report.metrics
    ]
    total = sum(aim.weight for aim in profile.aims)
    parts = tuple(_part(aim, metric, total) for aim, metric in found)
    lacking = [aim.metric for aim in profile.aims if aim.metric not in report.metrics]
    if lacking or report.unfinished:
        return Score(profile.name, parts=parts, reason=_reason(report, lacking))
    measured = sum(part.weight for part in parts if part.origin == "measured")
    return Score(
        profile=profile.name,
        points=_points([(part.weight, part.desirability) for part in parts]),
        low=_points([(aim.weight, min(_ends(aim, metric))) for aim, metric in found]),
        high=_points([(aim.weight, max(_ends(aim, metric))) for aim, metric in found]),
        measured_share=min(1.0, measured),
        parts=parts,
    )


def desirability(value: float, aim: Aim) -> float:
    """0 at `poor` or worse, 1 at `good` or better. 0 and below, which have no logarithm, are the
    best there is where lower is better and the worst where higher is.
    """
    if value <= 0:
        return 1.0 if aim.good < aim.poor else 0.0
    credit = (math.log(value) - math.log(aim.poor)) / (math.log(aim.good) - math.log(aim.poor))
    return min(1.0, max(0.0, credit))


def ranked(scored: Iterable[tuple[Report, Score]]) -> tuple[tuple[Report, Score], ...]:
    """Best first, those without points last."""

    def points(one: tuple[Report, Score]) -> float:
        return -1.0 if one[1].points is None else one[1].points

    return tuple(sorted(scored, key=points, reverse=True))


def told_apart(better: Score, worse: Score) -> bool:
    """Whether the first is truly ahead: intervals apart, and not by figures of another origin.

    A modelled energy must not win against a measured one, so the order must hold on the metrics
    that both have from the same origin.
    """
    if better.profile != worse.profile or better.low is None or worse.high is None:
        return False
    if better.low <= worse.high:
        return False
    others = {part.metric: part for part in worse.parts}
    pairs = [(part, others[part.metric]) for part in better.parts if part.metric in others]
    alike = [(a, b) for a, b in pairs if a.origin == b.origin]
    if len(alike) == len(pairs):
        return True
    ahead = _points([(a.weight, a.desirability) for a, _ in alike])
    return ahead > _points([(b.weight, b.desirability) for _, b in alike])


def _part(aim: Aim, metric: Metric, total: float) -> Part:
    """Its weight is its share of the whole profile, present or not."""
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


def _ends(aim: Aim, metric: Metric) -> tuple[float, ...]:
    """Desirability of the value and of both ends; a value outside its interval widens it."""
    values = (metric.value, metric.low, metric.high)
    return tuple(desirability(value, aim) for value in values if value is not None)


def _points(weighted: Sequence[tuple[float, float]]) -> float:
    total = sum(weight for weight, _ in weighted)
    if not total:
        return 0.0
    mean = sum(weight / total * math.log(max(FLOOR, credit)) for weight, credit in weighted)
    return min(100.0, 100 * math.exp(mean))


def _reason(report: Report, lacking: Sequence[str]) -> str:
    said = {missing.metric: missing.reason for missing in report.missing}
    reasons = [f"not finished: {report.unfinished}"] if report.unfinished else []
    return "; ".join(
        [
            *reasons,
            *(f"{key} is missing: {said.get(key, ABSENT)}" for key in lacking),
        ]
    )
