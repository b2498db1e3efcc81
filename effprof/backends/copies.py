"""Copies of one run's inputs and outputs to and from a device, which stand outside `latency.*`."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

from effprof.base.records import Measurement, Origin

TIMES = 20
SOURCE = "clock:perf_counter, copy from and to pageable memory"
SCOPE = "apart from latency, which finds its inputs on the device"


def readings(
    to_device: Callable[[], object], to_host: Callable[[], object]
) -> tuple[Measurement, ...]:
    """Medians; each call returns when its copy is there."""
    return (
        _reading("latency.host_to_device", to_device),
        _reading("latency.device_to_host", to_host),
    )


def _reading(metric: str, copy: Callable[[], object]) -> Measurement:
    copy()  # the first one makes what the others use
    taken = [_seconds(copy) for _ in range(TIMES)]
    return Measurement(metric, median(taken), Origin.MEASURED, SOURCE, n=TIMES, scope=SCOPE)


def _seconds(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began
