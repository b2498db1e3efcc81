"""A comparison as a person reads it: the trade, every metric, what was not as believed."""

from collections.abc import Sequence

from effprof.base.metrics import is_share
from effprof.base.quantity import show_metric
from effprof.base.vocabulary import OriginName
from effprof.formats.text_look import DASH, Line, Look, Span, Style, wrap
from effprof.formats.text_metrics import MARKS, legend
from effprof.formats.text_table import Cell, Column, entries, table
from effprof.report.comparison import Comparison, Finding, Relation, Row, Unlike
from effprof.report.report import Metric

_COLUMNS = (
    Column(),
    Column("metric", least=14, gap=1),
    Column("base", right=True),
    Column("other", right=True),
    Column("change", right=True),
    Column("interval", right=True),
    Column(),
)
_STYLES: dict[Relation, Style] = {
    "better": Style.GOOD,
    "worse": Style.BAD,
    "undecided": Style.DOUBT,
    "same": Style.DIM,
}
_SAID: dict[Relation, str] = {"undecided": "can't tell"}


def comparison(compared: Comparison, look: Look) -> list[Line]:
    """Headed by the trade in one sentence."""
    base, other = compared.base, compared.other
    where = base.target if base.target == other.target else f"{other.target} and {base.target}"
    head = f"{other.name} against {base.name} on {where}"
    return [
        *_wrapped(head, look, style=Style.STRONG),
        *_wrapped(compared.trade[:1].upper() + compared.trade[1:], look),
        [],
        *_rows(compared.rows, look),
        *_legend(compared.rows, look),
        *_titled("Not as believed", _findings(compared.findings, look)),
        *_titled("Not alike in both", _unlike(compared.unlike, look)),
        *_titled("Read with care", _cautions(compared.cautions, look)),
    ]


def _rows(rows: Sequence[Row], look: Look) -> list[Line]:
    titles, *lines = table(_COLUMNS, [_row(one) for one in rows], look)
    told = [titles]
    for one, line in zip(rows, lines, strict=True):
        told.append(line)
        told += _wrapped(f"because: {one.note}", look, 6, Style.DIM) if one.note else []
    return told


def _row(one: Row) -> list[Cell]:
    low, high = (_change(one, amount) for amount in (one.low, one.high))
    interval = (
        f"{low.removesuffix('x').removesuffix(' pt')}{DASH}{high}"
        if low and one.low != one.high
        else ""
    )
    base, other = (_value(one, metric) for metric in (one.base, one.other))
    if base.partition(" ")[2] == other.partition(" ")[2] and one.base is not None:
        base = base.partition(" ")[0]  # the unit is told once
    return [
        _mark(one),
        one.metric,
        base,
        other,
        Span(change_of(one), Style.STRONG),
        interval,
        _verdict(one),
    ]


def change_of(row: Row) -> str:
    """0.32x of the base; +0.8 pt of a share; a plain difference where there is no ratio."""
    return _change(row, _middle(row))


def _middle(one: Row) -> float | None:
    return one.difference if one.ratio is None else one.ratio


def _change(one: Row, amount: float | None) -> str:
    if amount is None:
        return ""
    if one.ratio is not None:
        return f"{amount:.3g}x" if 0.01 <= amount < 1000 else f"{amount:.2g}x"
    if is_share(one.metric):
        return f"{amount * 100:+.2g} pt"
    return f"{'+' if amount > 0 else ''}{show_metric(one.metric, amount, one.unit)}"


def _value(one: Row, metric: Metric | None) -> str:
    return "not known" if metric is None else show_metric(one.metric, metric.value, one.unit)


def _mark(one: Row) -> Cell:
    origin = _origin(one)
    return MARKS[origin] if origin else ""


def _origin(one: Row) -> OriginName | None:
    """The weaker of the two; none where one is not known."""
    if one.base is None or one.other is None:
        return None
    origins = [metric.origin for metric in (one.base, one.other)]
    return next(name for name in reversed(MARKS) if name in origins)


def _legend(rows: Sequence[Row], look: Look) -> list[Line]:
    origins = {origin for one in rows if (origin := _origin(one))}
    return [[], *legend(origins, look)] if origins else []


def _verdict(one: Row) -> Cell:
    if one.verdict is None:
        return ""
    return Span(_SAID.get(one.verdict, one.verdict), _STYLES[one.verdict])


def _findings(findings: Sequence[Finding], look: Look) -> list[Line]:
    return entries([(Span(one.code, Style.DOUBT), [one.text]) for one in findings], look)


def _unlike(unlike: Sequence[Unlike], look: Look) -> list[Line]:
    pairs = [
        (Span(one.what, Style.BAD if one.refuses else Style.DOUBT), [f"{one.base} → {one.other}"])
        for one in unlike
    ]
    return entries(pairs, look)


def _cautions(cautions: Sequence[str], look: Look) -> list[Line]:
    return [line for one in cautions for line in _wrapped(one, look, 2, Style.DOUBT)]


def _titled(title: str, lines: list[Line]) -> list[Line]:
    return [[], [Span(title, Style.STRONG)], *lines] if lines else []


def _wrapped(text: str, look: Look, indent: int = 0, style: Style = Style.PLAIN) -> list[Line]:
    return [
        [Span(" " * indent), Span(line, style)] for line in wrap(text, look.width - indent, look)
    ]
