"""`effprof variants`: what a model could be made into, measured, judged, one recommended."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from effprof.cli import complete

if TYPE_CHECKING:
    from collections.abc import Sequence

    from effprof.base.errors import ExitCode
    from effprof.cli.judged import Judges
    from effprof.formats.progress import Progress
    from effprof.judge.recommend import Candidate
    from effprof.measure.prepare import Asked
    from effprof.measure.variants import Variant
    from effprof.report.report import Report

EPILOG = """Examples:

  effprof variants model.onnx -t edge -t mobile --inputs heldout.npz

  effprof variants model.onnx -t edge --student small.onnx --keep variants
"""


def variants(
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
    inputs: Annotated[
        Path | None, typer.Option(metavar="FILE.npz|DIR", help="Items, as for measure.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(metavar="FILE.npy", help="The class of each item.")
    ] = None,
    dim: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=N", help="Size of a symbolic dimension; may repeat."),
    ] = None,
    batch: Annotated[
        str,
        typer.Option(metavar="N[,N]", help="Items a run, on targets of a cloud."),
    ] = "1,8,32",
    price: Annotated[
        str | None,
        typer.Option(metavar="USD/h", help="Of a cloud's machine: 3.60USD/h, for its score."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Threads. Default: the target's.")
    ] = None,
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
    is held against MODEL.
    """
    import sys
    import tempfile

    from effprof.cli import words
    from effprof.cli.judged import judges, worst
    from effprof.convert import Limits
    from effprof.formats.text_look import look_of, render
    from effprof.formats.variants_text import chosen
    from effprof.judge.recommend import recommend
    from effprof.measure.prepare import Asked
    from effprof.measure.variants import made, on
    from effprof.model.flags import parse_dims
    from effprof.report import codec, save
    from effprof.report.variants import VARIANTS, Variants
    from effprof.target import load

    words.refuse_infinite({"--time": time, "--timeout": timeout})
    everywhere = Asked(
        model=model,
        target=load("edge"),
        threads=threads,
        dims=parse_dims(dim or ()),
        source=inputs,
        labels=labels,
        ceiling_s=time,
        prices=words.prices({"price_time": ("--price", price, "USD/s")}, None),
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
        files = made(model, student or (), folder, Limits(timeout))
        for one, panel in zip(asked, panels, strict=True):
            tried, code = _tried(one, panel, files, reports)
            codes.append(code)
            choices.append(recommend(one.target.id, panel.profile.name, tried))
            shown = chosen(choices[-1], reports, look)
            stream.write(("\n" if len(choices) > 1 else "") + render(shown, look))
            stream.flush()
    if json:
        save.put(codec.dump_plain(Variants(VARIANTS, tuple(choices), tuple(reports))), json)
    raise typer.Exit(worst(codes))


def _tried(
    asked: "Asked", panel: "Judges", files: "Sequence[Variant]", reports: "list[Report]"
) -> "tuple[list[Candidate], ExitCode]":
    """Every variant on this target, or why not; the reports are added to `reports`.

    The exit code is that of the errors where no variant could be measured, else 0.
    """
    import sys

    from effprof.base.errors import EffprofError, ExitCode
    from effprof.cli.judged import worst
    from effprof.formats.progress import Progress
    from effprof.judge.recommend import Candidate
    from effprof.measure.variants import asked_for

    tried, codes, before = [], [], len(reports)
    for name, wanted in asked_for(asked, files):
        if isinstance(wanted, str):
            tried.append(Candidate(name, None, why=wanted))
            continue
        try:
            with Progress(sys.stderr) as progress:
                progress.phase(f"{name} on {asked.target.id}")
                report = _measured(wanted, panel, progress)
        except EffprofError as bad:
            tried.append(Candidate(name, None, why=bad.message))
            codes.append(bad.exit_code)
            continue
        if report.unfinished:
            tried.append(Candidate(name, None, why=f"not finished: {report.unfinished}"))
            codes.append(ExitCode.UNFINISHED)
            continue
        tried.append(Candidate(name, report, len(reports)))
        reports.append(report)
    return tried, worst(codes) if len(reports) == before else ExitCode.DONE


def _measured(asked: "Asked", panel: "Judges", progress: "Progress") -> "Report":
    import tempfile

    from effprof.base.errors import ExitCode
    from effprof.host import describe
    from effprof.measure.prepare import prepare
    from effprof.measure.run import measure

    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        outcome = measure(prepare(asked, Path(scratch)), describe(), progress, None)
    if outcome.exit_code is ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    return panel.judged(outcome.report)
