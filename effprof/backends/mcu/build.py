"""From an int8 .tflite to firmware for one core and one memory map."""

from collections.abc import Sequence
from pathlib import Path

from effprof.backends.mcu import cache
from effprof.backends.mcu.compile import compile_firmware, sections, version
from effprof.backends.mcu.core import Core
from effprof.backends.mcu.emit import ENTRY, PORT_TYPES, statements, symbol, write
from effprof.backends.mcu.firmware import Firmware, Layer, MemoryMap, NoRoom, Port
from effprof.backends.mcu.graph import Graph, printable
from effprof.backends.mcu.lower import lower
from effprof.backends.mcu.plan import Plan, plan
from effprof.backends.mcu.read import contents, parse
from effprof.backends.mcu.step import Step
from effprof.ports import Refusal


def build(model: Path, core: Core, memory: MemoryMap, folder: Path) -> Firmware:
    """The project is left in `folder`: C, linker script, ELF, map. A build made before is copied.

    Refusal `request` names the operator that is not supported, before anything is built, and says
    when the firmware does not fit in `memory`; `failed` names the folder a failed compile left.
    """
    content = contents(model)
    name = cache.key(content, core, memory, version())
    if kept := cache.fetch(name, folder):
        return kept
    graph = parse(model, content)
    steps = lower(graph, core)
    _check_ports(graph)
    arena = plan(graph, steps)
    _check_room(steps, arena, memory)
    names = write(folder, graph, steps, arena, core, memory)
    elf = compile_firmware(folder, names, core, memory)
    firmware = Firmware(
        elf=elf,
        entry=ENTRY,
        inputs=_ports(graph, "input", graph.inputs),
        outputs=_ports(graph, "output", graph.outputs),
        layers=tuple(_layer(graph, step, arena) for step in steps),
        arena_bytes=arena.arena_bytes,
        scratch_bytes=max(step.scratch_bytes for step in steps),
        liveness_bound_bytes=arena.bound_bytes,
        sections=sections(elf),
    )
    cache.save(firmware, folder)
    cache.keep(name, folder)
    return firmware


def _check_ports(graph: Graph) -> None:
    for index in (*graph.inputs, *graph.outputs):
        tensor = graph.tensors[index]
        what = tensor.dtype if tensor.data is None else "constant"
        if what not in PORT_TYPES:
            raise Refusal(
                "request",
                f"an input or output is {what}: {printable(tensor.name)}",
                f"firmware takes and gives {', '.join(PORT_TYPES)}",
            )


def _check_room(steps: Sequence[Step], arena: Plan, memory: MemoryMap) -> None:
    """What is known before a compiler is given megabytes of constants in vain."""
    constants = {one.symbol: one.size_bytes for step in steps for one in step.constants}
    if (flash_bytes := sum(constants.values())) > memory.flash_bytes:
        raise NoRoom("FLASH", memory.flash_bytes, flash_bytes)
    if (ram_bytes := arena.arena_bytes + memory.stack_bytes) > memory.ram_bytes:
        raise NoRoom("RAM", memory.ram_bytes, ram_bytes)


def _ports(graph: Graph, kind: str, indices: tuple[int, ...]) -> tuple[Port, ...]:
    found = []
    for place, index in enumerate(indices):
        t = graph.tensors[index]
        found.append(
            Port(t.name, f"{kind}_{place}", t.dtype, t.shape, t.scale, t.zero_point, t.size_bytes)
        )
    return tuple(found)


def _layer(graph: Graph, step: Step, arena: Plan) -> Layer:
    made = graph.tensors[step.results[0]]
    runs = bool(statements(graph, step, arena))
    return Layer(
        step.node.index,
        step.node.type,
        made.name,
        symbol(step) if runs else None,
        step.macs,
        made.shape,
    )
