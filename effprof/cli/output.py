"""Where what was found goes: the JSON of reports, kept up to date while it grows, and a page."""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from effprof.base.errors import LackingError, ReportError, RequestError
from effprof.report import save
from effprof.report.codec import dump
from effprof.report.report import Report


class Destination:
    """The words of --json and --html: a file, `-` or nothing. `many`: several targets."""

    def __init__(self, word: str | None, page: str | None = None, *, many: bool) -> None:
        self._word, self._page, self._many = word, page, many
        self._done: list[Report] = []
        if word == page == "-":
            raise RequestError("--json and --html cannot both be stdout", hint="name a file")
        for one in (word, page):
            if one not in (None, "-"):
                _refuse_unwritable(Path(str(one)))

    @property
    def stdout_taken(self) -> bool:
        return "-" in (self._word, self._page)

    @property
    def _grows(self) -> bool:
        """A file, which each report so far replaces; stdout, pipes and devices are written once."""
        return self._word not in (None, "-") and not save.is_special(Path(str(self._word)))

    def keeper(self) -> Callable[[Report], None] | None:
        """What keeps an unfinished report on disk, so that a crash of ours loses no trial."""
        return self._keep if self._grows else None

    def _keep(self, report: Report) -> None:
        """A disk that is full now need not be when the report is finished: that error counts."""
        with suppress(LackingError, ReportError):
            save.save(self._text(report), Path(str(self._word)))

    def add(self, report: Report) -> None:
        """A finished report."""
        self._done.append(report)
        if self._grows:
            self._save()

    def finish(self) -> None:
        """Stdout, a pipe and a device get their JSON in one piece, once everything is measured."""
        from effprof.cli.report import write

        if not self._done:
            return
        if self._word == "-":
            save.put(self._text(), "-")
        elif self._word is not None and not self._grows:
            self._save()
        write(self._done, {"html": self._page})

    def _text(self, *extra: Report) -> str:
        reports = [*self._done, *extra]
        return dump(reports if self._many else reports[-1])

    def _save(self) -> None:
        """To the file; where that fails, to the temporary folder, and the error says so."""
        assert self._word is not None
        try:
            save.save(self._text(), Path(self._word))
        except (LackingError, ReportError) as error:
            spare = Path(tempfile.gettempdir()) / f"effprof-{self._done[0].id}.json"
            try:
                save.save(self._text(), spare)
            except (LackingError, ReportError):
                raise error from None
            raise LackingError(error.message, hint=f"the report is at {spare}") from error


def put_json(document: Mapping[str, Any], where: str) -> None:
    """One that is no report: to a file, or to stdout where that is "-"."""
    save.put(json.dumps(document, indent=2, allow_nan=False) + "\n", where)


def tell(stream: TextIO, text: str) -> None:
    """What a person reads; a reader who has left (`| head`) ends neither the work nor its code."""
    try:
        stream.write(text)
        stream.flush()
    except OSError as bad:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # the rest, and at exit
        if not isinstance(bad, BrokenPipeError):
            raise


def _refuse_unwritable(path: Path) -> None:
    """Said before anything is measured, not after."""
    nowhere = path.is_dir() or not path.resolve().parent.is_dir()
    if nowhere and not save.is_special(path):
        save.save("", path)
