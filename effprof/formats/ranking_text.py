"""Reports ranked, how firm that is, and the trade-offs among them, as a person reads it."""

from collections.abc import Mapping, Sequence

from effprof.base.metrics import CATALOGUE, family, unit_of
from effprof.base.quantity import show, show_metric
from effprof.formats.judgement_text import partly, title
from effprof.formats.scatter import Mark, scatter
from effprof.formats.text_look import Line, Look, Span, Style, shorten, wrap
from effprof.formats.text_table import Cell, Column, table
from effprof.report.names import renamed
from effprof.report.ranking import Frontier, Ranking, Sensitivity, Standpoint
from effprof.report.report import Report

_PLACES = (
    Column("#", right=True),
    Column("model", least=12),
    Column("target", least=8),
    Column("points", right=True),
    Column("low", right=True),
    Column("high", right=True),
    Column("measured", right=True),
    Column(),
)
_MOST_COLUMNS = 4
_MOST_ROWS = 20  # of what is not on the frontier
_STANDING = {
    "dominated": Style.DIM,
    "undecided": Style.DOUBT,
    "refused": Style.BAD,
    "unknown": Style.DIM,
}

Numbers = Mapping[int, str]


def ranking(found: Ranking, reports: Sequence[Report], look: Look) -> list[Line]:
    """Best first, the figures side by side, then firmness and frontier where there are any."""
    numbers, reports = _numbers(found), renamed(reports)
    lines = [
        *title(f"Ranking by profile {found.profile}", look),
        *_places(found, reports, numbers, look),
        [],
        *_side_by_side(found, reports, numbers, look),
    ]
    if found.sensitivity:
        lines += [[], *_sensitivity(found, found.sensitivity, reports, numbers, look)]
    if found.frontier:
        lines += [[], *_frontier(found.frontier, reports, numbers, look)]
    return lines


def _numbers(found: Ranking) -> dict[int, str]:
    """Report to 1, 2, 3; a dash for what has no points."""
    return {one.report: "-" if one.place is None else str(one.place) for one in found.places}


def _places(found: Ranking, reports: Sequence[Report], numbers: Numbers, look: Look) -> list[Line]:
    """2= is not told apart from the line above."""
    rows = [
        _place(numbers[one.report] + ("=" if one.tied else ""), reports[one.report])
        for one in found.places
    ]
    lines = table(_PLACES, rows, look)
    if any(one.tied for one in found.places):
        lines += _wrapped("=: not told apart from the line above", look, 2, Style.DIM)
    for one in found.places:
        score = reports[one.report].score
        if score is not None and score.reason:
            told = f"{numbers[one.report]}: {partly(score)}{score.reason}"
            lines += _wrapped(told, look, 2, Style.DOUBT)
    return lines


def _place(number: str, report: Report) -> list[Cell]:
    score = report.score
    amounts = (score.points, score.low, score.high) if score else (None, None, None)
    share = score.measured_share if score else None
    return [
        number,
        report.model.name,
        report.target.id,
        *("" if amount is None else f"{amount:.1f}" for amount in amounts),
        "" if share is None else show(share, "%"),
        "no score" if amounts[0] is None else "",
    ]


def _side_by_side(
    found: Ranking, reports: Sequence[Report], numbers: Numbers, look: Look
) -> list[Line]:
    """The first few, one line a metric: what one wins, another pays for."""
    shown = [one.report for one in found.places[:_MOST_COLUMNS]]
    parts = [
        {p.metric: p.value for p in s.parts} if (s := reports[at].score) else {} for at in shown
    ]
    names = dict.fromkeys(metric for one in parts for metric in one)
    columns = (
        Column("metric", least=14),
        *(Column(numbers[at], right=True) for at in shown),
    )
    rows = [
        [key, *(_shown(key, one[key]) if key in one else "not known" for one in parts)]
        for key in names
    ]
    lines = table(columns, rows, look) if rows else []
    if left := len(found.places) - len(shown):
        told = f"of the first {_MOST_COLUMNS}; {left} more {'is' if left == 1 else 'are'} left out"
        lines += _wrapped(told, look, 2, Style.DIM)
    for key in names:
        lines += _wrapped(_boundaries(key, shown, reports, numbers), look, 2, Style.DOUBT)
    return lines


def _boundaries(key: str, shown: Sequence[int], reports: Sequence[Report], numbers: Numbers) -> str:
    """What energy covers where it is not the same in all; empty where it is."""
    if family(key) != "energy":
        return ""
    scopes = {
        numbers[at]: metric.scope or "not said"
        for at in shown
        if (metric := reports[at].metrics.get(key))
    }
    if len(set(scopes.values())) < 2:
        return ""
    told = "; ".join(f"{number}: {scope}" for number, scope in scopes.items())
    return f"{key} is not of the same thing in all: {told}"


def _sensitivity(
    order: Ranking,
    found: Sensitivity,
    reports: Sequence[Report],
    numbers: Numbers,
    look: Look,
) -> list[Line]:
    moved = f"Weights moved by up to {show(found.moved, '%')} either way, {found.samples} times"
    told = _shared(found, numbers) if found.level else _led(order, found, reports, numbers)
    if found.left_out:
        told.append(f"{len(found.left_out)} partial scores over other metrics are left out.")
    columns = (*_PLACES[:3], Column("places", right=True), Column("first in", right=True))
    rows = [
        [
            numbers[one.report],
            reports[one.report].model.name,
            reports[one.report].target.id,
            str(one.best) if one.best == one.worst else f"{one.best} to {one.worst}",
            show(one.first_share, "%"),
        ]
        for one in found.places[:_MOST_ROWS]
    ]
    style = Style.PLAIN if found.robust else Style.DOUBT
    return [
        *title(moved, look),
        *_wrapped(" ".join(told), look, 2, style),
        *table(columns, rows, look),
        *_more(len(found.places) - len(rows), look),
    ]


def _shared(found: Sensitivity, numbers: Numbers) -> list[str]:
    names = [numbers[at] for at in found.level]
    share = min(one.first_share for one in found.places if one.report in found.level)
    return [
        f"Nobody leads: {', '.join(names[:-1])} and {names[-1]} share the first place, each of "
        f"them first in {'all' if share == 1 else show(share, '%')} of the weightings."
    ]


def _led(
    order: Ranking, found: Sensitivity, reports: Sequence[Report], numbers: Numbers
) -> list[str]:
    """Who leads, what would take the lead, and whether the figures tell the lead at all."""
    first = found.places[0]
    firm = "robust" if found.robust else "not robust"
    told = [
        f"Against other weights the first place is {firm}: {reports[first.report].model.name} "
        f"leads in {show(first.first_share, '%')} of the weightings."
    ]
    if tip := found.tipping:
        told.append(
            f"{tip.metric} would have to weigh {show(tip.tips_at, '%')} instead of "
            f"{show(tip.weight, '%')} for {numbers[tip.report]} to lead."
        )
    else:
        told.append("No single weight, however moved, takes its lead.")
    behind = next((one.report for one in order.places[1:] if one.tied), None)
    if behind is not None and order.places[1].report == behind:
        told.append(f"By the figures it is not told apart from {numbers[behind]}.")
    return told


def _frontier(
    found: Frontier, reports: Sequence[Report], numbers: Numbers, look: Look
) -> list[Line]:
    key = found.metrics[0]
    front = [one for one in found.points if one.standing == "frontier"]
    front.sort(key=lambda one: (reports[one.report].metrics[key].value, numbers[one.report]))
    rest = [one for one in found.points if one.standing != "frontier"]
    shown = [*front, *rest[:_MOST_ROWS]]
    columns = (*_PLACES[:3], *(Column(name, right=True) for name in found.metrics), Column())
    rows = [_standpoint(one, found, reports, numbers, look) for one in shown]
    titles, *lines = table(columns, rows, look)
    told = [*title(f"Trade-offs of {' and '.join(found.metrics)}", look), titles]
    for one, line in zip(shown, lines, strict=True):
        why = f"not told apart in {', '.join(one.unclear)}" if one.unclear else ""
        told += [line, *_wrapped(why, look, 6, Style.DIM)]
    told += _more(len(rest) - _MOST_ROWS, look)
    if found.not_alike:
        names = " and ".join(found.not_alike)
        told += _wrapped(f"not the same work in all: {names} differ", look, 2, Style.DOUBT)
    return [*told, *_plot(found, reports, numbers, look)]


def _standpoint(
    one: Standpoint, found: Frontier, reports: Sequence[Report], numbers: Numbers, look: Look
) -> list[Cell]:
    report = reports[one.report]
    values = [
        _shown(key, report.metrics[key].value) if key in report.metrics else "not known"
        for key in found.metrics
    ]
    behind = "" if one.by is None else _name(one.by, reports, numbers, look)
    told = {
        "frontier": "knee" if one.knee else "frontier",
        "dominated": f"beaten by {behind}",
        "undecided": f"behind {behind}? can't tell",
        "refused": "too low a quality",
        "unknown": "",
    }[one.standing]
    return [
        numbers[one.report],
        report.model.name,
        report.target.id,
        *values,
        Span(told, _STANDING.get(one.standing, Style.GOOD)),
    ]


def _name(at: int, reports: Sequence[Report], numbers: Numbers, look: Look) -> str:
    number = numbers[at]
    return shorten(reports[at].model.name, 12, look) if number == "-" else number


def _plot(found: Frontier, reports: Sequence[Report], numbers: Numbers, look: Look) -> list[Line]:
    """The first two metrics; numbers on the frontier, points behind it."""
    across, up = found.metrics[:2]
    marks = [
        Mark(
            reports[one.report].metrics[across].value,
            reports[one.report].metrics[up].value,
            numbers[one.report] if one.standing == "frontier" else ".",
            Style.GOOD if one.standing == "frontier" else Style.DIM,
        )
        for one in sorted(found.points, key=lambda one: one.standing != "frontier")
        if one.standing not in ("refused", "unknown")
    ]
    if len(marks) < 2:
        return []
    names = [f"{key} ({CATALOGUE[key].better} is better)" for key in (across, up)]
    return [[], *scatter(marks, (across, up), names, look)]


def _shown(key: str, value: float) -> str:
    return show_metric(key, value, unit_of(key))


def _more(count: int, look: Look) -> list[Line]:
    return _wrapped(f"and {count} more", look, 2, Style.DIM) if count > 0 else []


def _wrapped(text: str, look: Look, indent: int = 0, style: Style = Style.PLAIN) -> list[Line]:
    return [
        [Span(" " * indent), Span(line, style)] for line in wrap(text, look.width - indent, look)
    ]
