"""The values of `effprof.comparison/1`: two reports side by side, and what that says."""

from typing import Final, Literal

from msgspec import Struct

from effprof.report.report import Metric

COMPARISON: Final = "effprof.comparison/1"

Relation = Literal["better", "worse", "same", "undecided"]


class Side(Struct, frozen=True, omit_defaults=True):
    """Which report this is. `shown`: what tells it from the other, where `model` does not."""

    id: str
    model: str
    target: str
    created: str
    sha256: str
    shown: str = ""

    @property
    def name(self) -> str:
        return self.shown or self.model


class Row(Struct, frozen=True, omit_defaults=True):
    """One metric of both. `ratio` is other / base, `difference` (shares of quality) other - base.

    `low` and `high` are the 95 % interval of whichever there is. Without a `verdict` the metric
    has no better side. `note`: why it is undecided, where the interval is not the reason.
    """

    metric: str
    unit: str
    base: Metric | None = None
    other: Metric | None = None
    ratio: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: Relation | None = None
    note: str | None = None


class Unlike(Struct, frozen=True, omit_defaults=True):
    """Something that is not the same in both. `refuses`: figures of the two cannot be compared."""

    what: str
    base: str
    other: str
    refuses: bool


class Finding(Struct, frozen=True, omit_defaults=True):
    """A belief these two reports contradict, with the figures it rests on."""

    code: str
    text: str
    evidence: dict[str, float]


class Comparison(Struct, frozen=True, omit_defaults=True):
    base: Side
    other: Side
    trade: str
    rows: tuple[Row, ...]
    unlike: tuple[Unlike, ...] = ()
    findings: tuple[Finding, ...] = ()
    cautions: tuple[str, ...] = ()


class Comparisons(Struct, frozen=True):
    schema: Literal["effprof.comparison/1"]
    comparisons: tuple[Comparison, ...]
