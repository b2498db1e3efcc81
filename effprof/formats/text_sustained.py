"""Throughput over time: one line of it, or with --verbose a row for each stretch of it."""

from collections.abc import Sequence

from effprof.base import stretch
from effprof.base.quantity import show
from effprof.formats.text_look import Line, Look, Span, Style, wrap
from effprof.formats.text_table import Column, table
from effprof.report.report import Report

_MOST_ROWS = 20
_COLUMNS = (
    Column("from", right=True),
    Column("throughput", right=True),
    Column("clock", right=True, optional=True),
    Column("temperature", right=True, optional=True),
    Column("others", right=True, optional=True),
)


def sustained(report: Report, look: Look, *, verbose: bool = False) -> list[Line]:
    """Nothing where --sustained was not asked for."""
    rows = report.sustained
    if not rows:
        return []
    title = [Span("Sustained", Style.STRONG)]
    if verbose:
        return [title, *table(_COLUMNS, [_row(part) for part in _stretches(rows)], look)]
    total_s = rows[-1]["start"] + rows[-1]["seconds"]
    span_s = stretch.span_s(total_s)  # as throughput.sustained_ratio has it, which stands above
    first, last = stretch.first(rows, span_s), stretch.last(rows, span_s)
    word = "minute" if span_s == stretch.MINUTE_S else "tenth"
    rates = [row["throughput"] for row in rows]
    told = (
        f"{show(stretch.rate(first or rows[:1]), '1/s')} in the first {word}, "
        f"{show(stretch.rate(last or rows[-1:]), '1/s')} in the last, of {show(total_s, 's')}; "
        f"between {show(min(rates), '1/s')} and {show(max(rates), '1/s')}"
    )
    return [title, *([Span(f"  {text}")] for text in wrap(told, look.width - 2, look))]


def _stretches(rows: Sequence[dict[str, float]]) -> list[Sequence[dict[str, float]]]:
    """At most twenty, of as many buckets each."""
    size = -(-len(rows) // _MOST_ROWS)
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def _row(part: Sequence[dict[str, float]]) -> list[str]:
    rate = stretch.rate(part)
    cores_s = sum(row["seconds"] * row.get("cores", 0) for row in part)
    others_s = sum(row.get("others_cpu_s", 0) + row.get("steal_s", 0) for row in part)
    clocks = [row["frequency_max_hz"] for row in part if "frequency_max_hz" in row]
    heat = [row["temperature_celsius"] for row in part if "temperature_celsius" in row]
    return [
        show(round(part[0]["start"], 2), "s"),
        show(rate, "1/s"),
        show(max(clocks), "Hz") if clocks else "",
        f"{max(heat):.0f} °C" if heat else "",
        show(others_s / cores_s, "%") if cores_s else "",
    ]
