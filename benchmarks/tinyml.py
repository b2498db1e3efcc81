"""`python -m benchmarks.tinyml`: MLPerf Tiny's models on emulated boards, and published times.

`--layers` shows where the cycles go, layer by layer: what one looks at while tuning a kernel.
Published latencies are of other stacks' kernels on the real board, so the last columns compare
kernels, not the emulator with the board.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.published import BOARDS, SHARED, Published, published
from effprof import target
from effprof.backends.mcu import elf
from effprof.backends.mcu.build import build
from effprof.backends.mcu.core import CORES
from effprof.backends.mcu.emulator import Machine
from effprof.backends.mcu.firmware import Firmware, MemoryMap
from effprof.backends.mcu.timing.flash import flash_timing
from effprof.backends.mcu.timing.timing import Timing, time_call

TASKS = ("kws", "vww", "ic", "ad")


@dataclass(frozen=True, slots=True)
class Cell:
    """One board and model: what was emulated, and what others published."""

    board: str
    task: str
    clock_hz: float
    firmware: Firmware
    timing: Timing
    build_s: float
    emulate_s: float
    mips: float  # instructions a second of CPU time, block counts alone
    others: Published | None


def main() -> int:
    asked = _arguments()
    print(" ".join(HEAD))
    for board in asked.boards:
        for task in asked.tasks:
            cell = measure(board, task)
            print(line(cell), flush=True)
            if asked.layers:
                print("\n".join(layers(cell)), flush=True)
    return 0


def measure(board: str, task: str) -> Cell:
    facts = target.load(board).plain_facts()
    core = CORES[str(facts["core"])]
    memory = _memory(facts)
    model = SHARED / "models" / f"{task}_int8.tflite"
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
        cpu_s = time.process_time()
        machine.call(firmware.entry)
        cpu_s = time.process_time() - cpu_s
    clock_hz = float(facts["clock"])
    return Cell(
        board,
        task,
        clock_hz,
        firmware,
        timing,
        build_s=built - began,
        emulate_s=ended - built,
        mips=timing.instructions / cpu_s / 1e6,
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
    asked = parser.parse_args()
    asked.boards = asked.boards or list(BOARDS)
    return asked


if __name__ == "__main__":
    raise SystemExit(main())
