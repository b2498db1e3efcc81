"""A board as its target file describes it: core, clock and where its memories lie."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeVar

from effprof.backends.mcu.core import CORES, Core
from effprof.backends.mcu.execution import Region
from effprof.backends.mcu.firmware import MemoryMap
from effprof.backends.mcu.limits import ROOM_BYTES
from effprof.ports import Refusal

_REGION = re.compile(r"([a-z][a-z0-9]{0,31}) 0x([0-9a-f]{1,8}) (\d{1,6}) KiB", re.IGNORECASE)
_EXAMPLE = "flash 0x08000000 1024 KiB, ram 0x20000000 128 KiB"
_LARGEST_BYTES = 64 << 20  # of one region: external memory of such parts has 32 MiB at most
_MOST_REGIONS = 16
_LAST = 1 << 32
_RANGES = {  # in base units: beyond them it is a slip, and no simulation
    "clock": (1e3, 1e10),
    "flash_wait_states": (0, 10_000),
    "flash_width": (1, 4096),
    "flash_cache": (0, 1 << 20),
    "flash_cache_line": (1, 4096),
    "flash_cache_ways": (0, 1024),
    "flash_data_cache": (0, 1 << 20),
    "icache": (0, 1 << 20),
    "dcache": (0, 1 << 20),
    "cache_line": (1, 4096),
}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Board:
    """`facts` are those of the target file, plain, in base units; what is unknown is absent."""

    core: Core
    clock_hz: float
    memory: MemoryMap
    more: tuple[Region, ...]
    facts: Mapping[str, Any]

    def with_room(self) -> "Board":
        """The same part with all the flash and RAM its address map allows, up to ROOM_BYTES each.

        Where a model that does not fit is run all the same, to say by how much it does not.
        """
        bases = [region.base for region in self.more]
        flash = _room(self.memory.flash_base, [*bases, self.memory.ram_base])
        ram = _room(self.memory.ram_base, [*bases, self.memory.flash_base])
        return replace(self, memory=replace(self.memory, flash_bytes=flash, ram_bytes=ram))


def board(options: Mapping[str, Any]) -> Board:
    """Refusal `request` names the fact that is missing or makes no sense."""
    facts = options.get("board") or {}
    name = _fact(facts, "core", str)
    if name not in CORES:
        raise Refusal(
            "request", f"facts.core: {name!r} is not emulated", f"there is {', '.join(CORES)}"
        )
    _check_numbers(facts)
    regions = _regions(_fact(facts, "memory_map", str))
    flash, ram = regions.pop("flash"), regions.pop("ram")
    return Board(
        core=CORES[name],
        clock_hz=_fact(facts, "clock", float),
        memory=MemoryMap(flash.base, flash.size_bytes, ram.base, ram.size_bytes),
        more=tuple(regions.values()),
        facts=facts,
    )


def _fact(facts: Mapping[str, Any], key: str, kind: type[_T]) -> _T:
    found = facts.get(key)
    if not isinstance(found, kind):
        raise Refusal(
            "request",
            f"the target does not state the {key.replace('_', ' ')} of its microcontroller",
            f"add {key}, with its source, under facts: in the target's YAML",
        )
    return found


def _check_numbers(facts: Mapping[str, Any]) -> None:
    """Whole but for the clock, and such as a part can have."""
    for key, (low, high) in _RANGES.items():
        value = facts.get(key, low)
        if not isinstance(value, int | float) or not low <= value <= high:
            wrong = f"is not within {low:,.0f} to {high:,.0f}"
        elif key != "clock" and value != int(value):
            wrong = "is no whole number"
        else:
            continue
        told = f"{value:g}" if isinstance(value, int | float) else value
        unit = "Hz" if key == "clock" else "cycles, bytes or ways"
        raise Refusal(
            "request", f"facts.{key}: {told} {wrong} ({unit})", "correct it, or write `unknown`"
        )


def _regions(text: str) -> dict[str, Region]:
    """By name, each once; flash and ram are among them."""
    found: dict[str, Region] = {}
    for part in text.split(",", _MOST_REGIONS):
        region = _region(part.strip())
        if region.name in found or len(found) == _MOST_REGIONS:
            wrong = "is there twice" if region.name in found else f"is one over {_MOST_REGIONS}"
            raise Refusal("request", f"facts.memory_map: {region.name} {wrong}")
        found[region.name] = region
    if lacking := {"flash", "ram"} - set(found):
        raise Refusal(
            "request", f"facts.memory_map: there is no {sorted(lacking)[0]}", f"like {_EXAMPLE}"
        )
    laid = sorted(found.values(), key=lambda region: region.base)
    for one, after in pairwise(laid):
        if after.base < one.base + one.size_bytes:
            raise Refusal("request", f"facts.memory_map: {one.name} and {after.name} overlap")
    return found


def _region(text: str) -> Region:
    match = _REGION.fullmatch(text)
    if match is None:
        raise Refusal(
            "request", f"facts.memory_map: {text[:80]!r} is no region", f"like {_EXAMPLE}"
        )
    name, base, size_bytes = match[1].lower(), int(match[2], 16), int(match[3]) << 10
    if not 0 < size_bytes <= _LARGEST_BYTES or base + size_bytes > _LAST:
        most = f"1 KiB to {_LARGEST_BYTES >> 20} MiB below 4 GiB"
        raise Refusal("request", f"facts.memory_map: {text!r} is not {most}", f"like {_EXAMPLE}")
    return Region(name, base, size_bytes, writable=name != "flash")


def _room(base: int, others: list[int]) -> int:
    """Bytes from `base` to the next memory above it, or to the end of the address space."""
    above = [other for other in others if other > base]
    return min([ROOM_BYTES, _LAST - base, *(other - base for other in above)])
