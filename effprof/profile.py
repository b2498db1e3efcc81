"""Priority profiles: which metrics count in an environment, how much, and what is good enough.

A profile is a YAML file. Each metric has a `weight`, a `good` (full credit, none beyond it), a
`poor` (no credit at all) and a reason. Which way is better follows from the two. `floor` is what
a metric without credit still counts as, so that one failure is felt and does not hide the rest.
`quality.min` is a gate, not a weight: a report under it gets no score.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from effprof.base import yamlfile
from effprof.base.errors import ProfileError, nearest_name
from effprof.base.folders import catalogue_folders
from effprof.base.metrics import CATALOGUE
from effprof.base.vocabulary import Environment
from effprof.base.yamlfile import Amount

_MOST_FLOOR = 0.5


class AimPart(Struct, frozen=True, forbid_unknown_fields=True):
    """One metric of a profile file; `good` and `poor` with their unit, `why` in one line."""

    weight: Annotated[float, Meta(gt=0)]
    good: Amount
    poor: Amount
    why: Annotated[str, Meta(min_length=1)]


class QualityPart(Struct, frozen=True, forbid_unknown_fields=True):
    """What must hold before cost is looked at; `required`: also that it is known."""

    min: Annotated[dict[str, Amount], Meta(min_length=1)]
    required: bool = True
    why: str = ""


class ProfileFile(Struct, frozen=True, forbid_unknown_fields=True):
    schema: Literal[1]
    name: str
    environment: Environment
    summary: str
    metrics: Annotated[dict[str, AimPart], Meta(min_length=1)]
    floor: Amount = "1 %"
    quality: QualityPart | None = None


@dataclass(frozen=True, slots=True)
class Aim:
    """`good` and `poor` in the metric's catalogue unit, both above 0."""

    metric: str
    weight: float
    good: float
    poor: float
    why: str


@dataclass(frozen=True, slots=True)
class Gate:
    """The least a metric of quality may be, in its catalogue unit."""

    metric: str
    least: float
    required: bool
    why: str


@dataclass(frozen=True, slots=True)
class Profile:
    """`floor`: the credit that a metric without any counts as, above 0 and at most a half."""

    name: str
    environment: Environment
    summary: str
    aims: tuple[Aim, ...]
    floor: float = 0.01
    gates: tuple[Gate, ...] = ()


def load(name: str) -> Profile:
    """The profile of that name or path; see `folders` for where names are looked up."""
    return read(_path(name))


def _path(name: str) -> Path:
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return Path(name)
    known = known_profiles()
    if name not in known:
        raise ProfileError(f"unknown profile {name!r}", hint=nearest_name(name, known))
    return known[name]


def copied(start: str, name: str) -> str:
    """The text of a profile, comments and all, under another name."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise ProfileError(
            f"{name!r} cannot name a profile",
            hint="lower-case letters, digits and hyphens, like doorbell.yaml",
        )
    path = _path(start)
    read(path)
    text = path.read_text(encoding="utf-8-sig")
    return re.sub(r"^name:.*$", f"name: {name}", text, count=1, flags=re.MULTILINE)


def read(path: Path) -> Profile:
    document = yamlfile.read(path, ProfileError)
    file = yamlfile.check(document, ProfileFile, str(path), ProfileError)
    where = str(path)
    aims = tuple(_aim(where, metric, part) for metric, part in file.metrics.items())
    gates = _gates(where, file.quality) if file.quality else ()
    floor = _floor(where, file.floor)
    return Profile(file.name, file.environment, file.summary, aims, floor, gates)


def known_profiles() -> dict[str, Path]:
    """Every profile that has a name; the first folder that has one wins."""
    found: dict[str, Path] = {}
    for folder in folders():
        for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
            found.setdefault(path.stem, path)
    return found


def folders() -> tuple[Path, ...]:
    """Where profiles are looked for, in order; some may not exist."""
    return catalogue_folders("profiles")


def _floor(where: str, amount: Amount) -> float:
    floor = yamlfile.amount(amount, "1", where, "floor", ProfileError)
    if not 0 < floor <= _MOST_FLOOR:
        raise ProfileError(
            f"{where}: floor: {amount} is not above 0 and at most 50 %",
            hint="it is what a metric without credit still counts as; 1 % where nothing is said",
        )
    return floor


def _gates(where: str, part: QualityPart) -> tuple[Gate, ...]:
    return tuple(
        Gate(metric, _least(where, metric, amount), part.required, part.why)
        for metric, amount in part.min.items()
    )


def _least(where: str, metric: str, amount: Amount) -> float:
    key = f"quality.min.{metric}"
    known = [
        one.key
        for one in CATALOGUE.values()
        if one.key.startswith("quality.") and one.better == "higher"
    ]
    if metric not in known:
        raise ProfileError(
            f"{where}: {key}: not a quality with a least value", hint=nearest_name(metric, known)
        )
    return yamlfile.amount_of(metric, amount, where, key, ProfileError)


def _aim(where: str, metric: str, part: AimPart) -> Aim:
    key = f"metrics.{metric}"
    if metric not in CATALOGUE:
        raise ProfileError(f"{where}: {key}: unknown metric", hint=nearest_name(metric, CATALOGUE))
    good = _positive(metric, part.good, where, f"{key}.good")
    poor = _positive(metric, part.poor, where, f"{key}.poor")
    _refuse_wrong_way(where, metric, part, good, poor)
    return Aim(metric, part.weight, good, poor, part.why)


def _positive(metric: str, amount: Amount, where: str, key: str) -> float:
    value = yamlfile.amount_of(metric, amount, where, key, ProfileError)
    if value <= 0:
        raise ProfileError(
            f"{where}: {key}: {amount} is not above 0",
            hint="the scale between poor and good is logarithmic",
        )
    return value


def _refuse_wrong_way(where: str, metric: str, part: AimPart, good: float, poor: float) -> None:
    better = CATALOGUE[metric].better
    if good == poor:
        raise ProfileError(f"{where}: metrics.{metric}: good and poor are both {part.good}")
    if better != "neither" and (good < poor) != (better == "lower"):
        raise ProfileError(
            f"{where}: metrics.{metric}: good {part.good} is worse than poor {part.poor}",
            hint=f"{better} is better for {metric}",
        )
