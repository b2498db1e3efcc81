"""`effprof history prune`, `export` and `import`: what takes reports out, and brings others in."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from effprof.base.errors import EffprofError, RequestError
from effprof.cli import words
from effprof.cli.outputs import refuse_replaced
from effprof.history import lines
from effprof.history.place import Place
from effprof.history.store import History
from effprof.history.wanted import Wanted
from effprof.report import save
from effprof.report.history import Kept

_AT_ONCE = 200
"""Reports brought in by one transaction: other writers get their turn between two of them."""


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
    if word != "-":
        refuse_replaced([("history export", Path(word))], ())
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
