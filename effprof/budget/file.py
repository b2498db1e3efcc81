"""Budgets: absolute limits a report is checked against, line by line.

A metric has a `max`, a `min` or both. Either is allowed whichever way is better: `max: 80 %` of
`utilization.cpu` leaves headroom on purpose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from effprof.base import yamlfile
from effprof.base.errors import BudgetError, nearest_name
from effprof.base.metrics import CATALOGUE
from effprof.base.yamlfile import Amount

Bound = Literal["max", "min"]


class LimitPart(Struct, frozen=True, forbid_unknown_fields=True):
    """One metric of a budget file; amounts with their unit."""

    max: Amount | None = None
    min: Amount | None = None
    why: str = ""


class BudgetFile(Struct, frozen=True, forbid_unknown_fields=True):
    schema: Literal[1]
    name: str
    limits: Annotated[dict[str, LimitPart], Meta(min_length=1)]
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """`value` in the metric's catalogue unit; `written` is how the file says it."""

    metric: str
    bound: Bound
    value: float
    written: str
    why: str


@dataclass(frozen=True, slots=True)
class Budget:
    name: str
    summary: str
    limits: tuple[Limit, ...]


def read(path: Path) -> Budget:
    document = yamlfile.read(path, BudgetError)
    file = yamlfile.check(document, BudgetFile, str(path), BudgetError)
    return Budget(file.name, file.summary, limits_of(str(path), file.limits))


def limits_of(where: str, parts: Mapping[str, LimitPart], key: str = "limits") -> tuple[Limit, ...]:
    """The limits of a mapping by metric, wherever it stands: `where` and `key` begin a message."""
    return tuple(
        limit
        for metric, part in parts.items()
        for limit in _limits(where, metric, part, f"{key}.{metric}")
    )


def _limits(where: str, metric: str, part: LimitPart, key: str) -> tuple[Limit, ...]:
    if metric not in CATALOGUE:
        raise BudgetError(f"{where}: {key}: unknown metric", hint=nearest_name(metric, CATALOGUE))
    bounds: tuple[tuple[Bound, Amount | None], ...] = (("max", part.max), ("min", part.min))
    limits = tuple(
        Limit(metric, bound, _value(metric, amount, where, f"{key}.{bound}"), str(amount), part.why)
        for bound, amount in bounds
        if amount is not None
    )
    if not limits:
        raise BudgetError(f"{where}: {key}: no limit", hint="add `max:` or `min:`")
    if len(limits) == 2 and limits[0].value < limits[1].value:
        raise BudgetError(
            f"{where}: {key}: nothing is at most {part.max} and at least {part.min}",
            hint="did max and min change places?",
        )
    return limits


def _value(metric: str, amount: Amount, where: str, key: str) -> float:
    value = yamlfile.amount_of(metric, amount, where, key, BudgetError)
    if value < 0:
        raise BudgetError(f"{where}: {key}: {amount} is below 0")
    return value
