"""What is judged of a report and kept in it: `score`, `verdicts` and `advice`."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from effprof.base.vocabulary import OriginName, VerdictName

Share = Annotated[float, Meta(ge=0, le=1)]


class Part(Struct, frozen=True, omit_defaults=True):
    """One metric of a score: `desirability` in 0..1, `good` and `poor` in the metric's unit."""

    metric: str
    weight: float
    value: float
    good: float
    poor: float
    desirability: Share
    origin: OriginName
    low: float | None = None
    high: float | None = None
    why: str | None = None


class GatePart(Struct, frozen=True, omit_defaults=True):
    """A quality held against the least the profile asks for; without a `value` it is not known."""

    metric: str
    least: float
    verdict: VerdictName
    value: float | None = None
    low: float | None = None
    high: float | None = None


class Score(Struct, frozen=True, omit_defaults=True):
    """`points` 0..100; `reason`: why there are none, or what a partial score does without.

    The shares are of the whole weight. `coverage` is their sum, under 1 in a partial score.
    """

    profile: str
    points: float | None = None
    low: float | None = None
    high: float | None = None
    measured_share: Share | None = None
    parts: tuple[Part, ...] = ()
    reason: str | None = None
    emulated_share: Share | None = None
    modelled_share: Share | None = None
    coverage: Share | None = None
    floor: Share | None = None
    gates: tuple[GatePart, ...] = ()


class Verdict(Struct, frozen=True, omit_defaults=True):
    """`bound`: whether `limit` is the largest or the smallest value allowed."""

    metric: str
    limit: float
    verdict: VerdictName
    unit: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    why: str | None = None
    bound: Literal["max", "min"] | None = None


class AdvicePart(Struct, frozen=True, omit_defaults=True):
    """What to try next; `evidence`: the figures of this report it rests on, by name."""

    code: str
    text: str
    evidence: dict[str, float]
