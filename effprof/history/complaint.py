"""What a database said that went wrong, as one clear line with the right exit code."""

from effprof.base.errors import EffprofError, HistoryError, LackingError

_TOLD = (
    # in what the driver says, what it means, what to do, whether the file itself is to blame
    (
        ("not a database", "malformed"),
        "damaged, or no history of effprof",
        "name another with --db; one that was yours, move away: the next measurement begins anew",
        True,
    ),
    (("disk is full", "no space"), "no room on the disk", "free some, or name another --db", False),
    (
        ("locked", "lock timeout", "busy"),
        "another process has been writing for too long",
        "try again when it is done",
        False,
    ),
    (
        ("readonly", "unable to open", "permission denied", "read-only", "disk i/o error"),
        "cannot be written",
        "name another with --db, or another folder with EFFPROF_DATA; in PostgreSQL, grant CREATE",
        False,
    ),
)


def complaint(where: str, bad: Exception) -> EffprofError:
    said = _said(bad)
    for words, meaning, hint, to_blame in _TOLD:
        if any(word in said.lower() for word in words):
            kind = HistoryError if to_blame else LackingError
            return kind(f"{where}: {meaning} ({said})", hint=hint)
    return LackingError(f"{where}: {said}", hint="is the database there, and is it yours to use?")


def _said(bad: Exception) -> str:
    """The first line of the driver's own words: SQLAlchemy adds the statement and its values,
    PostgreSQL a question and the addresses it tried.
    """
    told = str(getattr(bad, "orig", None) or getattr(bad, "strerror", None) or bad)
    lines = (" ".join(line.split()) for line in told.splitlines())
    return next(filter(None, lines), type(bad).__name__)[:300]
