"""What is in the history, as a person reads it."""

from collections.abc import Sequence

from effprof.base.quantity import show
from effprof.formats.text_look import Line, Look, Span, Style
from effprof.formats.text_metrics import MARKS
from effprof.formats.text_table import Cell, Column, table
from effprof.report.history import Entry

_COLUMNS = (
    Column("created, UTC"),
    Column("model", least=10),
    Column("target", least=6),
    Column(),
    Column("p50", right=True, gap=1),
    Column("score", right=True, optional=True),
    Column("verdict"),
    Column("commit", optional=True),
    Column("id"),
)
_TELLING = 12  # characters of an id; the first ten are its time, in milliseconds
_STYLES = {"pass": Style.GOOD, "fail": Style.BAD, "undecided": Style.DOUBT}


def entries(found: Sequence[Entry], kept: int, look: Look) -> list[Line]:
    """`found` of the `kept` that were asked for."""
    names = _names([one.id for one in found])
    rows = [_row(one, name) for one, name in zip(found, names, strict=True)]
    lines = table(_COLUMNS, rows, look)
    more = f"{len(found)} of {kept}; --last shows more" if kept > len(found) else f"{kept} in all"
    return [*lines, [], [Span(more, Style.DIM)]]


def _names(ids: Sequence[str]) -> Sequence[str]:
    """As much of each as tells them apart, and no less than the time in it; it can be typed."""
    short = [one[:_TELLING] for one in ids]
    return short if len(set(short)) == len(short) else ids


def _row(one: Entry, name: str) -> list[Cell]:
    latency = "" if one.latency is None else show(one.latency, "s")
    mark = "" if one.origin is None else MARKS[one.origin]  # type: ignore[index]
    verdict = "unfinished" if one.unfinished else one.verdict or ""
    return [
        when(one.created),
        Span(one.model, Style.STRONG),
        one.target,
        mark,
        latency,
        "" if one.points is None else f"{one.points:.1f}",
        Span(verdict, _STYLES.get(verdict, Style.DOUBT)),
        Span((one.commit or "")[:7], Style.DIM),
        Span(name, Style.DIM),
    ]


def when(created: str) -> str:
    """To the minute, in UTC."""
    return created[:16].replace("T", " ")
