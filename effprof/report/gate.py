"""The key `gate` of a report: how the candidate stands to its baseline, line by line."""

from typing import Literal

from msgspec import Struct

from effprof.base.vocabulary import VerdictName

How = Literal["paired", "alternating", "exact", "range", "apart", "stored"]


class GateBase(Struct, frozen=True, omit_defaults=True):
    """What the candidate was held against; `report`: the id of a stored one."""

    model: str
    sha256: str
    size_bytes: int
    packages: dict[str, str] = {}
    report: str | None = None


class GateLine(Struct, frozen=True, omit_defaults=True):
    """One metric. `ratio` is candidate / base, `difference` (shares of quality) candidate - base.

    `low` and `high` are the 95 % interval, over all looks, of whichever there is. `how`:
    paired (both in each worker), alternating (workers in turn), exact (counted or executed),
    range (lowest to highest of a few workers), apart (two separate intervals), stored (an earlier
    report). `p`: chance of so much under the margin. Without `gates` the line is shown only.
    """

    metric: str
    unit: str
    verdict: VerdictName
    how: How
    gates: bool = True
    origin: str | None = None
    base: float | None = None
    candidate: float | None = None
    ratio: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    clock: Literal["cpu", "wall"] | None = None
    workers: int | None = None
    why: str | None = None


class Gate(Struct, frozen=True, omit_defaults=True):
    """`workers`: what each found, as logarithms of candidate / base, `cpu` and `wall`.

    `margin` and `tolerance` are shares of the base. `notes`: what a reader should know.
    """

    verdict: VerdictName
    baseline: GateBase
    margin: float
    tolerance: float
    lines: tuple[GateLine, ...]
    threads: int | None = None
    seconds: float | None = None
    workers: tuple[dict[str, float], ...] = ()
    notes: tuple[str, ...] = ()
