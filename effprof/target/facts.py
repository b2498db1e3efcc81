"""Facts of a target: which effprof reads, the unit of each, and one of them checked."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from effprof.base import yamlfile
from effprof.base.errors import QuantityError, TargetError
from effprof.base.quantity import Quantity

Line = Annotated[str, Meta(min_length=1)]

# Facts that effprof itself reads, and the base unit of each. Others may be of any dimension.
FACT_UNITS = {
    "tdp": "W",
    "cpu_power_idle": "W",  # per core (a cloud's vCPU), nothing running
    "cpu_power_busy": "W",  # per core, fully busy
    "memory_power": "W/B",
    # A microcontroller, for `means: emulate`. `core` is a text: cortex-m4.
    "clock": "Hz",
    "flash": "B",
    "ram": "B",
    "flash_wait_states": "1",  # cycles a read of flash takes beyond the first: "5 cycles"
    "flash_width": "B",  # what one such read brings
    "flash_cache": "B",  # of instructions, or of both, between core and flash
    "flash_cache_line": "B",
    "flash_cache_ways": "1",  # "2 ways"
    "flash_data_cache": "B",  # where the memory interface keeps data apart from instructions
    "icache": "B",  # the core's own
    "dcache": "B",
    "cache_line": "B",
    "supply_voltage": "V",
    "power_active": "W",  # measured while it infers, at this clock
    "run_current": "A/Hz",  # the data sheet's: "100 uA/MHz"
    "sleep_current": "A",
    # A cell and what it is asked for: battery.life
    "cell_charge": "A*s",
    "cell_voltage": "V",
    "duty_cycle": "1/s",  # inferences: "60 /h"
    "battery_energy": "J",
    # What the roofline of a device that is not here reads
    "peak_fp32": "FLOP/s",
    "peak_tf32": "FLOP/s",
    "peak_fp16": "FLOP/s",
    "peak_int8": "FLOP/s",
    "power_busy": "W",  # while it infers; `power_scope` says of what
    # What a user pays and where its power comes from: cost.million, carbon.million
    "price_time": "USD/s",  # of the machine or the accelerator: "3.60 USD/h"
    "price_energy": "USD/J",
    "grid_carbon": "g/J",
    "pue": "1",  # "156 %"
    # What the estimator of phones reads. A MAC is two FLOP.
    "cpu_power_awake": "W",  # while any core runs, cores apart
    "cpu_rate_fp32": "FLOP/s",  # fitted to published latencies
    "cpu_rate_int8": "FLOP/s",
    "cpu_peak_fp32": "FLOP/s",  # of the cores that run the model, by lanes and clock
    "cpu_peak_int8": "FLOP/s",
    "cpu_threads": "1",  # that those are of: "4 threads"
    "power_suspend": "W",  # of the whole phone, its CPU asleep
    "memory_bandwidth": "B/s",
    "memory_size": "B",
}
ABOVE_ZERO = frozenset(
    {"clock", "flash", "ram", "flash_width", "supply_voltage", "power_active", "run_current",
     "cell_charge", "cell_voltage", "duty_cycle", "battery_energy", "peak_fp32", "peak_tf32",
     "peak_fp16", "peak_int8", "memory_bandwidth", "memory_size", "power_busy", "cpu_threads",
     "cpu_rate_fp32", "cpu_rate_int8", "cpu_peak_fp32", "cpu_peak_int8"}
)  # fmt: skip
"""What nothing can have none of; a figure made of it would be 0, or have none."""
LEAST_PUE, MOST_PUE = 1.0, 10.0
"""A site draws at least what its machines do; ten times as much is a slip, not a site."""
UNKNOWN = "unknown"
"""What a fact says that was looked for and not found; its source tells where."""
_NEAR = 0.88
"""How like a known name a wrong one is: `clok` is 0.89, two of the catalogue's are 0.83."""


class FactEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """A quantity or a text, and where it was read: a figure without a source is a rumour."""

    value: str | int | float
    source: Line


@dataclass(frozen=True, slots=True)
class Fact:
    """`text` as the file says it; `quantity` where that is a number with a unit."""

    text: str
    source: str
    quantity: Quantity | None


def fact(path: Path, key: str, entry: FactEntry) -> Fact:
    """The entry, checked; TargetError where its unit, its sign or its name is not right."""
    _check_name(path, key)
    where = f"{path}: facts.{key}.value"
    text = str(entry.value)
    if text == UNKNOWN:
        return Fact(text, entry.source, None)
    wanted = FACT_UNITS.get(key)
    if wanted:
        value = yamlfile.amount(text, wanted, str(path), f"facts.{key}.value", TargetError)
        if value < 0 or (value == 0 and key in ABOVE_ZERO):
            wrong = "is below zero" if value < 0 else "is not above zero"
            raise TargetError(
                f"{where}: {text} {wrong}", hint=f"write `{UNKNOWN}` where it is not known"
            )
        if key == "pue" and (lack := no_pue(value)):
            raise TargetError(f"{where}: {text}: {lack}", hint="as in 156 %")
    numeric = wanted or not isinstance(entry.value, str) or re.match(r"[+-]?\.?\d", text)
    try:
        return Fact(text, entry.source, Quantity(text) if numeric else None)
    except QuantityError as bad:
        hint = bad.hint or "a text may not begin with a number"
        raise TargetError(f"{where}: {bad.message}", hint=hint) from bad


def no_pue(value: float) -> str | None:
    """Why it can be none."""
    if LEAST_PUE <= value <= MOST_PUE:
        return None
    return f"no site draws {value:g} times what its machines do"


def _check_name(path: Path, key: str) -> None:
    """Others than ours may be stated, but one that is nearly ours is a slip that would cost it."""
    near = [] if key in FACT_UNITS else get_close_matches(key, FACT_UNITS, 1, _NEAR)
    if near:
        raise TargetError(f"{path}: facts.{key}: is no fact that is read", hint=f"is it {near[0]}?")
