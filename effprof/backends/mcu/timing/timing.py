"""One timed call: cycles with their band, by layer and by function, of core and flash together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from effprof.backends.mcu.emulator import Machine
from effprof.backends.mcu.execution import Execution
from effprof.backends.mcu.timing.cycles import BlockCycles, accesses, block_cycles, decoded
from effprof.backends.mcu.timing.flash import NO_WAIT, FlashTiming
from effprof.ports import Refusal

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
    unaligned_cycles: float = 0.0  # among the core's: accesses split for their address
    stack_reach_bytes: int | None = None  # how far the stack pointer went down, where it was seen


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
    counts = np.maximum(run.blocks["count"].astype(np.float64), 1)
    again = machine.retrace(
        symbol,
        *arguments,
        flash=(flash or NO_WAIT).numbers(machine.memory, name),
        costs=core.cycles / counts,
        accesses=accesses(operations),
    )
    traffic, reach_bytes = again or (None, None)
    _check_alignment(machine, traffic)
    timed = _timing(machine, run, core, (float(low), float(high)), traffic, groups)
    timed = replace(timed, stack_reach_bytes=reach_bytes)
    if flash and traffic is not None:
        return timed
    # Alignment is known without a flash, what the flash takes is not.
    high = timed.high + UNKNOWN_FLASH * timed.core_cycles
    return replace(timed, high=high, fetch_stalls=None, read_stalls=None)


def _check_alignment(machine: Machine, traffic: np.ndarray | None) -> None:
    """The M0+ faults where the other cores take longer; the emulator would let it pass."""
    if machine.core.name != "cortex-m0plus" or traffic is None or not traffic["unaligned"].any():
        return
    count = int(traffic["unaligned"].sum())
    raise Refusal(
        "failed",
        f"{machine.elf.name}: {count:,} loads or stores are not aligned, which a Cortex-M0+ cannot",
    )


def _timing(
    machine: Machine,
    run: Execution,
    core: BlockCycles,
    edges: tuple[float, float],
    traffic: np.ndarray | None,
    groups: int,
) -> Timing:
    fetch, read = _cycles(traffic, "fetch_stall"), _cycles(traffic, "read_stall")
    unaligned = _cycles(traffic, "unaligned_stall")
    total = float(core.cycles.sum()) + unaligned
    stalls = fetch + read
    return Timing(
        total + stalls,
        (edges[0] + unaligned) * (1 - CORE_ERROR) + stalls * (1 - FLASH_ERROR),
        (edges[1] + unaligned) * (1 + CORE_ERROR) + stalls * (1 + FLASH_ERROR),
        total,
        fetch,
        read,
        int(core.instructions.sum()),
        _groups(run, core, traffic, groups),
        _functions(machine, run, core),
        run,
        unaligned,
    )


def _cycles(rows: np.ndarray | None, key: str) -> float:
    """Of a sum that the hook keeps in 1/256 cycle."""
    return float(rows[key].sum()) / 256 if rows is not None else 0.0


def _share(
    run: Execution, core: BlockCycles, rows: np.ndarray, stalls: float = 0.0, unaligned: float = 0.0
) -> Share:
    return Share(
        float(core.cycles[rows].sum()) + stalls + unaligned,
        int(core.instructions[rows].sum()),
        core.mix(run.blocks["count"], rows & (run.blocks["count"] > 0)),
        stalls,
    )


def _groups(
    run: Execution, core: BlockCycles, traffic: np.ndarray | None, groups: int
) -> tuple[Share, ...]:
    found = []
    for group in range(groups + 1):
        row = traffic[group : group + 1] if traffic is not None else None
        stalls = _cycles(row, "fetch_stall") + _cycles(row, "read_stall")
        unaligned = _cycles(row, "unaligned_stall")
        found.append(_share(run, core, run.blocks["group"] == group, stalls, unaligned))
    return tuple(found)


def _functions(machine: Machine, run: Execution, core: BlockCycles) -> Mapping[str, Share]:
    """Own cycles of each function, callees apart; flash stalls are known by layer only."""
    names = np.array([machine.function(address) for address in run.blocks["address"].tolist()])
    shares = {name: _share(run, core, names == name) for name in _used(names, run)}
    return dict(sorted(shares.items(), key=lambda one: -one[1].cycles))


def _used(names: np.ndarray, run: Execution) -> Sequence[str]:
    return [str(name) for name in np.unique(names[run.blocks["count"] > 0])]
