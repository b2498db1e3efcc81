"""`effprof measure`: its words into values; what is done with them is in measured.py."""

from pathlib import Path
from typing import Annotated

import typer

from effprof.base.vocabulary import CountsAs, Precision, ScenarioName
from effprof.cli import complete, options

EPILOG = """Examples:

  effprof measure model.onnx

  effprof measure model.onnx -t edge --profile edge --json report.json

  effprof measure bert.onnx --dim sequence=128 --threads 1

  effprof measure net.onnx --inputs heldout.npz --labels labels.npy

  effprof measure net.onnx --scenario offline --batch 1,8,32

  effprof measure kws_int8.tflite -t nrf52840 --cell 225mAh@3V --duty 60/h

  effprof measure firmware.elf -t nucleo-l4r5zi --entry model_invoke

  effprof measure net.onnx --scenario server --deadline 50ms

  effprof measure net.onnx --scenario server --deadline 50ms --max-batch 8 --max-queue-delay 2ms

  effprof measure net.onnx -t cloud-cpu --scenario offline --batch 1,8,32 --price 0.17USD/h
"""


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
        CountsAs | None,
        typer.Option(help="What an undecided budget counts as. Default: exit code 5."),
    ] = None,
    scenario: Annotated[ScenarioName, typer.Option(help="How queries arrive.")] = "single-stream",
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
    max_batch: Annotated[
        int,
        typer.Option(metavar="N", min=1, max=1024, help="Server: queries one run may answer."),
    ] = 1,
    max_queue_delay: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Server: how long one may wait for others. Default: 0."),
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
        str | None,
        typer.Option(metavar="N|%", help="What the site draws for each joule, 1.56 or 156%."),
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

    from effprof.cli import idle, words
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
    idle.refuse_of_a_server(scenario, rate=rate, deadline=deadline, batch=batch)
    idle.refuse_batching(scenario, max_batch, max_queue_delay, batch)
    idle.refuse_undecided_alone(undecided, budget)
    idle.refuse_binary_alone(device, benchmark_binary)
    idle.refuse_a_meter_unread(meter_command, no_energy=no_energy)
    prices = words.prices(price, power_price, grid, pue)
    named = target or ("mobile" if device else "edge",)
    targets = [with_cell(load(word), cell, duty) for word in named]
    for one in targets:
        idle.refuse_of_a_microcontroller(one, cell=cell, keep=keep, entry=entry)
        idle.refuse_of_a_battery(one, cell)
    batches = words.batches(batch)
    dims, shapes = parse_dims(dim or ()), parse_shapes(shape or ())
    deadline_s = words.seconds("--deadline", deadline)
    queue_delay_s = words.delay("--max-queue-delay", max_queue_delay)
    goal = words.share("--precision-goal", precision_goal)
    duty_hz = words.rate("--duty", duty)

    # What measures takes a second to import: a word that makes no sense does not wait for it.
    from effprof.cli.kept import keeper_for
    from effprof.cli.measured import Desk, measure_all
    from effprof.cli.output import Destination
    from effprof.measure.asked import Asked

    keeper = keeper_for(model, history=history, db=db)
    asked = [
        Asked(
            model=model,
            target=one,
            scenario=scenario,
            batches=batches,
            threads=threads,
            precision=precision,
            dims=dims,
            shapes=shapes,
            values=tuple(input_ or ()),
            inputs=inputs,
            labels=labels,
            reference=reference,
            runtime=runtime,
            keep=keep / one.id if keep and len(targets) > 1 else keep,
            entry=entry,
            rate_hz=rate,
            deadline_s=deadline_s,
            max_batch=max_batch,
            queue_delay_s=queue_delay_s,
            ceiling_s=time,
            sustained_s=sustained,
            goal=goal,
            duty_hz=duty_hz,
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
    desk = Desk(Destination(json, html, many=len(asked) > 1), keeper, quiet, verbose)
    raise typer.Exit(measure_all(asked, profile, budget, undecided, desk))
