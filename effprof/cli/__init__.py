"""Words in, exit code out. This file is the last resort; `app.py` holds the commands."""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from effprof.base.errors import EffprofError, ExitCode


def main() -> NoReturn:
    """Run the command line; never a traceback unless --debug (or EFFPROF_DEBUG=1) asks for it."""
    debug = "--debug" in sys.argv or os.environ.get("EFFPROF_DEBUG") == "1"
    sys.argv = [word for word in sys.argv if word != "--debug"]
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), _interrupt)
    try:
        from effprof.cli.app import app

        app()
    except EffprofError as error:
        if debug:
            raise
        error.show(sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("effprof: interrupted\n")
        sys.exit(ExitCode.INTERRUPTED)
    except Exception as bug:
        if debug:
            raise
        _report(bug)
        sys.exit(ExitCode.UNFINISHED)
    except SystemExit as ending:
        if isinstance(ending.__context__, BrokenPipeError):
            _leave_quietly()
        raise
    sys.exit(ExitCode.DONE)


def _report(bug: Exception) -> None:
    """An error nobody foresaw must not end in 1, which says that a limit failed."""
    told = f"this is a bug in effprof: {type(bug).__name__}: {bug}"
    EffprofError(told, hint="--debug shows where; please report it").show(sys.stderr)


def _leave_quietly() -> NoReturn:
    """The reader of our pipe has seen enough (`effprof schema report | head`): no failure."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(ExitCode.DONE)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
