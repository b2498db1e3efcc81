"""`python -m benchmarks.tinyml`: MLPerf Tiny's models on emulated boards, and published times.

`--save` also times `effprof measure` from ONNX, keeps all of it in `results/tinyml.json` and puts
the table into README.md. `--layers` shows where the cycles go, layer by layer: what one looks at
while tuning a kernel.
Published latencies are of other stacks' kernels on the real board, so the last columns compare
kernels, not the emulator with the board.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks import tinyml_seconds, tinyml_table
from benchmarks.noise import Witness
from benchmarks.outcome import RESULTS
from benchmarks.published import BOARDS, SHARED, Published, published
from effprof import target
from effprof.backends.mcu import elf
from effprof.backends.mcu.build import build
from effprof.backends.mcu.core import CORES
from effprof.backends.mcu.counting import make_counter
from effprof.backends.mcu.emulator import Machine
from effprof.backends.mcu.firmware import Firmware, MemoryMap
from effprof.backends.mcu.read import contents, parse
from effprof.backends.mcu.timing.flash import flash_timing
from effprof.backends.mcu.timing.timing import Timing, time_call

TASKS = ("kws", "vww", "ic", "ad")


@dataclass(frozen=True, slots=True)
class Cell:
    """One board and model: what was emulated, and what others published."""

    board: str
    task: str
    clock_hz: float
    weight_bytes: int  # of the model's own constants
    firmware: Firmware
    timing: Timing
    build_s: float
    emulate_s: float
    mips: float  # million instructions a second, block counts alone, the best of three
    others: Published | None


def main() -> int:
    asked = _arguments()
    witness = Witness()
    print(" ".join(HEAD))
    cells = []
    with tempfile.TemporaryDirectory() as empty, patch.dict("os.environ", EFFPROF_DATA=empty):
        make_counter(0)  # compiles the hook: once on a machine, so in no board's seconds
        for board in asked.boards:
            for task in asked.tasks:
                cells.append(measure(board, task))
                print(line(cells[-1]), flush=True)
                if asked.layers:
                    print("\n".join(layers(cells[-1])), flush=True)
    if asked.save:
        save(cells, witness)
    return 0


def save(cells: Sequence[Cell], witness: Witness) -> None:
    """To `results/tinyml.json` and into README.md, with the seconds of `effprof measure`."""
    if lack := tinyml_seconds.lacking():
        print(f"{lack} is not set up (effprof setup mobile): no seconds from ONNX")
    seconds = [] if lack else [asdict(one) for one in tinyml_seconds.timed()]
    kept = {"host": witness.told(), "cells": [told(one) for one in cells], "seconds": seconds}
    path = RESULTS / "tinyml.json"
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text = tinyml_table.markdown(kept)
    tinyml_table.put(text)
    print(f"\n{text}\nsaved {path} and {tinyml_table.PAGE}")


def told(cell: Cell) -> dict[str, Any]:
    """What `tinyml_table` shows of it; seconds, bytes and million instructions a second."""
    timing, firmware = cell.timing, cell.firmware
    return {
        "board": cell.board,
        "task": cell.task,
        "latency_s": timing.cycles / cell.clock_hz,
        "low_s": timing.low / cell.clock_hz,
        "high_s": timing.high / cell.clock_hz,
        "cycles": timing.cycles,
        "instructions": timing.instructions,
        "published": asdict(cell.others) if cell.others else None,
        "arena_bytes": firmware.arena_bytes,
        "bound_bytes": firmware.liveness_bound_bytes,
        "flash_bytes": firmware.sections.flash_bytes,
        "weight_bytes": cell.weight_bytes,
        "stack_bytes": timing.run.stack_bytes,
        "mips": cell.mips,
        "seconds": cell.build_s + cell.emulate_s,
    }


def measure(board: str, task: str) -> Cell:
    facts = target.load(board).plain_facts()
    core = CORES[str(facts["core"])]
    memory = _memory(facts)
    model = SHARED / "models" / f"{task}_int8.tflite"
    graph = parse(model, contents(model))
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        firmware = build(model, core, memory, Path(folder))
        built = time.perf_counter()
        machine = Machine(elf.read(firmware.elf), core, memory)
        machine.mark([layer.symbol for layer in firmware.layers])
        timing = time_call(
            machine, firmware.entry, flash=flash_timing(facts), groups=len(firmware.layers)
        )
        ended = time.perf_counter()
        emulated_s = min(machine.call(firmware.entry).seconds for _ in range(3))
    clock_hz = float(facts["clock"])
    return Cell(
        board,
        task,
        clock_hz,
        sum(one.size_bytes for one in graph.tensors if one.data is not None),
        firmware,
        timing,
        build_s=built - began,
        emulate_s=ended - built,
        mips=timing.instructions / emulated_s / 1e6,
        others=published(board, task, clock_hz),
    )


def _memory(facts: Mapping[str, Any]) -> MemoryMap:
    """The first flash and RAM of `memory_map`; sizes as large as any model here needs."""
    found: dict[str, int] = {}
    for part in facts["memory_map"].split(","):
        name, base, *_ = part.split()
        found.setdefault(name, int(base, 16))
    return MemoryMap(found["flash"], 4 << 20, found["ram"], 1 << 20)


HEAD = (
    f"{'board':20s} {'task':4s} {'ms':>8s} {'low':>8s} {'high':>8s} {'M cycles':>9s} {'stall':>6s}",
    f"{'MIPS':>5s} {'s':>5s} {'arena':>7s} {'bound':>7s} {'flash':>7s} {'stack':>6s}",
    f"{'best':>8s} {'median':>8s} {'worst':>8s} {'n':>3s} {'x best':>6s} {'x med.':>6s}",
)


def line(cell: Cell) -> str:
    timing, firmware, hz = cell.timing, cell.firmware, cell.clock_hz
    stalls = 1 - timing.core_cycles / timing.cycles
    known = timing.fetch_stalls is not None
    words = [
        f"{cell.board:20s} {cell.task:4s} {timing.cycles / hz * 1e3:8.2f}",
        f"{timing.low / hz * 1e3:8.2f} {timing.high / hz * 1e3:8.2f} {timing.cycles / 1e6:9.2f}",
        f"{stalls:6.1%}" if known else f"{'?':>6s}",
        f"{cell.mips:5.0f} {cell.build_s + cell.emulate_s:5.1f} {firmware.arena_bytes:7d}",
        f"{firmware.liveness_bound_bytes:7d} {firmware.sections.flash_bytes:7d}",
        f"{timing.run.stack_bytes:6d}",
    ]
    if others := cell.others:
        mine = timing.cycles / hz
        words += [
            f"{others.best * 1e3:8.2f} {others.median * 1e3:8.2f} {others.worst * 1e3:8.2f}",
            f"{others.count:3d} {mine / others.best:6.2f} {mine / others.median:6.2f}",
        ]
    return " ".join(words)


def layers(cell: Cell) -> Iterator[str]:
    """Cycles, MACs a cycle, stalls and instruction mix of each layer."""
    shares = cell.timing.groups[1:]
    for layer, share in zip(cell.firmware.layers, shares, strict=True):
        if not share.instructions:
            continue
        mix = " ".join(
            f"{kind} {count / share.instructions:.0%}" for kind, count in share.mix.items()
        )
        yield (
            f"   {layer.index:3d} {layer.type:18s} {'x'.join(map(str, layer.shape)):14s}"
            f" {share.cycles:11,.0f} cycles {share.cycles / cell.timing.cycles:6.1%}"
            f" {layer.macs / share.cycles:6.3f} MACs/cycle, stalled"
            f" {share.flash_stalls / share.cycles:4.0%}; {mix}"
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tinyml", description=__doc__)
    parser.add_argument("tasks", nargs="*", metavar="TASK", default=list(TASKS), help=str(TASKS))
    parser.add_argument("-t", dest="boards", action="append", metavar="TARGET")
    parser.add_argument("--layers", action="store_true", help="where the cycles go")
    parser.add_argument("--save", action="store_true", help="results/tinyml.json, README.md")
    asked = parser.parse_args()
    asked.boards = asked.boards or list(BOARDS)
    return asked


if __name__ == "__main__":
    raise SystemExit(main())
