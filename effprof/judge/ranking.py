"""Scored reports together: their order by profile, how firm it is, the trade-offs among them."""

from collections import defaultdict
from collections.abc import Sequence

from msgspec.structs import replace

from effprof.judge.frontier import frontier
from effprof.judge.score import told_apart
from effprof.judge.sensitivity import sensitivity
from effprof.report.judgement import Score
from effprof.report.ranking import Frontier, Place, Ranking, Sensitivity, Standpoint
from effprof.report.report import Report

_LEAST_FOR_A_FRONTIER = 3  # of two reports the ranking already shows what each pays


def rankings(
    reports: Sequence[Report], metrics: tuple[str, ...] | None = None, *, firmness: bool = False
) -> tuple[Ranking, ...]:
    """One for each profile that scored two reports or more.

    `metrics` of the frontier; without them the two heaviest that all have, from three reports on.
    """
    by_profile: defaultdict[str, list[int]] = defaultdict(list)
    for at, report in enumerate(reports):
        if report.score is not None:
            by_profile[report.score.profile].append(at)
    return tuple(
        _ranking(name, reports, members, metrics, firmness=firmness)
        for name, members in by_profile.items()
        if len(members) > 1
    )


def ranked(scored: Sequence[tuple[int, Score]]) -> list[tuple[int, Score]]:
    """Best first, those without points last; equals in the order given."""
    return sorted(scored, key=lambda one: 1.0 if one[1].points is None else -one[1].points)


def _ranking(
    profile: str,
    reports: Sequence[Report],
    members: Sequence[int],
    metrics: tuple[str, ...] | None,
    *,
    firmness: bool,
) -> Ranking:
    scored = [(at, score) for at in members if (score := reports[at].score) is not None]
    keys = metrics or _heaviest(reports, scored)
    return Ranking(
        profile,
        _places(scored),
        _of_members(sensitivity([score for _, score in scored]), members) if firmness else None,
        _among(frontier([reports[at] for at in members], keys), members) if keys else None,
    )


def _places(scored: Sequence[tuple[int, Score]]) -> tuple[Place, ...]:
    places: list[Place] = []
    above: Score | None = None
    for number, (at, score) in enumerate(ranked(scored), start=1):
        tied = above is not None and not told_apart(above, score)
        known = score.points is not None
        places.append(Place(at, number if known else None, tied and known))
        above = score
    return tuple(places)


def _heaviest(
    reports: Sequence[Report], scored: Sequence[tuple[int, Score]]
) -> tuple[str, ...] | None:
    parts = [part for _, score in scored[:1] for part in score.parts]
    shared = [
        part
        for part in sorted(parts, key=lambda part: (-part.weight, part.metric))
        if all(part.metric in reports[at].metrics for at, _ in scored)
    ]
    if len(scored) < _LEAST_FOR_A_FRONTIER or len(shared) < 2:
        return None
    return shared[0].metric, shared[1].metric


def _of_members(found: Sensitivity | None, members: Sequence[int]) -> Sensitivity | None:
    """With the places of the members in the whole list."""
    if found is None:
        return None
    tipping = found.tipping
    return replace(
        found,
        places=tuple(replace(one, report=members[one.report]) for one in found.places),
        tipping=replace(tipping, report=members[tipping.report]) if tipping else None,
        left_out=tuple(members[at] for at in found.left_out),
        level=tuple(members[at] for at in found.level),
    )


def _among(found: Frontier, members: Sequence[int]) -> Frontier:
    def moved(one: Standpoint) -> Standpoint:
        by = None if one.by is None else members[one.by]
        return replace(one, report=members[one.report], by=by)

    return replace(found, points=tuple(map(moved, found.points)))
