"""The values of `effprof.variants/1`: what was tried for each target, and what is recommended."""

from typing import Final, Literal

from msgspec import Struct

from effprof.report.report import Report

VARIANTS: Final = "effprof.variants/1"


class Tried(Struct, frozen=True, omit_defaults=True):
    """One variant on one target. `report`: its place among the reports; without one, `why` not.

    `trade`: what it won and cost against the original; `notes`: what it did not buy.
    """

    variant: str
    report: int | None = None
    why: str | None = None
    trade: str | None = None
    notes: tuple[str, ...] = ()


class Chosen(Struct, frozen=True, omit_defaults=True):
    """All of one target. `recommended`: the variant's name; without one, `reason` says why."""

    target: str
    profile: str
    original: str | None
    tried: tuple[Tried, ...]
    recommended: str | None
    reason: str


class Variants(Struct, frozen=True):
    schema: Literal["effprof.variants/1"]
    targets: tuple[Chosen, ...]
    reports: tuple[Report, ...]
