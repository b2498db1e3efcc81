"""Words in, exit code out. This file is the last resort; `app.py` holds the commands."""

import errno
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from effprof.base.errors import EffprofError, ExitCode, LackingError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main(on_work: Callable[[], None], on_end: Callable[[], None]) -> NoReturn:
    """Run the command line; never a traceback unless --debug (or EFFPROF_DEBUG=1) asks for it.

    `on_work` is called when there begins to be something to lose, `on_end` when it is safe.
    """
    debug = "--debug" in sys.argv or os.environ.get("EFFPROF_DEBUG") == "1"
    sys.argv = [word for word in sys.argv if word != "--debug"]
    from effprof.cli.app import app

    try:
        on_work()
        code = _run(app, debug=debug)
        on_end()
    except KeyboardInterrupt:
        on_end()
        sys.stderr.write("effprof: interrupted\n")
        code = ExitCode.INTERRUPTED
    sys.exit(code)


def _run(app: Callable[[], object], *, debug: bool) -> int:
    """The exit code, the same under `debug`: there the traceback stands above the line."""
    try:
        app()
    except EffprofError as error:
        _trace(debug=debug)
        error.show(sys.stderr)
        return error.exit_code
    except Exception as bug:  # noqa: BLE001 - the last resort: see `_report`
        if _began_as(bug, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        _trace(debug=debug)
        if (full := _full_disk(bug)) is not None:
            full.show(sys.stderr)
            return full.exit_code
        _report(bug)
        return ExitCode.UNFINISHED
    except SystemExit as ending:
        if _began_as(ending, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        if _began_as(ending, BrokenPipeError):
            _leave_quietly()
            return ExitCode.DONE
        return int(ending.code or 0)
    return ExitCode.DONE


def _trace(*, debug: bool) -> None:
    """Of what is being handled. Not by raising it: Python would end in 1, a limit that failed."""
    if debug:
        import traceback

        traceback.print_exc()


def _began_as(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether the error came of one of that kind: typer and import hooks put their own on top."""
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


def _full_disk(error: Exception) -> EffprofError | None:
    """What any write can meet: of the table, of inputs unpacked, of a converted model."""
    if not (isinstance(error, OSError) and error.errno in _NO_ROOM):
        return None
    where = f"{error.filename}:" if error.filename else "a file"
    told = f"{where} cannot be written: {str(error.strerror).lower()}"
    return LackingError(told, hint="make room, also in the temporary folder (TMPDIR)")


def _report(bug: Exception) -> None:
    """An error nobody foresaw must not end in 1, which says that a limit failed."""
    told = f"this is a bug in effprof: {type(bug).__name__}: {bug}"
    EffprofError(told, hint="--debug shows where; please report it").show(sys.stderr)


def _leave_quietly() -> None:
    """The reader of our pipe has seen enough (`effprof schema report | head`): no failure."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
