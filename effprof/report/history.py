"""The values of `effprof.history/1`, a line of an export, and of a list."""

from typing import Final, Literal

from msgspec import Struct

from effprof.report.report import Report

HISTORY: Final = "effprof.history/1"
ENTRIES: Final = "effprof.entries/1"

MadeBy = Literal["measure", "gate", "monitor", "variants", "import"]


class Kept(Struct, frozen=True, omit_defaults=True):
    """One report as it is kept: by which command, and what was checked out then."""

    schema: Literal["effprof.history/1"]
    made_by: MadeBy
    report: Report
    commit: str | None = None
    branch: str | None = None
    project: str | None = None


class Entry(Struct, frozen=True, omit_defaults=True):
    """One line of `history list`. `latency` is the p50 in seconds, with its origin."""

    id: str
    created: str
    made_by: str
    model: str
    target: str
    host: str
    settings: str
    sha256: str
    project: str = ""
    commit: str | None = None
    branch: str | None = None
    unfinished: str | None = None
    verdict: str | None = None
    points: float | None = None
    latency: float | None = None
    origin: str | None = None


class Entries(Struct, frozen=True):
    """`kept`: how many reports there are in all, of those asked for."""

    schema: Literal["effprof.entries/1"]
    kept: int
    entries: tuple[Entry, ...]
