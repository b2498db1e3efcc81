"""A user's own firmware: one of its functions executed on an emulated part."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from effprof.backends.mcu import elf, figures
from effprof.backends.mcu.board import Board, board
from effprof.backends.mcu.elf import Elf
from effprof.backends.mcu.emulator import Machine
from effprof.backends.mcu.part import settings
from effprof.backends.mcu.timing.flash import flash_timing
from effprof.backends.mcu.timing.timing import Timing, time_call
from effprof.base.records import Emulation, OperatorCycles
from effprof.ports import Arrays, Refusal


def emulate(
    path: Path, options: Mapping[str, Any], _arrays: Arrays, phase: Callable[[str], None]
) -> Emulation:
    """One call of `options["entry"]`, without arguments, as C would call it."""
    phase("emulating")
    chosen, image = board(options), elf.read(path)
    entry = str(options["entry"])
    if image.symbol(entry).kind == "object":  # one that is not there is refused with near names
        raise Refusal(
            "request",
            f"{image.name}: {entry} is a variable, not a function",
            image.near(entry),
        )
    machine = Machine(image, chosen.core, chosen.memory, more=chosen.more)
    began = time.perf_counter()
    flash = flash_timing(chosen.facts)
    timed = time_call(machine, entry, flash=flash)
    flash_sizes, ram_sizes = _sizes(image, chosen)
    ram_sizes["stack"] = timed.run.stack_bytes
    kernels = f"the firmware's own code ({entry})"
    return Emulation(
        readings=[
            *figures.latency(timed, chosen, kernels),
            figures.counted("memory.stack", timed.run.stack_bytes, "painted stack"),
            figures.counted("memory.ram", sum(ram_sizes.values()), "stack + writable sections"),
            figures.counted("size.flash", sum(flash_sizes.values()), "ELF sections"),
        ],
        operators=_functions(timed),
        flash=flash_sizes,
        ram=ram_sizes,
        kernels=kernels,
        settings=settings(chosen) | {"entry": entry},
        run_s=time.perf_counter() - began,
        cautions=figures.cautions(timed, flash),
    )


def _functions(timed: Timing) -> list[OperatorCycles]:
    """Own cycles of each function; what all of them waited for the flash is a row of its own."""
    rows = [figures.share(name or "?", "function", one) for name, one in timed.functions.items()]
    stalls = timed.cycles - timed.core_cycles
    return [*rows, OperatorCycles("(waiting for flash)", "", stalls, 0)] if stalls > 0 else rows


def _sizes(image: Elf, chosen: Board) -> tuple[dict[str, int], dict[str, int]]:
    """Sections by name: those stored take flash, wherever they run; those in RAM take RAM."""
    base, size = chosen.memory.flash_base, chosen.memory.flash_bytes
    flash: dict[str, int] = {}
    ram: dict[str, int] = {}
    for one in image.sections:
        in_flash = base <= one.address < base + size
        if one.stored:
            flash[one.name] = flash.get(one.name, 0) + one.size_bytes
        if not in_flash:
            ram[one.name] = ram.get(one.name, 0) + one.size_bytes
    return flash, ram
