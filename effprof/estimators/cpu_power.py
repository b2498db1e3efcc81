"""Energy of an inference on a CPU without a counter, from CPU time and resident memory.

P = cores (p_idle + u (p_max - p_idle)) + memory x w. The watts of a core are the target's own where
it states them, else those of this processor's microarchitecture, else a server's average, all of
the latter per Cloud Carbon Footprint (npm @cloud-carbon-footprint/aws 0.15.0): a share of a server,
idle included, and no reading of anything. The band is a factor of 2.1 either way: the 90th
percentile of the error of the best global form of this kind against 96 published points with RAPL
as reference.

`effprof calibrate` puts one reading of a wall meter in their place; benchmarks/cpu_power.py says
what either is off by.
"""

from collections.abc import Callable
from dataclasses import dataclass

from effprof.base.records import Measurement, Missing, Origin

BAND_FACTOR = 2.1
CALIBRATED_FACTOR = 1.5
SOURCE = "cpu-power-model"
SCOPE = "vCPU share of server, idle included"
BOARD_SCOPE = "the whole board, shared out over its cores"
PLUG_SCOPE = "the whole machine at its plug"
FACTS = ("cpu_power_idle", "cpu_power_busy", "memory_power")


@dataclass(frozen=True, slots=True)
class Cores:
    """Watts of one core, idle and busy, and of a byte of memory; where they are from."""

    source: str
    idle_w: float
    busy_w: float
    memory_w_per_byte: float = 0.392e-9  # CCF; Green Algorithms has 0.08 W/GB
    scope: str = SCOPE


AVERAGE = Cores("ccf, average server", 0.74, 3.5)
MICROARCHITECTURES = {
    "haswell": Cores("ccf, Haswell", 1.0, 4.74),
    "broadwell": Cores("ccf, Broadwell", 0.71, 3.69),
    "skylake": Cores("ccf, Skylake", 0.65, 4.26),
    "cascade-lake": Cores("ccf, Cascade Lake", 0.64, 3.97),
    "epyc-1": Cores("ccf, EPYC 1st gen", 0.82, 2.55),
    "epyc-2": Cores("ccf, EPYC 2nd gen", 0.47, 1.69),
    # CCF has no figures of its own for Arm servers: EPYC's second generation stands in.
    "neoverse": Cores("ccf, EPYC 2nd gen for Neoverse", 0.47, 1.69),
    # 2.2-2.7 W idle and 5.1-5.4 W busy at a USB meter (chipwired.com), of four cores, memory in it.
    "raspberry-pi-4": Cores("board, Raspberry Pi 4", 2.45 / 4, 5.25 / 4, 0.0, BOARD_SCOPE),
}
"""By what `host.cpu.microarchitecture` calls them."""


@dataclass(frozen=True, slots=True)
class Plug:
    """Watts of this machine at its plug, idle and with `cores` cores busy, as a user read them."""

    idle_w: float
    busy_w: float
    cores: int


@dataclass(frozen=True, slots=True)
class Use:
    """What one run occupied: `threads` cores for `run_s`, of which `cpu_s` busy, and memory."""

    run_s: float
    cpu_s: float
    threads: int
    memory_bytes: float | None  # None where it could not be measured
    items: int


def stated(fact: Callable[[str], float | None]) -> Cores | Missing | None:
    """The watts a target states for itself; Missing where it states some of them; None for none."""
    idle_w, busy_w, memory_w_per_byte = (fact(key) for key in FACTS)
    if idle_w is not None and busy_w is not None and memory_w_per_byte is not None:
        return Cores("target", idle_w, busy_w, memory_w_per_byte, "as the target's facts have it")
    absent = [key for key in FACTS if fact(key) is None]
    if len(absent) == len(FACTS):
        return None
    return Missing(
        "energy.inference",
        f"no energy counter is read, and the target does not state {', '.join(absent)}",
        "add it under facts: in the target's YAML",
    )


def of_this(microarchitecture: str | None) -> Cores:
    """A known processor's watts, else those of the average server."""
    return MICROARCHITECTURES.get(microarchitecture or "", AVERAGE)


def energy(use: Use, cores: Cores) -> Measurement:
    """Joules per item."""
    cpu_j = use.threads * cores.idle_w * use.run_s + (cores.busy_w - cores.idle_w) * use.cpu_s
    memory_j = (use.memory_bytes or 0.0) * cores.memory_w_per_byte * use.run_s
    counted = use.memory_bytes is not None or not cores.memory_w_per_byte
    scope = cores.scope if counted else f"{cores.scope}, memory not"
    return _banded((cpu_j + memory_j) / use.items, cores.source, BAND_FACTOR, scope)


def at_plug(use: Use, plug: Plug) -> Measurement:
    """Joules per item of the whole machine, from one reading of its plug."""
    busy = min(1.0, use.cpu_s / (use.run_s * plug.cores))
    power_w = plug.idle_w + busy * (plug.busy_w - plug.idle_w)
    return _banded(power_w * use.run_s / use.items, "calibrated", CALIBRATED_FACTOR, PLUG_SCOPE)


def _banded(item_j: float, source: str, factor: float, scope: str) -> Measurement:
    return Measurement(
        "energy.inference",
        item_j,
        Origin.MODELLED,
        f"{SOURCE}:{source}",
        low=item_j / factor,
        high=item_j * factor,
        scope=scope,
    )
