"""`effprof history list`, apart from its like, so that it imports no more than it takes."""

import sys
from collections.abc import Callable

from effprof.formats import history_text
from effprof.formats.text_look import Line, Look, Span, look_of, render
from effprof.history import listing
from effprof.history.asking import Ask
from effprof.history.place import Place
from effprof.history.quick import answered
from effprof.history.wanted import Wanted
from effprof.report.history import Entry


def listed(where: Place, wanted: Wanted, last: int, json: str | None) -> None:
    def question(ask: Ask) -> tuple[tuple[Entry, ...], int]:
        return listing.entries(ask, wanted, last), listing.count(ask, wanted)

    found, count = answered(where, question)
    if json:
        from effprof.report import codec, save
        from effprof.report.history import ENTRIES, Entries

        save.put(codec.dump_plain(Entries(ENTRIES, count, found)), json)
    nothing = "nothing kept yet" if wanted == Wanted() else "no such reports are kept"
    none: list[Line] = [[Span(nothing)]]
    show(lambda look: history_text.entries(found, count, look) if found else none, json)


def show(lines_of: Callable[[Look], list[Line]], json: str | None) -> None:
    """To stdout, or beside it where that holds the JSON."""
    stream = sys.stderr if json == "-" else sys.stdout
    look = look_of(stream)
    stream.write(render(lines_of(look), look))
