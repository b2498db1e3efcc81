"""The figures of a report: value, interval, readings and, at a glance, where each comes from."""

import re
from collections.abc import Mapping, Sequence

from effprof.base.metrics import CATALOGUE, COSTS, family
from effprof.base.quantity import plus_minus, show_metric
from effprof.base.vocabulary import OriginName
from effprof.formats.text_look import DASH, Line, Look, Span, Style, cells, shorten, wrap
from effprof.formats.text_table import Cell, Column, entries, table
from effprof.report.report import Metric, MissingPart, Report

# The fuller the circle, the nearer to the device; told apart without colour too.
MARKS: dict[OriginName, Span] = {
    "measured": Span("●", Style.GOOD),
    "emulated": Span("◐", Style.NOTE),
    "modelled": Span("○", Style.DOUBT),
}
INTERVALS = {"measured": "95 % interval", "emulated": "stated band", "modelled": "stated band"}
_DIGITS = 3
_EXACT = 1e-6
"""Of the value: what an interval so narrow tells is the rounding of its own arithmetic."""
# Families, in the order of the table.
_GROUPS = (
    *("latency", "deadline", "throughput", "memory", *COSTS),
    *("size", "compute", "utilization", "quality"),
)


def _source(text: str, width: int, look: Look) -> str:
    """The instrument alone where there is no room for the quantity read from it."""
    return text if cells(text) <= width else shorten(re.split("[:,]", text)[0], width, look)


_COLUMNS = (
    Column(),
    Column("metric", gap=1),
    Column("value", right=True),
    Column(gap=1),
    Column("low", right=True),
    Column(right=True, gap=1),
    Column("high", gap=1),
    Column("n", right=True, optional=True),
    Column("source", least=6, optional=True, shorter=_source),
)


REPEATS_P50 = frozenset(f"latency.{part}" for part in ("p90", "p95", "p99", "mean", "min", "max"))
"""Of steady runs. Load, first run and latency under load are other things, equal or not."""


def metrics(report: Report, look: Look) -> list[Line]:
    """The table. What a model says of energy and its price stands apart, and is called so."""
    order = in_order(_told(report))
    read = [pair for pair in order if not _apart(*pair)]
    worked_out = [pair for pair in order if _apart(*pair)]
    titles, *rows = table(_COLUMNS, [_row(*pair, look) for pair in read + worked_out], look)
    blocks = [_block([titles], read, rows, look)] if read else []
    if worked_out:
        title = [Span("Modelled, not read from an instrument", Style.STRONG)]
        head = [title] if read else [title, titles]
        blocks.append(_block(head, worked_out, rows[len(read) :], look))
    origins = {metric.origin for metric in report.metrics.values()}
    return [*_joined(blocks), [], *legend(origins, look)] if order else []


def here(report: Report, look: Look) -> list[Line]:
    """What was read on this machine on the way to the figures of a device that is not here."""
    pairs = in_order(report.host_metrics)
    if not pairs:
        return []
    device = report.target.device.get("name", report.target.id)
    title = shorten(f"On this machine, which is not the {device}", look.width, look)
    titles, *rows = table(_COLUMNS, [_row(*pair, look) for pair in pairs], look)
    return _block([[Span(title, Style.STRONG)], titles], pairs, rows, look)


def in_order(found: Mapping[str, Metric]) -> list[tuple[str, Metric]]:
    """By kind, and within one by the catalogue."""
    return sorted(found.items(), key=lambda item: _place(item[0]))


def _told(report: Report) -> dict[str, Metric]:
    """An emulator is deterministic: its latencies that say what p50 says are not told again."""
    p50 = report.metrics.get("latency.p50")
    if p50 is None or p50.origin != "emulated":
        return dict(report.metrics)
    return {
        key: metric
        for key, metric in report.metrics.items()
        if key not in REPEATS_P50 or metric != p50
    }


def missing(parts: Sequence[MissingPart], look: Look) -> list[Line]:
    """What was asked for and could not be had, with the reason and what to do."""
    if not parts:
        return []
    pairs = [(Span(part.metric, Style.DOUBT), [part.reason, *_hint(part)]) for part in parts]
    return [[Span("Could not be measured", Style.STRONG)], *entries(pairs, look)]


def _hint(part: MissingPart) -> list[str]:
    if not part.hint:
        return []
    return [f"→ run with {part.hint}" if part.hint.startswith("--") else f"→ {part.hint}"]


def _place(key: str) -> tuple[int, int]:
    group, known = family(key), list(CATALOGUE)
    return (
        _GROUPS.index(group) if group in _GROUPS else len(_GROUPS),
        known.index(key) if key in known else len(known),
    )


def _apart(key: str, metric: Metric) -> bool:
    return metric.origin == "modelled" and family(key) in COSTS


def _row(key: str, metric: Metric, look: Look) -> list[Cell]:
    value, *interval = figures(key, metric)
    number, _, unit = value.partition(" ")
    n = "" if metric.n is None else str(metric.n)
    figure: list[Cell] = [MARKS[metric.origin], key, Span(number, Style.STRONG), unit]
    if look.narrow:
        return [*figure, "", "", "", "", ""]
    return [*figure, *interval, n, Span(metric.source, Style.DIM)]


def figures(key: str, metric: Metric) -> tuple[str, str, str, str]:
    """Value with its unit, low, dash, high: a unit is told once where it is the same.

    An interval too tight for three digits is told as what it adds and takes away.
    """
    value = show_metric(key, metric.value, metric.unit)
    if metric.low is None or metric.high is None:
        return value, "", "", ""
    ends = [show_metric(key, end, metric.unit) for end in (metric.low, metric.high)]
    width = wider_side(metric) or 0.0
    if width < _EXACT:
        return value, "", "", ""
    if ends[0] == ends[1]:
        return value, "", "±", f"{width * 100:.1g} %"
    value, low, high = filled([value, *ends])
    units = {shown.partition(" ")[2] for shown in (value, low, high)}
    if len(units) == 1:
        low, high = low.partition(" ")[0], high.partition(" ")[0]
    return value, low, DASH, high


def wider_side(metric: Metric) -> float | None:
    """How far the interval reaches from the value, on its wider side and over the value."""
    if metric.low is None or metric.high is None or not metric.value:
        return None
    return max(metric.high - metric.value, metric.value - metric.low) / abs(metric.value)


def reach(metric: Metric) -> str:
    """How far the interval reaches, in few words: `±3 %`, and from twice the value on a factor."""
    width = wider_side(metric)
    if width is None or metric.low is None or metric.high is None:
        return ""
    if width < 1:
        return plus_minus(width)
    sides = [metric.high / metric.value, *([metric.value / metric.low] if metric.low > 0 else [])]
    return f"within a factor of {max(sides):.2g}"


def filled(shown: Sequence[str]) -> list[str]:
    """With the zeros that three significant digits have, where any of them has decimals."""
    if not any("." in one for one in shown):
        return list(shown)
    return [_three_digits(*one.partition(" ")) for one in shown]


def _three_digits(number: str, blank: str, unit: str) -> str:
    digits = number.lstrip("-0.").replace(".", "")
    if not digits or "e" in number:
        return number + blank + unit
    point = "" if "." in number or len(digits) >= _DIGITS else "."
    return number + point + "0" * (_DIGITS - len(digits)) + blank + unit


def _block(
    head: Sequence[Line], pairs: Sequence[tuple[str, Metric]], rows: Sequence[Line], look: Look
) -> list[Line]:
    lines = list(head)
    for (key, metric), row in zip(pairs, rows, strict=False):
        lines.append(row)
        for note in _notes(key, metric, look):
            beneath = wrap(note, look.width - 6, look)
            lines += [[Span(" " * 6), Span(text, Style.DIM)] for text in beneath]
    return lines


def _notes(key: str, metric: Metric, look: Look) -> list[str]:
    """What stands beneath a row: what the figure covers, and what had no room beside it."""
    notes = []
    if look.narrow:
        _, low, dash, high = figures(key, metric)
        interval = " ".join(word for word in (low, dash, high) if word)
        notes.append(", ".join(word for word in (interval, metric.source) if word))
    return [*notes, f"covers {metric.scope}"] if metric.scope else notes


def _joined(blocks: Sequence[list[Line]]) -> list[Line]:
    """One after another, an empty line between."""
    return [line for at, block in enumerate(blocks) for line in ([[], *block] if at else block)]


def legend(origins: set[OriginName], look: Look) -> list[Line]:
    """What the marks in the table mean; only those that stand there."""
    keys = [[MARKS[name], Span(f" {name}: {INTERVALS[name]}")] for name in MARKS if name in origins]
    together = [span for key in keys for span in (Span("  "), *key)]
    if cells("".join(span.text for span in together)) <= look.width:
        return [together]
    return [[Span("  "), *key] for key in keys]
