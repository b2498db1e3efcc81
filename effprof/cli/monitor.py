"""`effprof monitor`: measures again and again, keeps it, serves the newest values."""

from pathlib import Path
from typing import Annotated

import typer

from effprof.cli import complete, options

EPILOG = """Examples:

  effprof monitor model.onnx -t edge --every 10min

  effprof monitor model.onnx -t edge --every 1h --port 9309
"""


def monitor(
    model: options.Model,
    target: options.TargetAsMeasure = None,
    every: Annotated[
        str, typer.Option(metavar="TIME", help="From the start of one round to the next, as 10min.")
    ] = "10min",
    count: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Rounds. Default: until Ctrl-C.")
    ] = None,
    port: Annotated[
        int, typer.Option(metavar="P", min=0, max=65535, help="To serve on; 0 takes a free one.")
    ] = 9309,
    address: Annotated[
        str, typer.Option(metavar="A", help="To serve on; 0.0.0.0 is every network.")
    ] = "127.0.0.1",
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="P",
            help="Priorities. Default: the target's own.",
            autocompletion=complete.profiles,
        ),
    ] = None,
    budget: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Absolute limits; served as verdicts.")
    ] = None,
    threads: options.Threads = None,
    dim: options.Dim = None,
    shape: options.Shape = None,
    inputs: options.Inputs = None,
    labels: options.Labels = None,
    time: options.Time = 10.0,
    db: options.DbRead = None,
    timeout: options.Timeout = 300.0,
) -> None:
    """Measure MODEL again and again; keep it, warn of a change, serve the newest to Prometheus.

    The first round begins at once. What goes wrong in a later one is said, and the next goes on.
    Ctrl-C ends it with 130; what was measured is kept.
    """
    import sys

    from effprof.cli import words
    from effprof.cli.judged import judges
    from effprof.cli.kept import Keeper
    from effprof.cli.rounds import Rounds
    from effprof.cli.serve import serving
    from effprof.history.place import chosen
    from effprof.measure.asked import Asked
    from effprof.model.flags import parse_dims, parse_shapes
    from effprof.target import load

    words.refuse_infinite({"--time": time, "--timeout": timeout})
    every_s = words.seconds("--every", every)
    assert every_s is not None
    asked = [
        Asked(
            model=model,
            target=load(word),
            threads=threads,
            dims=parse_dims(dim or ()),
            shapes=parse_shapes(shape or ()),
            inputs=inputs,
            labels=labels,
            ceiling_s=time,
            silence_s=timeout,
            command=words.command(sys.argv[1:]),
        )
        for word in dict.fromkeys(target or ("edge",))
    ]
    panels = [judges(profile or one.target.profile, budget) for one in asked]
    rounds = Rounds(asked, panels, Keeper(chosen(db), model, "monitor"), every_s)
    with serving(rounds.board, address, port) as url:
        typer.echo(f"effprof: serving {url}", err=True)
        try:
            code = rounds.run(count)
        finally:
            rounds.keeper.close()
    raise typer.Exit(code)
