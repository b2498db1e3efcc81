"""What `effprof history` does with the history it opened: one function an action but the list."""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import typer

from effprof.base.errors import EffprofError, RequestError
from effprof.base.metrics import CATALOGUE
from effprof.cli import words
from effprof.cli.listed import show
from effprof.formats import trend_text
from effprof.formats.text import text_for
from effprof.formats.text_look import Line, Look, Span, Style
from effprof.history import lines
from effprof.history.place import Place
from effprof.history.store import LOOKED_AT, History
from effprof.history.trends import HEADLINES
from effprof.history.wanted import Wanted
from effprof.report import codec, save
from effprof.report.history import Kept
from effprof.report.trend import TREND, SeriesTrend, Trends

_SERIES = 10
"""Series that a trend shows where no model is named: each takes its time."""
_AT_ONCE = 200
"""Reports brought in by one transaction: other writers get their turn between two of them."""


def shown(where: Place, word: str, json: str | None) -> None:
    with History(where) as history:
        report = history.find(word)
    if json:
        save.put(codec.dump(report), json)
    stream = sys.stderr if json == "-" else sys.stdout
    stream.write(text_for(stream, report))


def trend(
    where: Place, wanted: Wanted, metrics: Sequence[str], last: int | None, json: str | None
) -> None:
    names = _metrics(metrics)
    with History(where) as history:
        every = history.trends(wanted, names, last or LOOKED_AT)
        found = tuple(every if wanted.model else islice(every, _SERIES))
        more = not wanted.model and next(every, None) is not None
        nothing = "nothing kept yet" if history.count(Wanted()) == 0 else "no such reports are kept"
    if json:
        save.put(codec.dump_plain(Trends(TREND, found)), json)
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
        return HEADLINES
    if "all" in keys:
        return tuple(CATALOGUE)
    return words.metrics(keys)


def prune(
    where: Place, wanted: Wanted, keep: int | None, older_than: str | None, *, sure: bool
) -> None:
    if keep is None and older_than is None:
        raise RequestError("history prune: which ones?", hint="--keep 100, --older-than 90d, both")
    before = None if older_than is None else _ago(older_than)
    with History(where) as history:
        there, doomed = history.count(wanted), history.doomed(wanted, keep or 0, before)
        agreed = doomed and (sure or _confirmed(doomed, there, where))
        removed = history.prune(wanted, keep or 0, before) if agreed else 0
    typer.echo(f"removed {removed} of {there} reports")


def _ago(word: str) -> datetime:
    seconds = words.seconds("--older-than", word) or 0.0
    try:
        return datetime.now(UTC) - timedelta(seconds=seconds)
    except OverflowError as bad:
        raise RequestError(f"--older-than {word}: before all time", hint="as 90d") from bad


def _confirmed(doomed: int, there: int, where: Place) -> bool:
    told = f"remove {doomed} of {there} reports from {where.shown}"
    if not sys.stdin.isatty():
        raise RequestError(f"history prune: would {told}", hint="--yes does it without asking")
    return typer.confirm(f"{told[0].upper()}{told[1:]}, for good?", err=True)


def export(where: Place, wanted: Wanted, word: str) -> None:
    """Line by line to stdout; a file is written whole or not at all."""
    with History(where) as history:
        if word == "-":
            for one in history.all(wanted):
                sys.stdout.buffer.write(lines.write(one).encode())
            sys.stdout.buffer.flush()
            return
        path, count = Path(word), 0
        with save.writing(path) as file:
            for one in history.all(wanted):
                file.write(lines.write(one))
                count += 1
    typer.echo(f"{path}: {count} reports", err=True)


def bring(where: Place, word: str) -> None:
    """In parts; what was brought in before a bad line stays, and is not brought in twice."""
    seen = added = 0
    batch: list[Kept] = []
    with History(where, new=True) as history:
        try:
            for one in lines.read(word):
                batch.append(one)
                if len(batch) == _AT_ONCE:
                    added, seen = added + history.keep(batch), seen + len(batch)
                    batch = []
        except EffprofError:
            added, seen = added + history.keep(batch), seen + len(batch)
            if seen:
                typer.echo(f"{added} of {seen} reports before the bad one were new", err=True)
            raise
        added, seen = added + history.keep(batch), seen + len(batch)
    typer.echo(f"{added} of {seen} reports were new")
