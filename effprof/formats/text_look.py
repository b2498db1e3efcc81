"""How lines look on a terminal: what may be printed, how wide it is, in which style.

Every text passes `Look.clean`, so that a name out of a file can neither steer the terminal nor
make the line wider than it was measured.
"""

import codecs
import os
import shutil
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TextIO

from rich.cells import cell_len

_NARROW = 66
DASH = "–"  # noqa: RUF001
_ASCII = str.maketrans(
    dict(zip("▁▂▃▄▅▆▇█", "_.:-=+*#", strict=True))
    | {"●": "*", "◐": "+", "○": "~", "·": "|", "→": "->", "±": "+-", "…": "..", DASH: "-", "µ": "u"}
)
_WHOLE = {"utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030"}  # can encode every mark and name


class Style(StrEnum):
    """The value is the SGR parameter of the style; none for plain."""

    PLAIN = ""
    STRONG = "1"
    DIM = "2"
    NOTE = "36"
    GOOD = "32"
    DOUBT = "33"
    BAD = "1;31"


class Span(NamedTuple):
    text: str
    style: Style = Style.PLAIN


Line = Sequence[Span]


@dataclass(frozen=True, slots=True)
class Look:
    """What the place where the text will be read can show; the default suits a pipe."""

    width: int = 80
    colour: bool = False
    ascii_only: bool = False

    @property
    def narrow(self) -> bool:
        """No room for an interval beside its value, nor for the headline in one line."""
        return self.width < _NARROW

    @property
    def ellipsis(self) -> str:
        return ".." if self.ascii_only else "…"

    def clean(self, text: str) -> str:
        """Printable on one line, control and invisible characters as escapes; idempotent."""
        if not (text.isascii() and text.isprintable()):
            text = "".join(char if _harmless(char) else _escaped(char) for char in text)
        if not self.ascii_only:
            return text
        return text.translate(_ASCII).encode("ascii", "backslashreplace").decode()


def look_of(stream: TextIO, environ: Mapping[str, str] | None = None) -> Look:
    """What `stream` can show: colour on a terminal without NO_COLOR, ASCII where it must be."""
    words = os.environ if environ is None else environ
    terminal = stream.isatty()
    colour = terminal and not words.get("NO_COLOR") and words.get("TERM") != "dumb"
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return Look(
        width=min(width_of(stream), 120) if terminal else 80,
        colour=colour,
        ascii_only=codecs.lookup(encoding).name not in _WHOLE,
    )


def width_of(stream: TextIO) -> int:
    """Columns of the terminal behind `stream` now; 80 where it does not say."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return columns or shutil.get_terminal_size().columns


def _harmless(char: str) -> bool:
    # Variation selectors are printable, but terminals disagree on the width they make.
    return char.isprintable() and not "\ufe00" <= char <= "\ufe0f"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()


def cells(text: str) -> int:
    """Columns that `text` takes on a terminal."""
    return cell_len(text)


def shorten(text: str, width: int, look: Look) -> str:
    """`text` in at most `width` cells: whole, or without its middle."""
    text = look.clean(text)
    if cells(text) <= width:
        return text
    room = width - len(look.ellipsis)
    if room < 2:
        return _head(text, max(width, 0))
    tail = _head(text[::-1], room // 2)[::-1].lstrip()
    while tail and unicodedata.combining(tail[0]):  # its letter was left behind
        tail = tail[1:]
    return _head(text, room - room // 2).rstrip() + look.ellipsis + tail


def _head(text: str, width: int) -> str:
    """As many first characters as fit; widths are summed one by one, which is never too few."""
    used = 0
    for at, char in enumerate(text):
        used += cell_len(char)
        if used > width:
            return text[:at]
    return text


def wrap(text: str, width: int, look: Look) -> list[str]:
    """Lines of at most `width` cells; a word longer than that is broken, nothing lost.

    No line at all for no words.
    """
    lines: list[str] = []
    line = ""
    for word in look.clean(text).split():
        joined = f"{line} {word}" if line else word
        if cells(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        line = word
        while cells(line) > width and (head := _head(line, width)):
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line] if line else lines


def pad(text: str, width: int, *, right: bool = False) -> str:
    blank = " " * (width - cells(text))
    return blank + text if right else text + blank


def render(lines: Iterable[Line], look: Look) -> str:
    """The lines as one string, each with its newline; whatever came in, none is too wide."""
    return "".join(_rendered(line, look) + "\n" for line in lines)


def _rendered(line: Line, look: Look) -> str:
    room, done = look.width, ""
    last = len(line) - 1
    for at, span in enumerate(line):
        text = shorten(span.text, room, look)
        text = text.rstrip() if at == last else text
        room -= cells(text)
        styled = look.colour and span.style and text.strip()
        done += f"\x1b[{span.style}m{text}\x1b[0m" if styled else text
    return done if look.colour else done.rstrip()
