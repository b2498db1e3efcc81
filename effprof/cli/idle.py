"""A flag that would do nothing is a mistake that the user should hear of."""

from collections.abc import Mapping
from pathlib import Path

from effprof.base.errors import RequestError
from effprof.target import Target


def refuse_of_a_server(
    scenario: str, *, rate: float | None, deadline: str | None, batch: str | None
) -> None:
    """What only a server heeds, and what it does not."""
    server = scenario == "server"
    given = {"--rate": rate, "--deadline": deadline}
    idle = [flag for flag, value in given.items() if value is not None and not server]
    if idle:
        raise RequestError(f"{idle[0]} says nothing in {scenario}", hint="add --scenario server")
    if server and batch is not None and "," in batch:
        hint = "give one, or sweep with --scenario offline"
        raise RequestError(f"--batch {batch}: a server answers with one batch", hint=hint)


def refuse_batching(scenario: str, most: int, delay: str | None, batch: str | None) -> None:
    """`most` and `delay`: --max-batch and --max-queue-delay."""
    if most == 1:
        if delay is not None:
            hint = "add --scenario server --max-batch 8"
            raise RequestError("--max-queue-delay says nothing without --max-batch", hint=hint)
        return
    if scenario != "server":
        hint = "add --scenario server, or sweep with --scenario offline --batch 1,8"
        raise RequestError(f"--max-batch says nothing in {scenario}", hint=hint)
    if batch is not None:
        raise RequestError(
            f"--batch {batch}: with --max-batch a query is one item, and batches form in the queue",
            hint="leave --batch out",
        )


def refuse_undecided_alone(undecided: str | None, budget: Path | None) -> None:
    if undecided is not None and budget is None:
        raise RequestError("--undecided says nothing without --budget", hint="add --budget FILE")


def refuse_of_a_microcontroller(target: Target, **given: object) -> None:
    """Flags of an emulated target on one that is run or worked out."""
    idle = [f"--{flag}" for flag, value in given.items() if value is not None]
    hint = "-t tinyml, or a board: effprof targets"
    if idle and target.means == "run":
        raise RequestError(f"{idle[0]} says nothing on {target.id}, which is run here", hint=hint)
    emulated = [flag for flag in idle if flag != "--cell"]
    if emulated and target.means == "model":
        raise RequestError(
            f"{emulated[0]} says nothing on {target.id}, which is worked out", hint=hint
        )


def refuse_of_a_battery(target: Target, cell: str | None) -> None:
    """A cell, of a device whose estimator works out no battery."""
    from effprof import plugins

    if cell is None or target.means != "model" or target.estimator is None:
        return
    figures = plugins.estimator(target.estimator).metrics
    if not any(metric.startswith("battery.") for metric in figures):
        raise RequestError(
            f"--cell says nothing on {target.id}: no battery of it is worked out",
            hint="-t tinyml, or a phone: effprof targets",
        )


def refuse_binary_alone(device: str | None, benchmark_binary: Path | None) -> None:
    if benchmark_binary is not None and device is None:
        raise RequestError(
            "--benchmark-binary says nothing without --device", hint="add --device adb"
        )


def refuse_a_meter_unread(meter_command: str | None, *, no_energy: bool) -> None:
    if meter_command is not None and no_energy:
        raise RequestError("--meter-command says nothing with --no-energy", hint="leave one out")


def refuse_beside_watts(
    watts: Mapping[str, float | None], *, forget: bool, threads: int | None, time: float | None
) -> None:
    """Of `calibrate`: `watts` by their flags. Where they are kept or forgotten nothing runs."""
    given = [flag for flag, value in watts.items() if value is not None]
    if forget and given:
        raise RequestError("--forget-watts with watts to keep", hint="leave one out")
    beside = "--forget-watts" if forget else next(iter(given), None)
    for flag, value in {"--threads": threads, "--time": time}.items():
        if beside and value is not None:
            raise RequestError(
                f"{flag} says nothing with {beside}: nothing is measured", hint="leave one out"
            )
