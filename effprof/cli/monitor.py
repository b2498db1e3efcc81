"""`effprof monitor`: measures again and again, keeps it, serves the newest values."""

from pathlib import Path
from typing import Annotated

import typer

from effprof.cli import complete

EPILOG = """Examples:

  effprof monitor model.onnx -t edge --every 10min

  effprof monitor model.onnx -t edge --every 1h --port 9309
"""


def monitor(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="An ONNX or TFLite file.", show_default=False)
    ],
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            "-t",
            metavar="TARGET",
            help="As for measure; may repeat. Default: edge.",
            autocompletion=complete.targets,
        ),
    ] = None,
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
    threads: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Threads. Default: the target's.")
    ] = None,
    dim: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=N", help="Size of a symbolic dimension; may repeat."),
    ] = None,
    shape: Annotated[
        list[str] | None,
        typer.Option(metavar="INPUT=SHAPE", help="Shape of an input, as x=1x3x224x224."),
    ] = None,
    inputs: Annotated[
        Path | None, typer.Option(metavar="FILE.npz|DIR", help="Items, as for measure.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(metavar="FILE.npy", help="The class of each item.")
    ] = None,
    time: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=0.1, max=1e6, help="Ceiling of the timed part, per target."
        ),
    ] = 10.0,
    db: Annotated[
        str | None,
        typer.Option(metavar="FILE|URL", help="The history. Default: EFFPROF_DB, or yours."),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=1, max=1e6, help="How long a worker may stay in one phase."
        ),
    ] = 300.0,
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
    from effprof.measure.prepare import Asked
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
            source=inputs,
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
