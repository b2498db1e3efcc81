"""One timed call: cycles with their band, by layer and by function, of core and flash together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from effprof.backends.mcu.emulator import Machine
from effprof.backends.mcu.execution import Execution
from effprof.backends.mcu.timing.cycles import BlockCycles, block_cycles, decoded
from effprof.backends.mcu.timing.flash import FlashTiming

CORE_ERROR = 0.05
FLASH_ERROR = 0.5
UNKNOWN_FLASH = 0.25
"""Bands. 5 % beyond what the manuals leave open for the core: seen on loops of known length and
on kernels measured by others. Half of the flash's stalls: how a read queues behind a prefetch is in
no manual. Where wait states are not known, 25 % upwards: the most seen on a part with caches."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one layer, or one function by itself, took."""

    cycles: float
    instructions: int
    mix: Mapping[str, int]
    flash_stalls: float = 0.0


@dataclass(frozen=True, slots=True)
class Timing:
    """`low` and `high`: the band of `cycles`. The stalls are None where the flash is not known.

    `groups[0]` is outside every marked function, `groups[i]` the i-th one, callees included.
    """

    cycles: float
    low: float
    high: float
    core_cycles: float
    fetch_stalls: float | None
    read_stalls: float | None
    instructions: int
    groups: tuple[Share, ...]
    functions: Mapping[str, Share]
    run: Execution


def time_call(
    machine: Machine, symbol: str, *arguments: int, flash: FlashTiming | None, groups: int = 0
) -> Timing:
    """Call the function and time it; `groups`: how many functions were marked."""
    run = machine.call(symbol, *arguments)
    name = machine.core.name
    operations = decoded(run, machine.code)
    core = block_cycles(run, operations, name)
    low = block_cycles(run, operations, name, "low").cycles.sum()
    high = block_cycles(run, operations, name, "high").cycles.sum()
    traffic = None
    if flash:
        counts = np.maximum(run.blocks["count"].astype(np.float64), 1)
        numbers = flash.numbers(machine.memory)
        costs = core.cycles / counts
        traffic = machine.retrace(symbol, *arguments, flash=numbers, costs=costs)
    return _timing(machine, run, core, (float(low), float(high)), traffic, groups)


def _timing(
    machine: Machine,
    run: Execution,
    core: BlockCycles,
    edges: tuple[float, float],
    traffic: np.ndarray | None,
    groups: int,
) -> Timing:
    total = float(core.cycles.sum())
    fetch = float(traffic["fetch_stall"].sum()) / 256 if traffic is not None else None
    read = float(traffic["read_stall"].sum()) / 256 if traffic is not None else None
    stalls = (fetch or 0.0) + (read or 0.0)
    spread = FLASH_ERROR * stalls if traffic is not None else 0.0
    unknown = UNKNOWN_FLASH * total if traffic is None else 0.0
    return Timing(
        total + stalls,
        edges[0] * (1 - CORE_ERROR) + stalls - spread,
        edges[1] * (1 + CORE_ERROR) + stalls + spread + unknown,
        total,
        fetch,
        read,
        int(core.instructions.sum()),
        _groups(run, core, traffic, groups),
        _functions(machine, run, core),
        run,
    )


def _share(run: Execution, core: BlockCycles, rows: np.ndarray, stalls: float = 0.0) -> Share:
    return Share(
        float(core.cycles[rows].sum()) + stalls,
        int(core.instructions[rows].sum()),
        core.mix(run.blocks["count"], rows & (run.blocks["count"] > 0)),
        stalls,
    )


def _groups(
    run: Execution, core: BlockCycles, traffic: np.ndarray | None, groups: int
) -> tuple[Share, ...]:
    found = []
    for group in range(groups + 1):
        stalls = 0.0
        if traffic is not None and group < len(traffic):
            row = traffic[group]
            stalls = (float(row["fetch_stall"]) + float(row["read_stall"])) / 256
        found.append(_share(run, core, run.blocks["group"] == group, stalls))
    return tuple(found)


def _functions(machine: Machine, run: Execution, core: BlockCycles) -> Mapping[str, Share]:
    """Own cycles of each function, callees apart; flash stalls are known by layer only."""
    names = np.array([machine.function(address) for address in run.blocks["address"].tolist()])
    shares = {name: _share(run, core, names == name) for name in _used(names, run)}
    return dict(sorted(shares.items(), key=lambda one: -one[1].cycles))


def _used(names: np.ndarray, run: Execution) -> Sequence[str]:
    return [str(name) for name in np.unique(names[run.blocks["count"] > 0])]
