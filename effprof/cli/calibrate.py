"""`effprof calibrate`: what this machine can do at most, kept by its fingerprint."""

from typing import Annotated

import typer

EPILOG = "Example: effprof calibrate --threads 1"


def calibrate(
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads to measure with; default: every usable core.")
    ] = None,
    time: Annotated[
        float, typer.Option(min=0.1, help="Seconds for each of the two parts, GEMM and copy.")
    ] = 4.0,
) -> None:
    """Measure this machine's ceilings for the roofline: GEMM rate and copy bandwidth.

    The better of old and new is kept, since a busy machine only ever lowers them.
    """
    import sys

    from effprof.base.quantity import show
    from effprof.formats.progress import Progress
    from effprof.host import describe, usable_cores
    from effprof.measure.calibrate import measure

    host, count = describe(), threads or usable_cores()
    with Progress(sys.stderr) as progress:
        found = measure(host.fingerprint, count, progress.phase, time)
    lines = [
        f"{host.cpu}, {count} threads, fingerprint {host.fingerprint}",
        f"  compute   {show(found.flops_per_s, 'FLOP/s')}  float32 GEMM",
        *(
            f"  memory    {show(level.bytes_per_s, 'B/s')}  copy, working set of "
            f"{show(float(level.working_set_bytes), 'B')}"
            for level in found.bandwidth
        ),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
