"""The values of `effprof.trend/1`: how a metric of one series went, and where its level stepped."""

from typing import Final, Literal

from msgspec import Struct

from effprof.base.vocabulary import OriginName

TREND: Final = "effprof.trend/1"


class Spot(Struct, frozen=True, omit_defaults=True):
    """One report's value of the metric, and what was checked out then."""

    report: str
    created: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    commit: str | None = None
    sha256: str | None = None
    runtime: str | None = None
    effprof: str | None = None
    noisy: bool = False


class Change(Struct, frozen=True, omit_defaults=True):
    """Somewhere behind `before` and no later than `after`, the level stepped.

    `ratio` is new / old, `difference` (shares of quality, values at 0) new - old; `low` and `high`
    the 95 % interval of whichever there is, none where the metric is exact. `since`: reports at
    the new level, `noisy` of them with a warning of other work on the host. `also`: what else is
    not the same in the two reports.
    """

    before: Spot
    after: Spot
    since: int
    ratio: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    noisy: int = 0
    verdict: Literal["better", "worse"] | None = None
    also: tuple[str, ...] = ()


class MetricTrend(Struct, frozen=True, omit_defaults=True):
    """`first` and `now`: the middle of the first level and of the newest.

    `left_out`: older values of another origin, which cannot stand beside these.
    """

    metric: str
    unit: str
    origin: OriginName
    first: float
    now: float
    spots: tuple[Spot, ...]
    changes: tuple[Change, ...] = ()
    left_out: int = 0


class SeriesTrend(Struct, frozen=True, omit_defaults=True):
    """Reports of one model by name, on one target and host, with the same settings."""

    model: str
    target: str
    host: str
    machine: str
    settings: str
    metrics: tuple[MetricTrend, ...]
    project: str = ""


class Trends(Struct, frozen=True):
    schema: Literal["effprof.trend/1"]
    series: tuple[SeriesTrend, ...]
