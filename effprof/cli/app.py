"""The app: every command, in the order of the help. One file per command.

Nothing heavy is imported here: each command imports what it needs inside its body.
"""

from typing import Annotated

import typer

from effprof import __version__
from effprof.cli import (
    calibrate,
    check,
    compare,
    doctor,
    gate,
    history,
    inspect,
    measure,
    misuse,
    monitor,
    outputs,
    profiles,
    report,
    schema,
    score,
    setup,
    targets,
    variants,
)

ABOUT = "What will this model cost where it will live, is that good enough, and how sure are we?"

app = typer.Typer(
    name="effprof",
    cls=misuse.Words,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"effprof {__version__}")
        raise typer.Exit


@app.callback(help=ABOUT)
def _top(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_show_version, help="Show the version and exit."
        ),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Both are done with before a command is reached: --debug in cli/__init__.py."""


app.command(cls=outputs.Command, epilog=measure.EPILOG)(measure.measure)
app.command(cls=outputs.Command, epilog=score.EPILOG)(score.score)
app.command(cls=outputs.Command, epilog=compare.EPILOG)(compare.compare)
app.command(cls=outputs.Command, epilog=gate.EPILOG)(gate.gate)
app.command(cls=outputs.Command, epilog=check.EPILOG)(check.check)
app.command(cls=outputs.Command, epilog=history.EPILOG)(history.history)
app.command(cls=outputs.Command, epilog=report.EPILOG)(report.report)
app.command(cls=outputs.Command, epilog=monitor.EPILOG)(monitor.monitor)
app.command(cls=outputs.Command, epilog=inspect.EPILOG)(inspect.inspect)
app.command(cls=outputs.Command, epilog=variants.EPILOG)(variants.variants)
app.command(cls=outputs.Command, epilog=targets.EPILOG)(targets.targets)
app.command(cls=outputs.Command, epilog=profiles.EPILOG)(profiles.profiles)
app.command(cls=outputs.Command, epilog=doctor.EPILOG)(doctor.doctor)
app.command(cls=outputs.Command, epilog=setup.EPILOG)(setup.setup)
app.command(cls=outputs.Command, epilog=calibrate.EPILOG)(calibrate.calibrate)
app.command(cls=outputs.Command, epilog=schema.EPILOG)(schema.schema)
