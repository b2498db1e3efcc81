"""How the file that ran was made of the user's: the ways taken, what they rest on and left."""

import msgspec
from msgspec import Struct

from effprof.base.quantity import show
from effprof.report.report import Report

_KINDS = 4
"""Kinds of operators that are named; the JSON has all of them."""


class _Attempt(Struct):
    way: str
    taken: bool = False
    cosine: float | None = None


class _Made(Struct):
    """What is told here of `model.converted`, whose keys are free."""

    attempts: tuple[_Attempt, ...] = ()
    calibrated_on: int = 0
    float_operators: dict[str, int] | None = None
    cached: bool = False
    cached_parts: tuple[str, ...] = ()
    seconds: float | None = None


def conversion(report: Report) -> str:
    """Nothing where the user's own file ran, or nobody says how the other was made."""
    try:
        made = msgspec.convert(report.model.converted or {}, _Made)
    except msgspec.ValidationError:  # a report that effprof did not write
        return ""
    ways = [_way(one, made, report) for one in made.attempts if one.taken]
    return "; ".join(filter(None, [*ways, _left(made), _took(made)])) if ways else ""


def _way(one: _Attempt, made: _Made, report: Report) -> str:
    told = one.way
    if told.startswith("static") and made.calibrated_on:
        values = " and ".join(dict.fromkeys(part.values or "" for part in report.model.inputs))
        s = "" if made.calibrated_on == 1 else "s"
        told += f", calibrated on {made.calibrated_on} sample{s} ({values})"
    return told if one.cosine is None else f"{told}, cosine {one.cosine:.4f}"


def _left(made: _Made) -> str:
    if made.float_operators is None:
        return ""
    kinds = sorted(made.float_operators.items(), key=lambda one: -one[1])
    told = [name if count == 1 else f"{name} x {count}" for name, count in kinds[:_KINDS]]
    rest = sum(count for _, count in kinds[_KINDS:])
    told += [f"{rest} of other kinds"] if rest else []
    return f"left in float: {', '.join(told) or 'no operator'}"


def _took(made: _Made) -> str:
    if made.cached:
        return "kept from an earlier run"
    kept = " and ".join(made.cached_parts)
    told = f", {kept} kept from an earlier run" if kept else ""
    return "" if made.seconds is None else f"made in {show(made.seconds, 's')}{told}"
