"""Resident memory of the worker itself, from /proc.

Not `ru_maxrss`: on Linux a child's starts from its parent's size. Not virtual size: runtimes
reserve several times what they touch.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from effprof.base.records import Measurement, Missing, Origin

STATUS = Path("/proc/self/status")
CLEAR_REFS = Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # proc(5): resets VmHWM to the present size


class Memory:
    """All figures are less the resident memory at `start`, before the runtime is loaded."""

    metrics: Sequence[str] = ("memory.peak", "memory.load", "memory.steady")
    disturbs = False

    def __init__(self) -> None:
        self._resident: dict[str, int] = {}
        self._peak = 0

    def unavailable(self) -> str | None:
        if sys.platform != "linux" or not STATUS.exists():
            return "resident memory is read from /proc, which this system does not have"
        return None

    def mark(self, phase: str) -> None:
        if self.unavailable():
            return
        if phase == "start":
            _reset_peak()
        self._resident[phase] = read(STATUS, "VmRSS")
        self._peak = read(STATUS, "VmHWM")

    def readings(self, items: int) -> Sequence[Measurement | Missing]:
        reason = self.unavailable()
        if reason:
            return [Missing(metric, reason) for metric in self.metrics]
        base = self._resident["start"]
        return [
            _reading("memory.peak", self._peak - base, "VmHWM"),
            _reading("memory.load", self._resident["loaded"] - base, "VmRSS"),
            _reading("memory.steady", self._resident["warm"] - base, "VmRSS"),
        ]


def read(status: Path, field: str) -> int:
    """Bytes of a kB field of a /proc status file."""
    for line in status.read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"{status} has no {field}")


def _reading(metric: str, value: int, field: str) -> Measurement:
    return Measurement(metric, float(max(value, 0)), Origin.MEASURED, f"proc:{field}")


def _reset_peak() -> None:
    """Leaves the peak of building the inputs behind; where it may not be written, it stays in."""
    try:
        CLEAR_REFS.write_text(RESET_PEAK)
    except OSError:
        return
