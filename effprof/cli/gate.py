"""`effprof gate`: a candidate held against its baseline, one verdict for CI."""

from pathlib import Path
from typing import Annotated

import typer

from effprof.base.vocabulary import MOST_THREADS, CountsAs
from effprof.cli import options

EPILOG = """Examples:

  effprof gate new.onnx --baseline old.onnx

  effprof gate new.onnx --baseline old.onnx -t edge -t nrf52840 --json gate.json

  effprof gate net.onnx --baseline net.onnx --baseline-runtime onnxruntime==1.24.4

  effprof gate new.onnx --baseline report.json

  effprof gate --baseline ../base
"""

# Where a project's file says the rest.
_BESIDE_A_PROJECT = (
    "candidate", "baseline", "undecided", "seed", "timeout", "json", "html", "history", "db",
    "quiet",
)  # fmt: skip


def gate(
    context: typer.Context,
    candidate: Annotated[
        Path | None,
        typer.Argument(
            metavar="CANDIDATE",
            help="The model that is to go in, or a project's YAML file. Default: effprof.yaml.",
            show_default=False,
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="BASE",
            help="What it is held against: a model, a saved report or, of a project, a checkout.",
            show_default=False,
        ),
    ] = None,
    target: options.Target = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="What to gate; may repeat. Default: by the target."),
    ] = None,
    margin: Annotated[
        str, typer.Option(metavar="SHARE", help="Worse by surely more than this fails.")
    ] = "1%",
    tolerance: Annotated[
        str, typer.Option(metavar="SHARE", help="Worse by surely less than this passes.")
    ] = "4%",
    time: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=1, max=1e6, help="Undecided after this long, per target."
        ),
    ] = 60.0,
    undecided: Annotated[
        CountsAs | None,
        typer.Option(help="What undecided counts as. Default: exit code 5."),
    ] = None,
    threads: Annotated[
        int, typer.Option(metavar="N", min=1, max=MOST_THREADS, help="Threads of the runtime.")
    ] = 1,
    runtime: Annotated[
        str | None, typer.Option(metavar="NAME==VERSION", help="Of the candidate.")
    ] = None,
    baseline_runtime: Annotated[
        str | None, typer.Option(metavar="NAME==VERSION", help="Of the baseline.")
    ] = None,
    batch: Annotated[int | None, typer.Option(metavar="N", min=1, help="Items a run.")] = None,
    dim: options.Dim = None,
    shape: options.Shape = None,
    input_: options.Input = None,
    inputs: Annotated[
        Path | None,
        typer.Option(metavar="FILE.npz|DIR", help="Items for both models."),
    ] = None,
    labels: options.Labels = None,
    reference: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="Model whose answers both are held against."),
    ] = None,
    allow_modelled: Annotated[
        bool, typer.Option("--allow-modelled", help="Modelled figures may fail the gate.")
    ] = False,
    normalise: Annotated[
        bool,
        typer.Option("--normalise", help="Saved report of another host: scaled, with wide bounds."),
    ] = False,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of inputs and orders.")] = 0,
    json: options.Json = None,
    html: options.Html = None,
    history: options.History = None,
    db: options.Db = None,
    quiet: options.Quiet = False,
    timeout: options.Timeout = 300.0,
) -> None:
    """Hold CANDIDATE against BASE: measured together, block by block, until a verdict is sure.

    Exit codes: 0 passed, 1 failed, 2 the request makes no sense, 3 this machine lacks something,
    4 the measurement did not finish, 5 undecided, 130 interrupted.
    """
    import sys

    from effprof.base.errors import RequestError
    from effprof.cli import words
    from effprof.cli.gated import files_of, jobs_of, project_of
    from effprof.cli.gates import gate_all
    from effprof.cli.kept import keeper_for
    from effprof.cli.output import Destination
    from effprof.cli.outputs import outputs_of, refuse_replaced
    from effprof.gate.decide import Rule
    from effprof.gate.job import Job
    from effprof.gate.run import Wanted
    from effprof.history.place import place
    from effprof.measure.asked import Asked
    from effprof.model.flags import parse_dims, parse_shapes
    from effprof.target import load

    words.refuse_infinite({"--time": time, "--timeout": timeout})
    project = project_of(candidate, baseline)
    rule = Rule(*words.zones(margin, tolerance))
    wanted = Wanted(rule, words.metrics(metric or ()), time, allow_modelled=allow_modelled)
    command = words.command(sys.argv[1:])
    where = place(db)
    if project is not None:
        _refuse_beside_a_project(context)
        refuse_replaced(outputs_of(context), files_of(project))
        jobs = jobs_of(project, where, seed, timeout, command)
        undecided = undecided or project.undecided
    elif candidate is None or baseline is None:
        raise RequestError(
            "nothing to hold it against", hint="effprof gate CANDIDATE --baseline BASE"
        )
    else:
        jobs = [
            Job(
                Asked(
                    model=candidate,
                    target=load(word),
                    batches=() if batch is None else (batch,),
                    threads=threads,
                    dims=parse_dims(dim or ()),
                    shapes=parse_shapes(shape or ()),
                    values=tuple(input_ or ()),
                    inputs=inputs,
                    labels=labels,
                    reference=reference,
                    runtime=runtime,
                    seed=seed,
                    silence_s=timeout,
                    command=command,
                ),
                baseline,
                baseline_runtime or runtime,
                wanted,
                normalise=normalise,
                history=where,
            )
            for word in (target or ("edge",))
        ]
    keeper = keeper_for(jobs[0].asked.model, history=history, db=db, made_by="gate")
    destination = Destination(json, html, many=len(jobs) > 1)
    raise typer.Exit(gate_all(jobs, undecided, destination, keeper, quiet=quiet))


def _refuse_beside_a_project(context: typer.Context) -> None:
    """What the file says is not said again on the command line."""
    from effprof.base.errors import RequestError

    for param in context.command.params:
        source = context.get_parameter_source(str(param.name))
        given = source is not None and source.name == "COMMANDLINE"
        if given and param.name not in _BESIDE_A_PROJECT:
            told = f"{max(param.opts, key=len)} says nothing with a project's file"
            raise RequestError(told, hint="write it in the file")
