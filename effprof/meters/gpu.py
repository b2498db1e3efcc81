"""Memory and busy time of an NVIDIA GPU, from NVML, beside the clock.

`memory.device` is what the driver says this process holds, context included: an arena of the
runtime's may hold more than the model needs. Where NVML does not see the process (another namespace
of process ids) it is what the whole board holds more than before. `utilization.gpu` is NVML's share
of its last sampling period in which any kernel ran: one small kernel at a time reads 100 %.
"""

import os
from collections.abc import Sequence
from typing import Any

from effprof.base.records import Measurement, Missing, Origin
from effprof.meters import nvml

MEMORY, BUSY = "memory.device", "utilization.gpu"


class Gpu:
    metrics: Sequence[str] = (MEMORY, BUSY)
    disturbs = False

    def __init__(self) -> None:
        self._handle: Any = None
        self._lack = ""
        self._before_bytes = 0
        self._found: list[Measurement | Missing] = []

    def unavailable(self) -> str | None:
        return nvml.library()

    def mark(self, phase: str) -> None:
        if phase not in ("start", "end") or self._lack:
            return
        try:
            self._marked(phase)
        except OSError as error:
            self._lack = str(error)

    def _marked(self, phase: str) -> None:
        if phase == "start":
            if lack := self.unavailable():
                raise OSError(lack)
            import pynvml

            nvml.asked(pynvml.nvmlInit)
            self._handle = nvml.device()
            self._before_bytes = _used_bytes(self._handle)
        elif self._handle is not None:
            self._found = [_memory(self._handle, self._before_bytes), _busy(self._handle)]

    def readings(self, items: int) -> Sequence[Measurement | Missing]:
        if self._lack or not self._found:
            reason = self._lack or "NVML was not asked"
            return [Missing(metric, reason) for metric in self.metrics]
        return self._found


def _used_bytes(handle: Any) -> int:
    import pynvml

    return int(nvml.asked(lambda: pynvml.nvmlDeviceGetMemoryInfo(handle)).used)


def _memory(handle: Any, before_bytes: int) -> Measurement | Missing:
    import pynvml

    listed = nvml.asked(lambda: pynvml.nvmlDeviceGetComputeRunningProcesses(handle))
    own = [one.usedGpuMemory for one in listed if one.pid == os.getpid() and one.usedGpuMemory]
    if own:
        scope = "this process, its context included"
        return _measured(MEMORY, float(own[0]), "nvml:usedGpuMemory", scope)
    more = _used_bytes(handle) - before_bytes
    if more <= 0:
        return Missing(MEMORY, "NVML lists no memory of this process, and the board holds no more")
    return _measured(MEMORY, float(more), "nvml:memory", "the whole board, less before the runtime")


def _busy(handle: Any) -> Measurement | Missing:
    import pynvml

    try:
        share = nvml.asked(lambda: pynvml.nvmlDeviceGetUtilizationRates(handle)).gpu / 100
    except OSError as error:
        return Missing(BUSY, str(error))
    scope = "share of the last sample in which any kernel ran, however little of the GPU it filled"
    return _measured(BUSY, share, "nvml:utilization", scope)


def _measured(metric: str, value: float, source: str, scope: str) -> Measurement:
    return Measurement(metric, value, Origin.MEASURED, source, scope=scope)
