"""Priority profiles: which metrics count in an environment, how much, and what is good enough.

A profile is a YAML file. Each metric has a `weight`, a `good` (no credit beyond it), a `poor` (no
credit at all) and a reason. Which way is better follows from the two.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from effprof.base import yamlfile
from effprof.base.errors import ProfileError, nearest_name
from effprof.base.folders import config_folder
from effprof.base.metrics import CATALOGUE

Environment = Literal["cloud", "edge", "mobile", "tinyml"]
Amount = str | int | float  # a bare number is for shares; `parse` refuses it elsewhere


class AimPart(Struct, frozen=True, forbid_unknown_fields=True):
    """One metric of a profile file; `good` and `poor` with their unit."""

    weight: Annotated[float, Meta(gt=0)]
    good: Amount
    poor: Amount
    why: str = ""


class ProfileFile(Struct, frozen=True, forbid_unknown_fields=True):
    schema: Literal[1]
    name: str
    environment: Environment
    summary: str
    metrics: Annotated[dict[str, AimPart], Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class Aim:
    """`good` and `poor` in the metric's catalogue unit, both above 0."""

    metric: str
    weight: float
    good: float
    poor: float
    why: str


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    environment: Environment
    summary: str
    aims: tuple[Aim, ...]


def load(name: str) -> Profile:
    """The profile of that name or path; see `folders` for where names are looked up."""
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return read(Path(name))
    known = known_profiles()
    if name not in known:
        raise ProfileError(f"unknown profile {name!r}", hint=nearest_name(name, known))
    return read(known[name])


def read(path: Path) -> Profile:
    document = yamlfile.read(path, ProfileError)
    file = yamlfile.check(document, ProfileFile, str(path), ProfileError)
    aims = tuple(_aim(str(path), metric, part) for metric, part in file.metrics.items())
    return Profile(file.name, file.environment, file.summary, aims)


def known_profiles() -> dict[str, Path]:
    """Every profile that has a name; the first folder that has one wins."""
    found: dict[str, Path] = {}
    for folder in folders():
        for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
            found.setdefault(path.stem, path)
    return found


def folders() -> tuple[Path, ...]:
    """Here, the user's own, the wheel's, and beside the package (editable install)."""
    package = Path(__file__).parent
    return (
        Path("profiles"),
        config_folder() / "profiles",
        package / "profiles",
        package.parent / "profiles",
    )


def _aim(where: str, metric: str, part: AimPart) -> Aim:
    key = f"metrics.{metric}"
    if metric not in CATALOGUE:
        raise ProfileError(f"{where}: {key}: unknown metric", hint=nearest_name(metric, CATALOGUE))
    unit = CATALOGUE[metric].unit
    good = _positive(part.good, unit, where, f"{key}.good")
    poor = _positive(part.poor, unit, where, f"{key}.poor")
    _refuse_wrong_way(where, metric, part, good, poor)
    return Aim(metric, part.weight, good, poor, part.why)


def _positive(amount: Amount, unit: str, where: str, key: str) -> float:
    value = yamlfile.amount(amount, unit, where, key, ProfileError)
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
