"""Energy of an inference on a CPU without a counter, from CPU time and resident memory.

P = n_vcpu (p_idle + u (p_max - p_idle)) + memory x w, per Cloud Carbon Footprint's coefficients
(npm @cloud-carbon-footprint/aws 0.15.0). The band is a factor of 2.1 either way: the 90th
percentile of the error of the best global form of this kind against 96 published points with RAPL
as reference. It is a share of a server, idle included, and no reading of anything.
"""

from collections.abc import Callable
from dataclasses import dataclass

from effprof.base.records import Measurement, Missing, Origin

BAND_FACTOR = 2.1
SOURCE = "cpu-power-model:ccf"
SCOPE = "vCPU share of server, idle included"
FACTS = ("cpu_power_idle", "cpu_power_busy", "memory_power")


@dataclass(frozen=True, slots=True)
class Use:
    """What one run occupied: `threads` cores for `run_s`, of which `cpu_s` busy, and memory."""

    run_s: float
    cpu_s: float
    threads: int
    memory_bytes: float | None  # None where it could not be measured
    items: int


def energy(use: Use, fact: Callable[[str], float | None]) -> Measurement | Missing:
    """Joules per item; `fact` gives watts per core (idle, busy) and watts per byte of memory."""
    idle_w, busy_w, memory_w_per_byte = (fact(key) for key in FACTS)
    if idle_w is None or busy_w is None or memory_w_per_byte is None:
        absent = ", ".join(key for key in FACTS if fact(key) is None)
        return Missing(
            "energy.inference",
            f"no energy counter is read, and the target does not state {absent}",
            "add it under facts: in the target's YAML",
        )
    cpu_j = use.threads * idle_w * use.run_s + (busy_w - idle_w) * use.cpu_s
    memory_j = (use.memory_bytes or 0.0) * memory_w_per_byte * use.run_s
    item_j = (cpu_j + memory_j) / use.items
    return Measurement(
        "energy.inference",
        item_j,
        Origin.MODELLED,
        SOURCE,
        low=item_j / BAND_FACTOR,
        high=item_j * BAND_FACTOR,
        scope=SCOPE if use.memory_bytes is not None else f"{SCOPE}, memory not",
    )
