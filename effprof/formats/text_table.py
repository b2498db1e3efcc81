"""Columns that line up, within the width there is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from effprof.formats.text_look import Line, Look, Span, Style, cells, pad, shorten, wrap


@dataclass(frozen=True, slots=True)
class Column:
    """What may happen to it where room is short: its texts cut, or all of it left out.

    `least`: the cells its texts may be cut to, by `shorter`; None where they may not be cut.
    """

    title: str = ""
    right: bool = False
    least: int | None = None
    optional: bool = False
    gap: int = 2
    shorter: Callable[[str, int, Look], str] = shorten


Cell = Span | str


def table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], look: Look) -> list[Line]:
    """A dim line of titles, then one line a row, indented by two.

    A column with nothing in it is left out; where room is short, the optional ones from the right.
    """
    body = [[_span(cell, look) for cell in row] for row in rows]
    widths = _fitted(columns, body, look.width - 2)
    titles = [Span(look.clean(column.title), Style.DIM) for column in columns]
    return [_line(columns, widths, row, look) for row in [titles, *body]]


def _span(cell: Cell, look: Look) -> Span:
    span = Span(cell) if isinstance(cell, str) else cell
    return Span(look.clean(span.text), span.style)


def _fitted(columns: Sequence[Column], body: Sequence[Sequence[Span]], room: int) -> list[int]:
    """The width of each column, 0 where it is left out."""
    whole = [_width(column, [row[at].text for row in body]) for at, column in enumerate(columns)]
    widths = _squeezed(columns, whole, room)
    for at in reversed(range(len(columns))):
        if _excess(columns, widths, room) > 0 and columns[at].optional:
            whole[at] = 0
            widths = _squeezed(columns, whole, room)
    while _excess(columns, widths, room) > 0 and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths


def _width(column: Column, texts: Sequence[str]) -> int:
    content = max(map(cells, texts), default=0)
    return max(content, cells(column.title)) if content else 0


def _squeezed(columns: Sequence[Column], whole: Sequence[int], room: int) -> list[int]:
    """Texts cut as far as they may be, those on the right first."""
    widths = list(whole)
    for at in reversed(range(len(columns))):
        excess, least = _excess(columns, widths, room), columns[at].least
        if excess > 0 and least is not None:
            widths[at] = max(widths[at] - excess, min(least, widths[at]))
    return widths


def _excess(columns: Sequence[Column], widths: Sequence[int], room: int) -> int:
    used = [(column.gap, width) for column, width in zip(columns, widths, strict=True) if width]
    return sum(gap + width for gap, width in used) - (used[0][0] if used else 0) - room


def _line(
    columns: Sequence[Column], widths: Sequence[int], row: Sequence[Span], look: Look
) -> Line:
    spans = [Span(" " * 2)]
    for column, width, span in zip(columns, widths, row, strict=True):
        if not width:
            continue
        gap = " " * column.gap if len(spans) > 1 else ""
        text = pad(column.shorter(span.text, width, look), width, right=column.right)
        spans += [Span(gap), Span(text, span.style)]
    return spans


def entries(pairs: Sequence[tuple[Cell, Sequence[Cell]]], look: Look) -> list[Line]:
    """Labels on the left, their paragraphs wrapped beside them; beneath, where it is narrow."""
    labels = [_span(label, look) for label, _ in pairs]
    column = max((cells(label.text) for label in labels), default=0) + 4
    beneath = column > look.width // 2
    lines: list[Line] = []
    for label, (_, paragraphs) in zip(labels, pairs, strict=True):
        texts = _wrapped(paragraphs, look.width - (4 if beneath else column), look)
        if beneath:
            lines.append([Span("  "), Span(shorten(label.text, look.width - 2, look), label.style)])
            lines += [[Span(" " * 4), text] for text in texts]
        else:
            head = Span("  " + pad(label.text, column - 2), label.style)
            blank = Span(" " * column)
            lines += [[blank if at else head, text] for at, text in enumerate(texts)]
    return lines


def _wrapped(paragraphs: Sequence[Cell], width: int, look: Look) -> list[Span]:
    spans = [_span(paragraph, look) for paragraph in paragraphs]
    texts = [Span(text, span.style) for span in spans for text in wrap(span.text, width, look)]
    return texts or [Span("")]
