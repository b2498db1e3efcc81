"""The variants of a model on one target: what each is, what it costs, which one to take."""

from collections.abc import Collection, Sequence

from effprof.base.metrics import CATALOGUE, family
from effprof.base.quantity import show_metric
from effprof.formats.text_look import Line, Look, Span, Style, wrap
from effprof.formats.text_table import Cell, Column, entries, table
from effprof.report.report import Report
from effprof.report.variants import Chosen, Tried

# Of each group the first metric that any variant has, and its title.
_SHOWN = (
    (("throughput.peak", "peak"), ("latency.p50", "latency"), ("latency.mean", "latency")),
    (("size.flash", "size"), ("size.model", "size")),
    (("memory.ram", "memory"), ("memory.peak", "memory")),
    (("energy.inference", "energy"),),
    (("cost.million", "a million"),),
    (("quality.accuracy", "accuracy"),),
    (("quality.agreement", "agrees"),),
)
_SPARED = ("memory", "agrees")  # where the line is short: their part of the score is in it


def chosen(found: Chosen, reports: Sequence[Report], look: Look) -> list[Line]:
    """A table, what to take and why, then what was not to be had or bought nothing."""
    done = [one for one in found.tried if one.report is not None]
    here = [reports[one.report] for one in done if one.report is not None]
    groups = [
        known[0]
        for group in _SHOWN
        if (known := [pair for pair in group if any(pair[0] in one.metrics for one in here)])
    ]
    columns = (
        Column(),
        Column("variant", least=16, gap=1),
        Column("score", right=True),
        Column("95 %", right=True, optional=True, gap=1),
        *(Column(title, right=True, optional=title in _SPARED) for _, title in groups),
    )
    keys = [key for key, _ in groups]
    counted = {key for key in keys if len({_items(key, one) for one in here} - {None}) > 1}
    rows = [_row(one, reports, keys, counted, found) for one in done]
    lines = [
        *_wrapped(f"Variants on {found.target}, by profile {found.profile}", look, Style.STRONG)
    ]
    lines += table(columns, rows, look) if rows else []
    return [*lines, *_advice(found, look), *_notes(found.tried, look)]


def _items(key: str, report: Report) -> int | None:
    """How many items a quality is of; None for what is no quality."""
    return report.metrics[key].n if family(key) == "quality" and key in report.metrics else None


def _row(
    one: Tried,
    reports: Sequence[Report],
    keys: Sequence[str],
    counted: Collection[str],
    found: Chosen,
) -> list[Cell]:
    """`counted`: qualities that are not of the same items in all, and wear their count."""
    assert one.report is not None
    report = reports[one.report]
    taken = one.variant == found.recommended
    points = report.score.points if report.score else None
    values = [
        show_metric(key, report.metrics[key].value, CATALOGUE[key].unit)
        + (f" of {_items(key, report)}" if key in counted else "")
        if key in report.metrics
        else "-"
        for key in keys
    ]
    return [
        Span("→" if taken else "", Style.GOOD),
        Span(one.variant, Style.STRONG if taken else Style.PLAIN),
        "none" if points is None else f"{points:.1f}",
        _interval(report),
        *values,
    ]


def _interval(report: Report) -> str:
    score = report.score
    if score is None or score.low is None or score.high is None:
        return ""
    return f"{score.low:.0f}-{score.high:.0f}"


def _advice(found: Chosen, look: Look) -> list[Line]:
    if found.recommended is None:
        return _wrapped(f"Nothing to recommend: {found.reason}", look, Style.DOUBT)
    keep = "Keep" if found.recommended == found.original else "Take"
    return _wrapped(f"{keep} {found.recommended}: {found.reason}", look, Style.GOOD)


def _notes(tried: Sequence[Tried], look: Look) -> list[Line]:
    pairs: list[tuple[Cell, Sequence[Cell]]] = []
    for one in tried:
        told = [one.trade] if one.trade else []
        notes = [Span(note, Style.DOUBT) for note in one.notes]
        notes += [Span(f"not here: {one.why}", Style.DIM)] if one.why else []
        if told or notes:
            pairs.append((one.variant, [*told, *notes]))
    return [[], *entries(pairs, look)] if pairs else []


def _wrapped(text: str, look: Look, style: Style = Style.PLAIN) -> list[Line]:
    return [[Span(line, style)] for line in wrap(text, look.width, look)]
