"""What one report wins over another and what that costs, in one sentence: only what is told apart.

A quality that is told to be worse is a cost, whichever it is. One that no interval can judge is
named with its values, and where it looks worse nothing is said to come at no cost.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from effprof.base.metrics import CATALOGUE, family, is_share
from effprof.base.quantity import show_metric
from effprof.report.comparison import Row

# What the sentence speaks of: the first of each group that is told apart, and its words.
_SPOKEN: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (
        ("latency.under_load.p99", "faster", "slower"),
        ("throughput.peak", "more throughput", "less throughput"),
        ("latency.p50", "faster", "slower"),
        ("latency.mean", "faster", "slower"),
    ),
    (("size.flash", "smaller", "larger"), ("size.model", "smaller", "larger")),
    (("memory.ram", "less memory", "more memory"), ("memory.peak", "less memory", "more memory")),
    (("energy.inference", "less energy", "more energy"),),
    (("cost.million", "cheaper", "dearer"),),
)
# In the order in which one speaks for those after it.
_QUALITIES = {
    "quality.accuracy": "accuracy",
    "quality.agreement": "agreement with its reference",
    "quality.cosine": "cosine to its reference",
    "quality.max_error": "largest error",
}
_MOST = 3  # metrics without words of their own that are named
_LITTLE = 1.1  # under this a factor is told in percent

Rows = Mapping[str, Row]


class _Quality(NamedTuple):
    """`free`: nothing that was seen of it looks like a cost that no interval can judge."""

    gains: list[str]
    costs: list[str]
    note: str
    free: bool


def sentence(rows: Rows) -> str:
    """What got better, for what."""
    gains, costs = [], []
    for group in _SPOKEN:
        apart = [
            (rows[key], better, worse)
            for key, better, worse in group
            if key in rows and rows[key].ratio and rows[key].verdict in ("better", "worse")
        ]
        for one, better, worse in apart[:1]:
            if one.verdict == "better":
                gains.append(f"{_factor(one)} {better}{_origin(one)}")
            else:
                costs.append(f"{_factor(one)} {worse}{_origin(one)}")
    quality = _quality(rows)
    gains = [*gains, *quality.gains]
    costs = [*costs, *quality.costs, *_unspoken(rows)]
    if not gains and not costs:
        told = "nothing that these reports can tell apart"
    elif not gains:
        told = f"nothing gained: {_listed(costs)}"
    elif costs:
        told = f"{_listed(gains)}, for {_listed(costs)}"
    else:
        told = _listed(gains) + (", at no cost seen here" if quality.free else "")
    return "; ".join(filter(None, [told, quality.note]))


def _unspoken(rows: Rows) -> list[str]:
    """What is worse and has no words of its own above: the worst of each family that paid nothing
    yet, by name. What computes less uses less of the machine: that is no cost.
    """
    spoken = {key for group in _SPOKEN for key, _, _ in group}
    worse = [one for one in rows.values() if one.verdict == "worse"]
    paid = {family(one.metric) for one in worse if one.metric in spoken}
    rest = [one for one in worse if family(one.metric) not in {"utilization", "quality", *paid}]
    worst: dict[str, Row] = {}
    for one in sorted(rest, key=_times, reverse=True):
        worst.setdefault(family(one.metric), one)
    told = [_worsened(one) for one in worst.values()]
    return [*told[:_MOST], f"{len(told) - _MOST} more that got worse"] if told[_MOST:] else told


def _times(one: Row) -> float:
    return max(one.ratio, 1 / one.ratio) if one.ratio else math.inf


def _worsened(one: Row) -> str:
    if one.ratio:
        return f"{one.metric} {_factor(one)} worse{_origin(one)}"
    here, there = (
        "unknown" if side is None else show_metric(one.metric, side.value)
        for side in (one.base, one.other)
    )
    return f"{one.metric} {here} to {there}{_origin(one)}"


def _of_items(one: Row) -> str:
    """How many each is of, where that is not the same."""
    counts = one.base and one.base.n, one.other and one.other.n
    if None in counts or counts[0] == counts[1]:
        return ""
    return f" ({counts[1]} items against {counts[0]})"


def _factor(one: Row) -> str:
    """How many times; always above 1."""
    assert one.ratio is not None
    times = max(one.ratio, 1 / one.ratio)
    if times < _LITTLE:
        return f"{(times - 1) * 100:.2g} %"
    return f"{times:.0f}x" if times >= 10 else f"{times:.1f}x"


def _origin(one: Row) -> str:
    return "" if one.base is None or one.base.origin == "measured" else f" ({one.base.origin})"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _quality(rows: Rows) -> _Quality:
    known = [rows[key] for key in _QUALITIES if key in rows]
    gains = [_amount(one, " more") for one in known if one.verdict == "better"][:1]
    costs = [_amount(one, " of") for one in known if one.verdict == "worse"][:1]
    speaking = next((one for one in known if one.other is not None and _speaks(one)), None)
    if speaking is None:
        return _Quality(gains, costs, _unknown(known), free=True)
    if speaking.verdict in ("better", "worse"):
        return _Quality(gains, costs, "", free=True)
    return _Quality(gains, costs, _note(speaking), free=not _looks_worse(speaking))


def answers_changed(rows: Rows) -> bool:
    """Whether nothing but the agreement speaks of quality, and it is surely not whole.

    Of variants: the original is the reference, and has no such figure to be held against.
    """
    agreement, accuracy = (rows.get(f"quality.{one}") for one in ("agreement", "accuracy"))
    if accuracy is not None and accuracy.base is not None and accuracy.other is not None:
        return False
    if agreement is None or agreement.base is not None or agreement.other is None:
        return False
    return agreement.other.high is not None and agreement.other.high < 1


def _speaks(one: Row) -> bool:
    """Accuracy of one alone says nothing; what is held against a reference does."""
    return one.base is not None or one.metric != "quality.accuracy"


def _amount(one: Row, word: str) -> str:
    """`0.8 points of accuracy`, `a largest error 3.0x larger`."""
    name = _QUALITIES[one.metric]
    if one.ratio:
        side = "larger" if one.ratio > 1 else "smaller"
        return f"a {name} {_factor(one)} {side}{_of_items(one)}"
    size = abs(one.difference or 0.0)
    points = f"{size * 100:.2g} points" if is_share(one.metric) else f"{size:.2g}"
    return f"{points}{word} {name}{_of_items(one)}"


def _unknown(known: Sequence[Row]) -> str:
    return "quality is not known of both" if known else "quality was not measured"


def _note(one: Row) -> str:
    """What is told of a quality that is not told apart."""
    name = _QUALITIES[one.metric]
    assert one.other is not None
    there = show_metric(one.metric, one.other.value)
    if one.base is None:
        if one.metric == "quality.agreement":
            items = f"{one.other.n} items" if one.other.n else "items"
            return f"it answers as its reference in {there} of {items}"
        return f"{name} {there}"
    if one.base.value == one.other.value:
        return f"same {name}{_of_items(one)}"
    if one.note:
        here = show_metric(one.metric, one.base.value)
        return f"{name} {here} to {there}{_of_items(one)}, {one.note}"
    return f"{name} cannot be told apart{_of_items(one)}"


def _looks_worse(one: Row) -> bool:
    """By its value, where no interval judges it: than the base's, or than the reference itself."""
    assert one.other is not None
    higher = CATALOGUE[one.metric].better == "higher"
    if one.base is None:
        best = 1.0 if higher else 0.0
    elif one.note:
        best = one.base.value
    else:
        return False
    return one.other.value < best if higher else one.other.value > best
