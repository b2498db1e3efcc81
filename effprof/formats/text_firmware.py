"""What a microcontroller would hold of the model, and whether it has the room."""

from collections.abc import Mapping, Sequence

from effprof.base.quantity import show
from effprof.formats.text_look import Line, Look, Span, Style
from effprof.formats.text_table import Cell, entries
from effprof.report.report import Report

_MOST_SECTIONS = 6
_CALLED = {"size.flash": "flash", "memory.ram": "RAM"}


def firmware(report: Report, look: Look) -> list[Line]:
    """By section, in bytes; what the part lacks; whose kernels all of it is of."""
    held = report.firmware
    if held is None:
        return []
    pairs: list[tuple[Cell, Sequence[Cell]]] = [
        (Span("flash", Style.DIM), [_sections(held.flash)]),
        (Span("RAM", Style.DIM), [_sections(held.ram)]),
        (Span("room", Style.DIM), [_room(report)]),
        (Span("kernels", Style.DIM), [held.kernels]),
    ]
    if held.published:
        pairs.append((Span("published", Style.DIM), [*held.published]))
    if held.kept:
        pairs.append((Span("kept in", Style.DIM), [held.kept]))
    return [[Span("Firmware", Style.STRONG)], *entries(pairs, look)]


def _sections(sizes: Mapping[str, int]) -> str:
    order = sorted(sizes.items(), key=lambda item: -item[1])
    told = [f"{name} {show(size, 'B')}" for name, size in order[:_MOST_SECTIONS] if size]
    rest = sum(size for _, size in order[_MOST_SECTIONS:])
    told += [f"the rest {show(rest, 'B')}"] if rest else []
    return ", ".join(told) or "none"


def _room(report: Report) -> Cell:
    assert report.firmware is not None
    if report.firmware.fits:
        used = {
            key: report.metrics[key].value for key in report.firmware.room if key in report.metrics
        }
        told = [
            f"{used[key] / room * 100:.2g} % of {show(room, 'B')} {_CALLED.get(key, key)}"
            for key, room in report.firmware.room.items()
            if key in used
        ]
        return Span(", ".join(["it fits", *told]), Style.GOOD)
    return Span("it does not fit: " + "; ".join(report.firmware.lacks), Style.BAD)
