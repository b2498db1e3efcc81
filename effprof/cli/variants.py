"""`effprof variants`: what a model could be made into, measured, judged, one recommended."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from effprof.cli import complete, options

if TYPE_CHECKING:
    from effprof.report.report import Report
    from effprof.report.variants import Chosen

EPILOG = """Examples:

  effprof variants model.onnx -t edge -t mobile --inputs heldout.npz

  effprof variants model.onnx -t edge --student small.onnx --keep variants

  effprof variants model.onnx -t cloud-cpu --price 0.17USD/h --student small.onnx
"""


def variants(
    model: options.Model,
    target: options.TargetAsMeasure = None,
    student: Annotated[
        list[Path] | None,
        typer.Option(metavar="MODEL", help="A smaller model of yours to try too; may repeat."),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="P",
            help="Priorities. Default: each target's own.",
            autocompletion=complete.profiles,
        ),
    ] = None,
    inputs: options.Inputs = None,
    labels: options.Labels = None,
    dim: options.Dim = None,
    batch: Annotated[
        str,
        typer.Option(metavar="N[,N]", help="Items a run, on targets of a cloud."),
    ] = "1,8,32",
    price: Annotated[
        str | None,
        typer.Option(metavar="USD/h", help="Of a cloud's machine: 3.60USD/h, for its score."),
    ] = None,
    power_price: Annotated[
        str | None, typer.Option(metavar="USD/kWh", help="Of its energy, as for measure.")
    ] = None,
    threads: options.Threads = None,
    time: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=0.1, max=1e6, help="Ceiling of the timed part of each."
        ),
    ] = 5.0,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of random inputs.")] = 0,
    json: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Write all reports and the choices.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the files that were made here.")
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=1, max=1e6, help="How long a step may take."),
    ] = 300.0,
) -> None:
    """Make variants of MODEL for each target, measure and score them, recommend one.

    As it is, fp16, int8, int8 quantised dynamically, half and four fifths of the weights pruned,
    a quarter of the channels cut out, and your students: what a target can take of them. Quality
    is held against MODEL. Ctrl-C keeps what is measured: it is shown, and written to --json.
    """
    import sys
    import tempfile

    from msgspec.structs import replace

    from effprof.base.errors import ExitCode
    from effprof.cli import words
    from effprof.cli.judged import judges, worst
    from effprof.cli.round import Pace, measured
    from effprof.convert import Limits
    from effprof.formats.progress import Progress
    from effprof.formats.text_look import look_of, render
    from effprof.formats.variants_text import chosen
    from effprof.judge.recommend import recommend
    from effprof.measure.asked import Asked
    from effprof.measure.variants import asked_for, made, on
    from effprof.model.flags import parse_dims
    from effprof.target import load

    words.refuse_infinite({"--time": time, "--timeout": timeout})
    prices = words.prices(price, power_price)
    everywhere = Asked(
        model=model,
        target=load("edge"),
        threads=threads,
        dims=parse_dims(dim or ()),
        inputs=inputs,
        labels=labels,
        ceiling_s=time,
        prices=prices,
        seed=seed,
        silence_s=timeout,
        command=words.command(sys.argv[1:]),
    )
    targets = [load(word) for word in dict.fromkeys(target or ("edge",))]
    asked = [on(everywhere, one, words.batches(batch)) for one in targets]
    panels = [judges(profile or one.target.profile, None) for one in asked]
    stream = sys.stderr if json == "-" else sys.stdout
    look = look_of(stream)
    reports: list[Report] = []
    choices, codes = [], []
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        folder = keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        with Progress(sys.stderr) as progress:
            files = made(model, student or (), folder, Limits(timeout), progress.phase)
        rounds = [list(asked_for(one, files)) for one in asked]
        pace = Pace(sum(not isinstance(wanted, str) for one in rounds for _, wanted in one))
        for one, panel, wanted in zip(asked, panels, rounds, strict=True):
            tried, code = measured(wanted, panel, reports, pace)
            codes.append(code)
            choice = recommend(one.target.id, panel.profile.name, tried)
            if code is ExitCode.INTERRUPTED:
                choice = replace(choice, reason=f"of what was measured by then, {choice.reason}")
            choices.append(choice)
            shown = chosen(choices[-1], reports, look)
            stream.write(("\n" if len(choices) > 1 else "") + render(shown, look))
            stream.flush()
            if code is ExitCode.INTERRUPTED:
                break
    _write(json, choices, reports)
    raise typer.Exit(worst(codes))


def _write(json: str | None, choices: "list[Chosen]", reports: "list[Report]") -> None:
    from effprof.report import codec, save
    from effprof.report.variants import VARIANTS, Variants

    if json:
        save.put(codec.dump_plain(Variants(VARIANTS, tuple(choices), tuple(reports))), json)
