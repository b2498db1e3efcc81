"""How metrics went over time, and where their level stepped, as a person reads it."""

from collections.abc import Sequence

from effprof.base.quantity import show_metric
from effprof.formats.history_text import when
from effprof.formats.text_look import Line, Look, Span, Style, wrap
from effprof.formats.text_metrics import MARKS
from effprof.formats.text_table import Cell, Column, entries, table
from effprof.report.trend import Change, MetricTrend, SeriesTrend, Spot

_COLUMNS = (
    Column(),
    Column("metric", least=14, gap=1),
    Column("reports", right=True),
    Column("first", right=True),
    Column("now", right=True),
    Column("changes", right=True),
)
_STYLES = {"better": Style.GOOD, "worse": Style.BAD, None: Style.PLAIN}


def trend(series: SeriesTrend, look: Look) -> list[Line]:
    """What it is of; a line for each metric; each change of a level, oldest first."""
    about = f"{series.machine} ({series.host[:8]}); {series.settings}"
    named = f"{about}; project {series.project}" if series.project else about
    lines: list[Line] = [[Span(f"{series.model} on {series.target}", Style.STRONG)]]
    lines += [[Span(text, Style.DIM)] for text in wrap(named, look.width, look)]
    lines += [[], *table(_COLUMNS, [_row(one) for one in series.metrics], look)]
    if pairs := _changes(series.metrics):
        lines += [[], [Span("Changes", Style.STRONG)], *entries(pairs, look)]
    if left := [one for one in series.metrics if one.left_out]:
        told = "; ".join(f"{one.left_out} of {one.metric}" for one in left)
        lines += [[], *_note(f"left out, being of another origin: {told}", look)]
    return lines


def _row(one: MetricTrend) -> list[Cell]:
    return [
        MARKS[one.origin],
        one.metric,
        str(len(one.spots)),
        show_metric(one.metric, one.first, one.unit),
        show_metric(one.metric, one.now, one.unit),
        str(len(one.changes)) if one.changes else "",
    ]


def _changes(metrics: Sequence[MetricTrend]) -> list[tuple[Cell, Sequence[Cell]]]:
    """Oldest first; those between the same two reports stand together."""
    together: dict[tuple[str, str], list[tuple[MetricTrend, Change]]] = {}
    for one in metrics:
        for change in one.changes:
            together.setdefault((change.before.report, change.after.report), []).append(
                (one, change)
            )
    return [_told(same) for same in sorted(together.values(), key=_when)]


def _when(same: Sequence[tuple[MetricTrend, Change]]) -> str:
    return same[0][1].after.created


def _told(same: Sequence[tuple[MetricTrend, Change]]) -> tuple[Cell, Sequence[Cell]]:
    sinces = {_since(change) for _, change in same}
    alone = len(sinces) > 1  # each line says its own
    told: list[Cell] = []
    for one, change in same:
        since = f", {_since(change)}" if alone else ""
        told.append(Span(f"{one.metric} {size(one, change)}{since}", _STYLES[change.verdict]))
    told.append(f"after {_place(change.before)}, by {_place(change.after)}")
    if change.also:
        told.append(f"there also changed: {'; '.join(change.also)}")
    told += [] if alone else [Span(since, Style.DIM) for since in sinces]
    return Span(when(change.after.created), Style.STRONG), told


def _since(change: Change) -> str:
    since = f"{change.since} {'report' if change.since == 1 else 'reports'} since"
    return f"{since}, {change.noisy} with other work on the host" if change.noisy else since


def change_line(one: MetricTrend, change: Change) -> str:
    """All of it in one line."""
    return (
        f"{one.metric} {size(one, change)}, after {_place(change.before)}, "
        f"by {_place(change.after)}"
    )


def size(one: MetricTrend, change: Change) -> str:
    """`+23.1 % (+21 to +25), worse`; a difference where there is no ratio."""
    if change.ratio is not None:
        what, ends = _percent(change.ratio), [_percent(end) for end in _ends(change)]
    else:
        what = _signed(one, change.difference or 0.0)
        ends = [_signed(one, end) for end in _ends(change)]
    interval = f" ({' to '.join(ends)})" if ends else ""
    return f"{what}{interval}{', ' + change.verdict if change.verdict else ''}"


def _ends(change: Change) -> list[float]:
    return [end for end in (change.low, change.high) if end is not None]


def _percent(ratio: float) -> str:
    return f"{ratio:.3g} x" if ratio >= 2 else f"{(ratio - 1) * 100:+.3g} %"


def _signed(one: MetricTrend, difference: float) -> str:
    """Of a share in points, as a comparison says it."""
    if one.metric.startswith("quality.") and one.unit == "1":
        return f"{100 * difference:+.3g} pt"
    return ("-" if difference < 0 else "+") + show_metric(one.metric, abs(difference), one.unit)


def _place(spot: Spot) -> str:
    commit = f", commit {spot.commit[:12]}" if spot.commit else ", no commit known"
    return f"{when(spot.created)}{commit}"


def _note(text: str, look: Look) -> list[Line]:
    return [[Span(line, Style.DIM)] for line in wrap(text, look.width, look)]
