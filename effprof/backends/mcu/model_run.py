"""A model on an emulated part: built, executed once, and told as figures."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from effprof.backends.mcu import figures, part
from effprof.backends.mcu.firmware import Firmware
from effprof.backends.mcu.part import Part
from effprof.backends.mcu.timing.flash import flash_timing
from effprof.backends.mcu.timing.timing import Timing, time_call
from effprof.base.records import Emulation, Measurement, OperatorCycles
from effprof.ports import Arrays

KERNELS = "effprof's own kernels"
BYTES_SOURCE = "linked image"


def emulate(
    path: Path, options: Mapping[str, Any], arrays: Arrays, phase: Callable[[str], None]
) -> Emulation:
    """One inference; Refusals are those of the build, the board and the emulator."""
    phase("building")
    began = time.perf_counter()
    ready = part.load(path, options, options.get("keep", ""))
    build_s = time.perf_counter() - began
    phase("emulating")
    began = time.perf_counter()
    flash = flash_timing(ready.board.facts)
    ready.feed(arrays)
    layers = ready.firmware.layers
    ready.machine.mark([layer.symbol for layer in layers])
    timed = time_call(ready.machine, ready.firmware.entry, flash=flash, groups=len(layers))
    run_s = time.perf_counter() - began
    ram = _ram(ready.firmware, timed.run.stack_bytes)
    return Emulation(
        readings=[
            *figures.latency(timed, ready.board, KERNELS),
            *_memory(ready.firmware, ram),
        ],
        operators=_operators(ready, timed),
        flash=_flash(ready.firmware),
        ram=ram,
        kernels=KERNELS,
        settings=ready.settings,
        outputs=ready.outputs(),
        build_s=build_s,
        run_s=run_s,
        kept=ready.kept,
        cautions=figures.cautions(timed, flash),
    )


def _flash(made: Firmware) -> dict[str, int]:
    held = made.sections
    return {
        "weights": held.weights,
        "code": held.code,
        "constants": held.rodata,
        "initial values": held.data,
    }


def _ram(made: Firmware, stack_bytes: int) -> dict[str, int]:
    """Statics are what .data and .bss hold beside the arena, which lies in .bss."""
    statics = made.sections.data + made.sections.bss - made.arena_bytes
    return {"arena": made.arena_bytes, "stack": stack_bytes, "statics": max(statics, 0)}


def _memory(made: Firmware, ram: Mapping[str, int]) -> list[Measurement]:
    return [
        figures.counted("memory.arena", ram["arena"], "arena as planned, scratch included"),
        figures.counted("memory.stack", ram["stack"], "painted stack, high-water mark"),
        figures.counted("memory.ram", sum(ram.values()), "arena + stack + statics"),
        figures.counted("size.flash", made.sections.flash_bytes, BYTES_SOURCE),
    ]


def _operators(ready: Part, timed: Timing) -> list[OperatorCycles]:
    """By layer; a layer that executes nothing has no row. What runs around them is a row too."""
    rows = [
        figures.share(_short(layer.name), layer.type, one, layer.macs or None)
        for layer, one in zip(ready.firmware.layers, timed.groups[1:], strict=True)
        if layer.symbol is not None
    ]
    around = timed.groups[0]
    return rows if not around.instructions else [*rows, figures.share("(around)", "", around)]


def _short(name: str) -> str:
    """The converter joins the names of all it fused; the first is of what comes out of it."""
    return name.split(";", 1)[0]
