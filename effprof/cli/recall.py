"""`effprof history show` and `trend`, which import no more than they take."""

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice

from effprof.base.metrics import CATALOGUE
from effprof.cli import words
from effprof.cli.listed import show
from effprof.formats import trend_text
from effprof.formats.text_look import Line, Look, Span, Style
from effprof.history import listing, trends
from effprof.history.asking import Ask
from effprof.history.place import Place
from effprof.history.quick import answered
from effprof.history.wanted import Wanted
from effprof.report.trend import TREND, SeriesTrend, Trends

_SERIES = 10
"""Series that a trend shows where no model is named: each takes its time."""


def shown(where: Place, word: str, json: str | None) -> None:
    from effprof.formats.text import text_for
    from effprof.report import codec, save

    name, held = answered(where, partial(listing.document, word=word))
    report = codec.parse(held, name)
    if json:
        save.put(codec.dump(report), json)
    stream = sys.stderr if json == "-" else sys.stdout
    stream.write(text_for(stream, report))


def trend(
    where: Place, wanted: Wanted, metrics: Sequence[str], last: int | None, json: str | None
) -> None:
    names = _metrics(metrics)

    def question(ask: Ask) -> tuple[tuple[SeriesTrend, ...], bool, bool]:
        every = trends.trends(ask, wanted, names, last or trends.LOOKED_AT)
        found = tuple(every if wanted.model else islice(every, _SERIES))
        more = not wanted.model and next(every, None) is not None
        return found, more, listing.count(ask, Wanted()) == 0

    found, more, empty = answered(where, question)
    if json:
        from effprof.report import codec, save

        save.put(codec.dump_plain(Trends(TREND, found)), json)
    nothing = "nothing kept yet" if empty else "no such reports are kept"
    told = f"the {_SERIES} series measured last; MODEL shows all of one"
    rest: list[Line] = [[], [Span(told, Style.DIM)]] if more else []
    show(lambda look: [*_trends(found, look), *rest] or [[Span(nothing)]], json)


def _trends(found: Iterable[SeriesTrend], look: Look) -> list[Line]:
    shown: list[Line] = []
    for one in found:
        shown += [[]] if shown else []
        shown += trend_text.trend(one, look)
    return shown


def _metrics(keys: Sequence[str]) -> Sequence[str]:
    if not keys:
        return trends.HEADLINES
    return tuple(CATALOGUE) if "all" in keys else words.metrics(keys)
