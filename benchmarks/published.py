"""Published MLPerf Tiny results of Cortex-M boards, CPU only: what other stacks take."""

import csv
import statistics
from dataclasses import dataclass
from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared"
RESULTS = SHARED / "facts" / "mlperf_tiny.csv"
BOARDS = {
    "nucleo-l4r5zi": "STM32L4R5",
    "nucleo-u575zi-q": "STM32U575",
    "nucleo-h7a3zi-q": "STM32H7A3",
    "stm32f746g-disco": "STM32F746",
    "nucleo-g0b1re": "STM32G0B1",
    "cy8cproto-062-4343w": "CY8C62",
}
"""Target to how the results begin the name of its part."""


@dataclass(frozen=True, slots=True)
class Published:
    """Latencies in seconds of the stacks on one board and task, at the target's clock."""

    best: float
    median: float
    worst: float
    count: int


def published(target: str, task: str, clock_hz: float) -> Published | None:
    """None where nothing was published, or no copy of the results lies beside the project."""
    if target not in BOARDS or not RESULTS.exists():
        return None
    with RESULTS.open(newline="") as lines:
        found = [
            float(row["latency_ms"]) / 1e3
            for row in csv.DictReader(lines)
            if row["mcu"].upper().startswith(BOARDS[target])
            and row["task"] == task
            and row["cpu_only"] == "yes"
            and row["latency_ms"]
            and "float" not in row["system_id"]
            and float(row["clock_mhz"]) * 1e6 == clock_hz
        ]
    if not found:
        return None
    return Published(min(found), statistics.median(found), max(found), len(found))
