"""One variant of a model recommended for a place: by its score, and only where that is sure.

The original stays unless another is told apart from it: a variant that these measurements cannot
tell from what one has is not worth its making. Where the score cannot tell, because a profile gives
no credit beyond good enough, one that is better in something and worse in nothing is. One that
answers otherwise than the original never is: by the profile's gate where answers are classes, by
the cosine that a quantised model must reach where they are not.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from effprof.base.metrics import family
from effprof.convert.quantise import AGREES
from effprof.judge.compare import compare
from effprof.judge.score import told_apart
from effprof.judge.trade import answers_changed
from effprof.report.comparison import Comparison, Row
from effprof.report.judgement import Score
from effprof.report.report import Report
from effprof.report.variants import Chosen, Tried

_BOUGHT = (
    *("latency.p50", "latency.mean", "throughput.peak", "size.model", "size.flash"),
    *("memory.peak", "memory.ram", "energy.inference", "cost.million"),
)

PRUNED = "pruned-"  # begins the names of variants with single weights set to 0
_SKIPPABLE = ("latency.p50", "latency.mean", "throughput.peak", "size.model", "size.flash")
_MUCH = 1.1  # times, of half the weights and more; less comes of other values, not of zeros skipped
_NOTHING = "bought nothing that these measurements can tell"
_ZEROS = "stored and multiplied like any other weight in a dense runtime and a dense file"


class Candidate(NamedTuple):
    """`report`: scored, and its place among all; None where there is none, `why` then says why."""

    variant: str
    report: Report | None
    place: int | None = None
    why: str | None = None


def recommend(target: str, profile: str, candidates: Sequence[Candidate]) -> Chosen:
    """`candidates`: the original first. Where it has no report, the first that has is the base."""
    made = {one.variant: one.report for one in candidates if one.report is not None}
    base = next(iter(made), None)
    beside = {
        name: compare(made[base], report, anyway=True)
        for name, report in made.items()
        if base is not None and name != base
    }
    best, reason = _best(made, base, beside)
    return Chosen(
        target=target,
        profile=profile,
        original=base,
        tried=tuple(_tried(one, beside) for one in candidates),
        recommended=best,
        reason=reason,
    )


def _best(
    made: Mapping[str, Report], base: str | None, beside: Mapping[str, Comparison]
) -> tuple[str | None, str]:
    scored = {
        name: one.score
        for name, one in made.items()
        if one.score and one.score.points is not None and (name == base or not _astray(one))
    }
    if not scored or base is None:
        lacks = sorted({one.score.reason or "" for one in made.values() if one.score})
        return None, "; ".join(filter(None, lacks)) or "nothing could be measured here"
    best = max(scored, key=lambda name: scored[name].points or 0.0)
    alike = base in scored and (best == base or not told_apart(scored[best], scored[base]))
    better = _better_in_all(scored, base, beside) if alike else None
    if better is not None:
        return better, f"{_no_less(scored[better], scored[base])}, and is {beside[better].trade}"
    if alike and best != base:
        return base, (
            f"{best} scores {_points(scored[best])}, {base} {_points(scored[base])}: "
            "not told apart, so there is nothing to change for"
        )
    if best == base:
        return base, f"none scores higher than its {_points(scored[base])}"
    return (
        best,
        f"{_points(scored[best])} against {_points(scored.get(base))}: {beside[best].trade}",
    )


def _better_in_all(
    scored: Mapping[str, Score], base: str, beside: Mapping[str, Comparison]
) -> str | None:
    """What scores as the original may and is worse in nothing, the one that saves most."""
    saved = {
        name: sum(_saved(row) for row in beside[name].rows)
        for name in beside
        if name in scored
        and _as_good(scored[name], scored[base])
        and not any(_costs(row) for row in beside[name].rows)
        and not answers_changed({row.metric: row for row in beside[name].rows})
        and not _idle_zeros(name, beside[name])
    }
    best = max(saved, key=lambda name: saved[name], default=None)
    return best if best is not None and saved[best] > 0 else None


def _astray(report: Report) -> bool:
    """Whether a model without classes, which no gate of a profile judges, answers otherwise."""
    cosine = report.metrics.get("quality.cosine")
    judged = {"quality.accuracy", "quality.agreement"} & report.metrics.keys()
    return not judged and cosine is not None and cosine.value < AGREES


def _as_good(one: Score, base: Score) -> bool:
    """Not told apart, and not by a width of its own alone: what the base itself may well score."""
    least = base.points if base.low is None else base.low
    assert one.points is not None
    assert least is not None
    return one.points >= least and not told_apart(one, base)


def _no_less(one: Score, base: Score) -> str:
    assert one.points is not None
    assert base.points is not None
    if one.points >= base.points:
        return "it scores no less"
    return f"its {_points(one)} cannot be told from {_points(base)}"


def _costs(row: Row) -> bool:
    """Use of the machine is no cost: what computes less uses less of it."""
    return row.verdict == "worse" and family(row.metric) != "utilization"


def _saved(row: Row) -> float:
    """As a logarithm: 2x less of one counts as much as 2x less of another."""
    if row.metric not in _BOUGHT or row.verdict != "better" or not row.ratio:
        return 0.0
    return abs(math.log(row.ratio))


def _points(score: Score | None) -> str:
    return "no score" if score is None or score.points is None else f"{score.points:.1f}"


def _tried(one: Candidate, beside: Mapping[str, Comparison]) -> Tried:
    found = beside.get(one.variant)
    if found is None:
        return Tried(one.variant, one.place, one.why)
    return Tried(one.variant, one.place, one.why, found.trade, tuple(_notes(one, found)))


def _notes(one: Candidate, found: Comparison) -> list[str]:
    """What the technique bought nothing of, with the figures."""
    notes = [finding.text for finding in found.findings if finding.code == "int8-without-gain"]
    if one.report is not None and _astray(one.report):
        notes.append(f"never recommended: its cosine to the original is under {AGREES}")
    bought = any(row.metric in _BOUGHT and row.verdict == "better" for row in found.rows)
    if _idle_zeros(one.variant, found):
        zeros = "the zeros bought nothing: they" if bought else "bought nothing: the zeros"
        return [*notes, f"{zeros} are {_ZEROS}"]
    if bought:
        return notes
    if one.variant == "fp16":
        notes.append(f"{_NOTHING}: 16 bits are no faster where 32 are computed")
    elif not notes:
        notes.append(_NOTHING)
    return notes


def _idle_zeros(variant: str, found: Comparison) -> bool:
    """Single weights were set to 0, and nothing shows that runtime or file skip them.

    Memory does not: a little of it differs from file to file, whatever the weights are.
    """
    skipped = [_saved(row) for row in found.rows if row.metric in _SKIPPABLE]
    return variant.startswith(PRUNED) and max(skipped, default=0.0) < math.log(_MUCH)
