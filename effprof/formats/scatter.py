"""A small plot of points in text: two metrics, ends of the axes labelled, ASCII alone."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from effprof.base.metrics import unit_of
from effprof.base.quantity import show_metric
from effprof.formats.text_look import Line, Look, Span, Style, cells, shorten

_HEIGHT = 10
_WIDEST = 60
_NEIGHBOURS = ((0, 0), (1, 0), (0, 1), (0, -1), (1, 1), (1, -1))


class Mark(NamedTuple):
    across: float
    up: float
    label: str
    style: Style = Style.PLAIN


def scatter(
    marks: Sequence[Mark], metrics: tuple[str, str], names: Sequence[str], look: Look
) -> list[Line]:
    """Earlier marks win their cell; one that finds no free cell near it is left out."""
    ends = [_ends([mark.across for mark in marks]), _ends([mark.up for mark in marks])]
    labels = [[_shown(key, end) for end in pair] for key, pair in zip(metrics, ends, strict=True)]
    gutter = max(map(cells, labels[1])) + 2
    width = min(_WIDEST, look.width - gutter - 2)
    grid: dict[tuple[int, int], Span] = {}
    for mark in marks:
        spot = _position(mark.across, ends[0], width), _position(mark.up, ends[1], _HEIGHT)
        _put(grid, spot, mark, width)
    lines: list[Line] = [[Span("  " + shorten(names[1], look.width - 2, look), Style.DIM)]]
    for height in reversed(range(_HEIGHT)):
        label = {_HEIGHT - 1: labels[1][1], 0: labels[1][0]}.get(height, "")
        lines.append(
            [Span(f"{label:>{gutter}}", Style.DIM), Span("|"), *_cells(grid, height, width)]
        )
    low, high = labels[0]
    lines.append([Span(" " * gutter), Span("+" + "-" * width)])
    blank = " " * max(width - cells(low) - cells(high), 1)
    lines.append([Span(" " * (gutter + 1)), Span(f"{low}{blank}{high}", Style.DIM)])
    under = shorten(names[0], look.width - gutter - 1, look)
    return [*lines, [Span(" " * (gutter + 1)), Span(under, Style.DIM)]]


def _put(grid: dict[tuple[int, int], Span], spot: tuple[int, int], mark: Mark, width: int) -> None:
    column = min(spot[0], width - len(mark.label))
    for right, above in _NEIGHBOURS:
        wanted = [(column + right + at, spot[1] + above) for at in range(len(mark.label))]
        inside = all(0 <= x < width and 0 <= y < _HEIGHT for x, y in wanted)
        if inside and not any(place in grid for place in wanted):
            grid.update(
                (place, Span(char, mark.style))
                for place, char in zip(wanted, mark.label, strict=True)
            )
            return
        if mark.label == ".":
            return


def _cells(grid: dict[tuple[int, int], Span], height: int, width: int) -> list[Span]:
    return [grid.get((at, height), Span(" ")) for at in range(width)]


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _position(value: float, ends: tuple[float, float], size: int) -> int:
    """From 0 to size - 1, in the logarithm where both ends are above 0."""
    low, high = ends
    if low == high:
        return size // 2
    if low > 0:
        value, low, high = math.log(value), math.log(low), math.log(high)
    width = high / 2 - low / 2  # halves, since the whole may be more than a float holds
    return round((value / 2 - low / 2) / width * (size - 1)) if width else size // 2


def _shown(key: str, value: float) -> str:
    return show_metric(key, value, unit_of(key))
