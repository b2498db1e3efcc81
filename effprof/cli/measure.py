"""`effprof measure`: words into values, one target after the other, exit code out."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from effprof.cli import complete, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from effprof.base.errors import ExitCode, SetupError
    from effprof.cli.judged import Judges
    from effprof.cli.kept import Keeper
    from effprof.cli.output import Destination
    from effprof.formats.progress import Progress
    from effprof.measure.prepare import Asked
    from effprof.report.report import Report
    from effprof.target import Target

EPILOG = """Examples:

  effprof measure model.onnx

  effprof measure model.onnx -t edge --profile edge --json report.json

  effprof measure bert.onnx --dim sequence=128 --threads 1

  effprof measure net.onnx --inputs heldout.npz --labels labels.npy

  effprof measure net.onnx --scenario offline --batch 1,8,32

  effprof measure kws_int8.tflite -t nrf52840 --cell 225mAh@3V --duty 60/h

  effprof measure firmware.elf -t nucleo-l4r5zi --entry model_invoke

  effprof measure net.onnx --scenario server --deadline 50ms

  effprof measure net.onnx -t cloud-cpu --scenario offline --batch 1,8,32 --price 0.17USD/h
"""


class Scenario(StrEnum):
    SINGLE_STREAM = "single-stream"
    OFFLINE = "offline"
    SERVER = "server"


class Precision(StrEnum):
    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"


class Undecided(StrEnum):
    PASS = "pass"  # noqa: S105  a verdict
    FAIL = "fail"


def measure(
    model: options.Model,
    target: options.Target = None,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="P",
            help="Priorities to score by. Default: the target's own.",
            autocompletion=complete.profiles,
        ),
    ] = None,
    budget: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Absolute limits, as YAML; decides the exit code."),
    ] = None,
    undecided: Annotated[
        Undecided | None,
        typer.Option(help="What an undecided budget counts as. Default: exit code 5."),
    ] = None,
    scenario: Annotated[Scenario, typer.Option(help="How queries arrive.")] = (
        Scenario.SINGLE_STREAM
    ),
    batch: Annotated[
        str | None,
        typer.Option(metavar="N[,N]", help="Items a run; several make a sweep: 1,8,32."),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            metavar="HZ", min=1e-3, help="Server: queries per second. Default: half the most."
        ),
    ] = None,
    deadline: Annotated[
        str | None, typer.Option(metavar="TIME", help="Server: latency to keep, as 50ms.")
    ] = None,
    duty: Annotated[
        str | None,
        typer.Option(
            metavar="RATE", help="Queries the device answers, as 60/h. Default: the target's."
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            metavar="adb[:SERIAL]", help="A phone that is attached: measured there, not here."
        ),
    ] = None,
    benchmark_binary: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="LiteRT's benchmark_model for that phone."),
    ] = None,
    price: Annotated[
        str | None,
        typer.Option(metavar="USD/h", help="Of the machine, as 3.60USD/h: cost.million."),
    ] = None,
    power_price: Annotated[
        str | None, typer.Option(metavar="USD/kWh", help="Of its energy, as 0.25USD/kWh.")
    ] = None,
    grid: Annotated[
        str | None,
        typer.Option(metavar="gCO2/kWh", help="Of its power, as 475gCO2/kWh: carbon.million."),
    ] = None,
    pue: Annotated[
        float | None,
        typer.Option(metavar="N", min=1, max=10, help="What the site draws for each joule."),
    ] = None,
    threads: options.Threads = None,
    precision: Annotated[
        Precision | None, typer.Option(help="Of the deployed model. Default: as it is.")
    ] = None,
    dim: options.Dim = None,
    shape: options.Shape = None,
    input_: options.Input = None,
    inputs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz|DIR", help="Items: .npz, folder of .npy, ONNX test_data_set."
        ),
    ] = None,
    labels: options.Labels = None,
    reference: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="Model whose answers are held against these."),
    ] = None,
    runtime: Annotated[
        str | None,
        typer.Option(
            metavar="NAME==VERSION", help="Made by effprof setup. Default: the installed one."
        ),
    ] = None,
    cell: Annotated[
        str | None,
        typer.Option(metavar="CHARGE@V", help="Microcontroller: its cell, as 225mAh@3V."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Microcontroller: leave the generated project there."),
    ] = None,
    entry: Annotated[
        str | None,
        typer.Option(metavar="SYMBOL", help="Function to run when MODEL is firmware (ELF)."),
    ] = None,
    no_energy: Annotated[
        bool,
        typer.Option("--no-energy", help="Read no energy counters; it takes half a minute."),
    ] = False,
    energy_time: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=15, max=1e6, help="Ceiling of the windows for energy."),
    ] = 60.0,
    meter_command: Annotated[
        str | None,
        typer.Option(metavar="COMMAND|FILE", help="An external meter: lines of seconds and watts."),
    ] = None,
    time: options.Time = 10.0,
    sustained: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", min=1, max=1e6, help="Also throughput over time, this long."
        ),
    ] = None,
    precision_goal: Annotated[
        str,
        typer.Option(metavar="SHARE", help="Stop when p50 is known to this, either side."),
    ] = "1%",
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="Of random inputs and arrivals.")
    ] = 0,
    json: options.Json = None,
    html: options.Html = None,
    history: options.History = None,
    db: options.Db = None,
    quiet: options.Quiet = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Operators and trials too.")
    ] = False,
    timeout: options.Timeout = 300.0,
) -> None:
    """Run MODEL on each target: a table to the terminal, a report to --json.

    Exit codes: 0 done, 1 budget failed, 2 the request makes no sense, 3 this machine lacks
    something, 4 the measurement did not finish, 5 budget undecided, 130 interrupted.
    """
    import sys

    from effprof.base.errors import RequestError
    from effprof.cli import words
    from effprof.cli.kept import keeper_for
    from effprof.cli.output import Destination
    from effprof.measure.prepare import Asked
    from effprof.model.flags import parse_dims, parse_shapes
    from effprof.target import load
    from effprof.target.cell import with_cell

    words.refuse_infinite(
        {
            "--time": time,
            "--timeout": timeout,
            "--rate": rate,
            "--sustained": sustained,
            "--energy-time": energy_time,
        }
    )
    _refuse_idle_flags(scenario, rate, deadline, batch, undecided, budget)
    _refuse_binary_alone(device, benchmark_binary)
    keeper = keeper_for(model, history=history, db=db)
    if meter_command is not None and no_energy:
        raise RequestError("--meter-command says nothing with --no-energy", hint="leave one out")
    prices = words.prices(
        {
            "price_time": ("--price", price, "USD/s"),
            "price_energy": ("--power-price", power_price, "USD/J"),
            "grid_carbon": ("--grid", grid, "g/J"),
        },
        pue,
    )
    named = target or ("mobile" if device else "edge",)
    targets = [with_cell(load(word), cell, duty) for word in named]
    for one in targets:
        _refuse_flags_of_a_microcontroller(one, cell=cell, keep=keep, entry=entry)
    asked = [
        Asked(
            model=model,
            target=one,
            scenario=scenario.value,
            batches=words.batches(batch),
            threads=threads,
            precision=precision.value if precision else None,
            dims=parse_dims(dim or ()),
            shapes=parse_shapes(shape or ()),
            inputs=tuple(input_ or ()),
            source=inputs,
            labels=labels,
            reference=reference,
            runtime=runtime,
            keep=keep,
            entry=entry,
            rate_hz=rate,
            deadline_s=words.seconds("--deadline", deadline),
            ceiling_s=time,
            sustained_s=sustained,
            goal=words.share("--precision-goal", precision_goal),
            duty_hz=words.rate("--duty", duty),
            device=device,
            benchmark_binary=benchmark_binary,
            energy=not no_energy,
            energy_s=energy_time,
            meter_command=meter_command,
            prices=prices,
            seed=seed,
            silence_s=timeout,
            command=words.command(sys.argv[1:]),
        )
        for one in targets
    ]
    destination = Destination(json, html, many=len(asked) > 1)
    code = _measure_all(
        asked, profile, budget, undecided, destination, keeper, quiet=quiet, verbose=verbose
    )
    raise typer.Exit(code)


def _refuse_idle_flags(
    scenario: Scenario,
    rate: float | None,
    deadline: str | None,
    batch: str | None,
    undecided: Undecided | None,
    budget: Path | None,
) -> None:
    """A flag that would do nothing is a mistake that the user should hear of."""
    from effprof.base.errors import RequestError

    server = scenario is Scenario.SERVER
    given = {"--rate": rate, "--deadline": deadline}
    idle = [flag for flag, value in given.items() if value is not None and not server]
    if idle:
        hint = "add --scenario server"
        raise RequestError(f"{idle[0]} says nothing in {scenario.value}", hint=hint)
    if server and batch is not None and "," in batch:
        hint = "give one, or sweep with --scenario offline"
        raise RequestError(f"--batch {batch}: a server answers with one batch", hint=hint)
    if undecided is not None and budget is None:
        raise RequestError("--undecided says nothing without --budget", hint="add --budget FILE")


def _refuse_flags_of_a_microcontroller(target: "Target", **given: object) -> None:
    from effprof.base.errors import RequestError

    idle = [f"--{flag}" for flag, value in given.items() if value is not None]
    if idle and target.means == "run":
        hint = "-t tinyml, or a board: effprof targets"
        raise RequestError(f"{idle[0]} says nothing on {target.id}, which is run here", hint=hint)
    emulated = [flag for flag in idle if flag != "--cell"]
    if emulated and target.means == "model":
        hint = "-t tinyml, or a board: effprof targets"
        raise RequestError(
            f"{emulated[0]} says nothing on {target.id}, which is worked out", hint=hint
        )


def _refuse_binary_alone(device: str | None, benchmark_binary: Path | None) -> None:
    from effprof.base.errors import RequestError

    if benchmark_binary is not None and device is None:
        hint = "add --device adb"
        raise RequestError("--benchmark-binary says nothing without --device", hint=hint)


def _measure_all(
    asked: "Sequence[Asked]",
    profile: str | None,
    budget: Path | None,
    undecided: Undecided | None,
    destination: "Destination",
    keeper: "Keeper | None",
    *,
    quiet: bool,
    verbose: bool,
) -> "ExitCode":
    """Measures every target and shows each as it is done; the worst exit code."""
    import sys
    from contextlib import ExitStack
    from functools import partial

    from effprof.base.errors import EffprofError, ExitCode
    from effprof.cli.judged import judges, verdict_code, worst
    from effprof.cli.output import tell
    from effprof.formats.progress import Progress, silent
    from effprof.formats.text import quiet_for, text_for

    stream = sys.stderr if destination.stdout_taken else sys.stdout
    panels = [judges(profile or one.target.profile, budget) for one in asked]
    codes: list[ExitCode] = []
    try:
        for one, panel in zip(asked, panels, strict=True):
            try:
                with silent() if quiet else Progress(sys.stderr) as progress:
                    report, code = measure_one(one, panel, destination, progress)
                codes += [code, verdict_code(report, undecided.value if undecided else None)]
                show = quiet_for if quiet else partial(text_for, verbose=verbose)
                with ExitStack() as last:  # each, whatever becomes of the others; the table is last
                    last.callback(tell, stream, show(stream, report))
                    if keeper is not None:
                        last.callback(keeper.keep, report)
                    destination.add(report)
            except EffprofError as error:
                if len(asked) == 1:
                    raise
                error.show(sys.stderr)
                codes.append(error.exit_code)
            if ExitCode.INTERRUPTED in codes:
                break
    finally:  # also when Ctrl-C comes between two targets: what is finished is written
        destination.finish()
        if keeper is not None:
            keeper.close()
    return worst(codes)


def measure_one(
    asked: "Asked", panel: "Judges", destination: "Destination", progress: "Progress"
) -> "tuple[Report, ExitCode]":
    import tempfile

    from effprof.base.errors import ExitCode, SetupError
    from effprof.host import describe
    from effprof.measure.prepare import prepare
    from effprof.measure.run import measure as run

    if asked.device is not None:
        report = _measure_attached(asked, asked.device, progress)
        return panel.judged(report), ExitCode.DONE
    progress.phase("looking at the model")
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        try:
            prepared = prepare(asked, Path(scratch), progress.phase)
        except SetupError as lack:
            if not _offered(lack, progress):
                raise
            prepared = prepare(asked, Path(scratch), progress.phase)
        outcome = run(prepared, describe(), progress, destination.keeper())
    return panel.judged(outcome.report), outcome.exit_code


def _offered(lack: "SetupError", progress: "Progress") -> bool:
    """On a terminal: whether what is lacking was to be made now, and was. A script is told only."""
    import sys

    from effprof.cli.setup import make

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    progress.close()
    typer.echo(f"effprof: {lack.message}", err=True)
    if not typer.confirm(f"Make it now (effprof setup {lack.setup})?", err=True):
        return False
    make(lack.setup)
    return True


def _measure_attached(asked: "Asked", word: str, progress: "Progress") -> "Report":
    """On a phone; whether there is one is known before the model is looked at."""
    import tempfile

    from effprof.device.adb import attach
    from effprof.host import describe
    from effprof.measure import attached
    from effprof.measure.prepare import prepare

    attached.check(asked)
    phone = attach(word)
    progress.phase("looking at the model")
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        prepared = prepare(asked, Path(scratch))
        outcome = attached.measure(prepared, phone, asked.benchmark_binary, describe(), progress)
    return outcome.report
