"""Words in, exit code out. One file per command; this one holds the app and the last resort.

Nothing heavy is imported here: each command imports what it needs inside its body.
"""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import typer

from effprof.base.errors import EffprofError, ExitCode
from effprof.cli import (
    calibrate,
    check,
    doctor,
    inspect,
    measure,
    profiles,
    schema,
    score,
    setup,
    targets,
)

app = typer.Typer(
    name="effprof",
    help="What will this model cost where it will live, is that good enough, and how sure are we?",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=measure.EPILOG)(measure.measure)
app.command(epilog=score.EPILOG)(score.score)
app.command(epilog=check.EPILOG)(check.check)
app.command(epilog=inspect.EPILOG)(inspect.inspect)
app.command(epilog=targets.EPILOG)(targets.targets)
app.command(epilog=profiles.EPILOG)(profiles.profiles)
app.command(epilog=doctor.EPILOG)(doctor.doctor)
app.command(epilog=setup.EPILOG)(setup.setup)
app.command(epilog=calibrate.EPILOG)(calibrate.calibrate)
app.command(epilog=schema.EPILOG)(schema.schema)


def main() -> NoReturn:
    """Run the command line; never a traceback unless --debug (or EFFPROF_DEBUG=1) asks for it."""
    debug = "--debug" in sys.argv or os.environ.get("EFFPROF_DEBUG") == "1"
    words = [word for word in sys.argv[1:] if word != "--debug"]
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), _interrupt)
    try:
        app(args=words, standalone_mode=True)
    except EffprofError as error:
        if debug:
            raise
        error.show(sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("effprof: interrupted\n")
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.DONE)
    sys.exit(ExitCode.DONE)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
