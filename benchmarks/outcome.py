"""What a benchmark found: rows beside the figure they must reach, as a table and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from effprof.base.quantity import show

RESULTS = Path(__file__).with_name("results")
LEGEND = "?: the interval holds the goal, so the noise of this run could turn the verdict"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure in base units, its interval, and the goal it is held against.

    `ratio` is to what `beside` names. `unit` "%" shows a share, "±%" a signed one. Without a
    `limit` the figure is stated, not judged. `within`: the limit holds to either side of 0, since
    a loop that makes runs faster is as wrong as one that slows them. `unsound`: the control of
    this comparison, two of the same, differed by more than the limit, so nothing can be judged.
    A `control` itself is sound or not; it is no claim of effprof's.
    """

    what: str
    value: float
    low: float
    high: float
    n: int
    unit: str
    beside: str = ""
    ratio: float | None = None
    limit: float | None = None
    at_least: bool = False
    within: bool = False
    unsound: bool = False
    control: bool = False

    @property
    def verdict(self) -> str:
        """PASS or FALL SHORT by the value; with ` ?` when the interval holds the goal."""
        if self.control:
            return "unsound" if self.unsound else "sound"
        if self.unsound:
            return "TOO NOISY"
        if self.limit is None:
            return "stated"
        size = abs(self.value) if self.within else self.value
        good = size >= self.limit if self.at_least else size <= self.limit
        edges = (-self.limit, self.limit) if self.within else (self.limit,)
        sure = self.low == self.high or not any(self.low <= edge <= self.high for edge in edges)
        return ("PASS" if good else "FALL SHORT") + ("" if sure else " ?")

    @property
    def cells(self) -> tuple[str, ...]:
        sign = "≥" if self.at_least else "±" if self.within else "≤"
        return (
            self.what,
            shown(self.value, self.unit),
            f"{shown(self.low, self.unit)} to {shown(self.high, self.unit)}",
            f"{self.ratio:.3g} x" if self.ratio is not None else "",
            self.beside,
            str(self.n),
            f"{sign} {shown(self.limit, self.unit)}" if self.limit is not None else "",
            self.verdict,
        )


@dataclass(slots=True)
class Outcome:
    """All of one benchmark. `skipped`: why there are no rows; `details`: what they are made of.

    `page`: a table of its own, as Markdown. `lacking`: what this machine lacks for it, exit code 3.
    """

    name: str
    claim: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    details: list[dict[str, Any]] = field(default_factory=list)
    host: dict[str, Any] = field(default_factory=dict)
    page: str = ""
    skipped: str = ""
    lacking: str = ""
    quick: bool = False

    @property
    def verdict(self) -> str:
        """The worst of its rows; `stated` when none has a goal."""
        if self.skipped:
            return "skipped"
        order = ("FALL SHORT", "FALL SHORT ?", "TOO NOISY", "PASS ?", "PASS", "stated")
        judged = (row.verdict for row in self.rows if not row.control)
        return min(judged, key=order.index, default="stated")

    def text(self) -> str:
        lines = [f"{self.name}: {self.claim}", ""]
        if self.skipped:
            return "\n".join([*lines, f"  skipped: {self.skipped}", ""])
        lines += table(
            ("", "value", "95 % interval", "ratio", "beside", "n", "goal", "verdict"),
            [row.cells for row in self.rows],
        )
        lines += ["", *([self.page, ""] if self.page else ())]
        lines += [f"  - {note}" for note in self.notes]
        if any(row.verdict.endswith("?") for row in self.rows):
            lines.append(f"  - {LEGEND}")
        told = ", ".join(f"{key} {value}" for key, value in self.host.items())
        return "\n".join([*lines, f"  - host: {told}", ""])

    def save(self, folder: Path = RESULTS) -> Path:
        folder.mkdir(exist_ok=True)
        path = folder / f"{self.name}.json"
        rows = [{**asdict(row), "verdict": row.verdict} for row in self.rows]
        facts = {**asdict(self), "rows": rows, "verdict": self.verdict}
        path.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return path


def shown(value: float, unit: str) -> str:
    if unit == "±%":
        return f"{100 * value:+.2f} %"
    if unit == "s" and value < 0:
        return f"-{show(-value, unit)}"
    return show(value, unit)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Aligned lines; columns that are empty in every row are left out."""
    kept = [i for i, _ in enumerate(head) if any(row[i] for row in rows)]
    cells = [[line[i] for i in kept] for line in (head, *rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(kept))]
    return [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
