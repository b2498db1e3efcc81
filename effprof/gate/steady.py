"""Metrics that need no race: counted, executed, or with an interval of their own."""

import math
from typing import NamedTuple

from msgspec.structs import replace

from effprof.base.metrics import CATALOGUE, family
from effprof.base.vocabulary import VerdictName
from effprof.gate.decide import Rule
from effprof.gate.drift import Drift
from effprof.judge.ratio import row
from effprof.report.comparison import Row
from effprof.report.gate import GateLine
from effprof.report.report import Metric, Report

_EXACT = ("size", "quality", "compute")
"""Families that a second look at the same file and items finds the same."""


class Worse(NamedTuple):
    """How much worse the candidate is, from a lower to an upper bound: a logarithm, or points."""

    low: float
    high: float


def line(
    metric: str,
    base: Report,
    candidate: Report,
    rule: Rule,
    *,
    allow_modelled: bool = False,
    drift: Drift | None = None,
) -> GateLine:
    """The verdict on one metric of two reports that were measured alike.

    `drift`: what is put on top of both intervals, because the two were not measured in one stretch.
    """
    first, second = base.metrics.get(metric), candidate.metrics.get(metric)
    if first is None or second is None:
        side, report = ("baseline", base) if first is None else ("candidate", candidate)
        unit = CATALOGUE[metric].unit
        lack = f"not known of the {side}: {_absence(report, metric)}"
        return GateLine(metric, unit, "undecided", "exact", why=lack)
    exact = is_exact(metric, first) and is_exact(metric, second)
    found = row(metric, _bare(first), _bare(second)) if exact else row(metric, first, second)
    drift = None if exact else drift
    if drift is not None:
        found = _widened(found, drift.reach)
    shown_only = not exact and "modelled" in (first.origin, second.origin) and not allow_modelled
    told = "modelled: it decides nothing unless --allow-modelled lets it" if shown_only else None
    why = [told or found.note, drift.why if drift else None]
    return GateLine(
        metric,
        found.unit,
        verdict(found, rule),
        "exact" if exact else "stored" if drift else "apart",
        gates=not shown_only,
        origin=second.origin if first.origin == second.origin else None,
        base=first.value,
        candidate=second.value,
        ratio=found.ratio,
        difference=found.difference,
        low=found.low,
        high=found.high,
        why="; ".join(filter(None, why)) or None,
    )


def _widened(found: Row, reach: float) -> Row:
    if found.ratio is None or found.low is None or found.high is None:
        return found
    down = math.hypot(reach, math.log(found.ratio / found.low)) if found.low > 0 else math.inf
    up = math.hypot(reach, math.log(found.high / found.ratio))
    return replace(found, low=found.ratio * math.exp(-down), high=found.ratio * math.exp(up))


def is_exact(metric: str, found: Metric) -> bool:
    """Counted from a file, from the same items, or executed in an emulator."""
    return family(metric) in _EXACT or found.origin == "emulated"


def verdict(found: Row, rule: Rule) -> VerdictName:
    """The same three zones as for a race; what is exact has a zone of no width."""
    worse = _worse(found)
    if worse is None:
        return "undecided"
    logs = found.ratio is not None
    margin = rule.margin_log if logs else rule.margin
    tolerance = rule.tolerance_log if logs else rule.tolerance
    if worse.low > margin:
        return "fail"
    return "pass" if worse.high < tolerance else "undecided"


def _worse(found: Row) -> Worse | None:
    """None where no interval tells."""
    if found.low is None or found.high is None:
        return None
    low, high = found.low, found.high
    if found.ratio is not None:
        low, high = (math.log(end) if end > 0 else -math.inf for end in (low, high))
    better = CATALOGUE[found.metric].better if found.metric in CATALOGUE else "lower"
    return Worse(-high, -low) if better == "higher" else Worse(low, high)


def _bare(metric: Metric) -> Metric:
    """Without the band of the model that made it: both come from the same one."""
    return Metric(metric.value, metric.unit, "emulated", metric.source)


def _absence(report: Report, metric: str) -> str:
    return next(
        (one.reason for one in report.missing if one.metric == metric), "nothing measures it here"
    )
