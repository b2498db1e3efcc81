"""What several scored reports say together: their order, how firm it is, and the trade-offs.

Reports are named by their place in the list they stand in, from 0.
"""

from typing import Literal

from msgspec import Struct

Standing = Literal["frontier", "dominated", "undecided", "refused", "unknown"]


class Place(Struct, frozen=True, omit_defaults=True):
    """`tied`: not told apart from the one before it. No `place` without points."""

    report: int
    place: int | None = None
    tied: bool = False


class Steady(Struct, frozen=True, omit_defaults=True):
    """How one report fares over all weightings: `best` to `worst` place, and how often first.

    `first_share` also counts the weightings in which others share the first place.
    """

    report: int
    best: int
    worst: int
    first_share: float


class Tipping(Struct, frozen=True, omit_defaults=True):
    """The least move of one weight that puts `report` first: from `weight` to `tips_at`."""

    metric: str
    weight: float
    tips_at: float
    report: int


class Sensitivity(Struct, frozen=True, omit_defaults=True):
    """The order under weights each moved by up to `moved` either way, `samples` times.

    `robust`: one alone is first, and is in 95 % of them. `level`: those that share the first place,
    where it is more than one. `left_out`: scores over other metrics.
    """

    moved: float
    samples: int
    seed: int
    robust: bool
    places: tuple[Steady, ...]
    tipping: Tipping | None = None
    left_out: tuple[int, ...] = ()
    level: tuple[int, ...] = ()


class Standpoint(Struct, frozen=True, omit_defaults=True):
    """Where one report stands: on the frontier, or behind `by`.

    `undecided`: behind it by its values, but not told apart in the metrics of `unclear`.
    `refused`: under the least quality of the profile; it beats none.
    """

    report: int
    standing: Standing
    by: int | None = None
    unclear: tuple[str, ...] = ()
    knee: bool = False


class Frontier(Struct, frozen=True, omit_defaults=True):
    """Reports that no other beats in every one of `metrics`, and those that one does."""

    metrics: tuple[str, ...]
    points: tuple[Standpoint, ...]
    not_alike: tuple[str, ...] = ()


class Ranking(Struct, frozen=True, omit_defaults=True):
    """All reports scored by one profile, best first."""

    profile: str
    places: tuple[Place, ...]
    sensitivity: Sensitivity | None = None
    frontier: Frontier | None = None
