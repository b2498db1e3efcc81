"""`effprof calibrate`: what this machine can do at most and what it draws, by its fingerprint."""

from typing import TYPE_CHECKING, Annotated

import typer

from effprof.base.vocabulary import MOST_THREADS

if TYPE_CHECKING:
    from effprof.estimators.cpu_power import Plug
    from effprof.host import Host

EPILOG = """Examples:

  effprof calibrate --threads 1

  effprof calibrate --watts-idle 3.1 --watts-busy 8.4

  effprof calibrate --forget-watts
"""


SECONDS = 4.0
"""Of each part, where none are named: five times those a measurement takes on its own."""


def calibrate(
    threads: Annotated[
        int | None,
        typer.Option(
            min=1, max=MOST_THREADS, help="Threads to measure with; default: every usable core."
        ),
    ] = None,
    time: Annotated[
        float | None,
        typer.Option(min=0.1, help="Seconds for each of GEMM and copy; default: 4."),
    ] = None,
    watts_idle: Annotated[
        float | None,
        typer.Option(metavar="W", help="This machine at its plug, nothing running; nothing runs."),
    ] = None,
    watts_busy: Annotated[
        float | None, typer.Option(metavar="W", help="The same with every core busy.")
    ] = None,
    forget_watts: Annotated[
        bool, typer.Option("--forget-watts", help="Keep both watts no longer; nothing runs.")
    ] = False,
) -> None:
    """Measure this machine's ceilings for the roofline: GEMM rate and copy bandwidth.

    The better of old and new is kept, since a busy machine only ever lowers them. With both watts
    nothing is measured: they are kept, and energy without a counter is worked out from them, until
    --forget-watts.
    """
    import sys

    from effprof.cli import idle
    from effprof.host import describe, usable_cores
    from effprof.measure import plug

    watts = {"--watts-idle": watts_idle, "--watts-busy": watts_busy}
    idle.refuse_beside_watts(watts, forget=forget_watts, threads=threads, time=time)
    host = describe()
    if forget_watts:
        sys.stdout.write(_forgotten(plug.forget(host.fingerprint)))
        return
    if read := plug.asked(watts_idle, watts_busy, usable_cores()):
        sys.stdout.write(_kept(read, host))
        return
    sys.stdout.write(_measured(host, threads or usable_cores(), time or SECONDS))


def _kept(read: "Plug", host: "Host") -> str:
    from effprof.measure import plug

    path = plug.keep(host.fingerprint, read)
    return (
        f"{host.cpu}, {read.cores} cores, fingerprint {host.fingerprint}\n"
        f"  power     {_watts(read)}, kept in {path}\n"
    )


def _forgotten(kept: "Plug | None") -> str:
    if kept is None:
        return "No watts of this machine were kept.\n"
    return f"No longer kept: {_watts(kept)}. Energy without a counter is modelled by core again.\n"


def _watts(read: "Plug") -> str:
    from effprof.base.quantity import show

    return f"{show(read.idle_w, 'W')} idle, {show(read.busy_w, 'W')} busy"


def _measured(host: "Host", threads: int, seconds: float) -> str:
    import sys

    from effprof.base.quantity import show
    from effprof.formats.progress import Progress
    from effprof.measure.calibrate import measure

    with Progress(sys.stderr) as progress:
        found = measure(host.fingerprint, threads, progress.phase, seconds)
    lines = [
        f"{host.cpu}, {threads} threads, fingerprint {host.fingerprint}",
        f"  compute   {show(found.flops_per_s, 'FLOP/s')}  float32 GEMM",
        *(
            f"  memory    {show(level.bytes_per_s, 'B/s')}  copy, working set of "
            f"{show(float(level.working_set_bytes), 'B')}"
            for level in found.bandwidth
        ),
    ]
    return "\n".join(lines) + "\n"
