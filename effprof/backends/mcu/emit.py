"""Writes the project: the model's C, the kernels it calls, linker script, startup, Makefile."""

import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from effprof.backends.mcu.core import Core
from effprof.backends.mcu.firmware import MemoryMap
from effprof.backends.mcu.graph import Graph, Tensor, printable
from effprof.backends.mcu.layout import copied
from effprof.backends.mcu.plan import Plan, aligned
from effprof.backends.mcu.step import Constant, Step

ENTRY = "model_invoke"
_HEADERS = ("nn.h", "fixed.h")
_ALWAYS = ("support.c", "startup.c")
_PER_LINE = 24
PORT_TYPES = {"int8": "int8_t", "uint8": "uint8_t", "float32": "float", "int32": "int32_t"}
"""What an input or output may be, and in C."""


def symbol(step: Step) -> str:
    """The function of one layer; the model's own names never reach an identifier."""
    return f"layer_{step.node.index:04}_{re.sub('[^a-z0-9]+', '_', step.node.type.lower())}"


def kernel_text(name: str) -> str:
    return files("effprof.backends.mcu").joinpath("kernels", name).read_text()


def sources(steps: Sequence[Step]) -> tuple[str, ...]:
    """C files of the project, `model.c` first."""
    used = sorted({name for step in steps for name in step.kernels})
    return ("model.c", *used, *_ALWAYS)


def write(
    folder: Path, graph: Graph, steps: Sequence[Step], plan: Plan, core: Core, memory: MemoryMap
) -> tuple[str, ...]:
    """Everything but the ELF; the names of the C files to compile."""
    folder.mkdir(parents=True, exist_ok=True)
    names = sources(steps)
    for name in (*_HEADERS, *names[1:]):
        (folder / name).write_text(kernel_text(name))
    (folder / "model.h").write_text(_header(graph))
    (folder / "model.c").write_text(_model(graph, steps, plan))
    (folder / "link.ld").write_text(linker_script(graph, plan, memory))
    (folder / "Makefile").write_text(_makefile(core, names))
    (folder / "README.md").write_text(_readme(core, memory, plan))
    return names


def _model(graph: Graph, steps: Sequence[Step], plan: Plan) -> str:
    lines = [
        "/* Made from an int8 model; the arena holds every tensor that is not a constant. */",
        '#include "model.h"',
        '#include "nn.h"',
        "",
        f'int8_t arena[{plan.arena_bytes}] __attribute__((aligned(16), section(".bss.arena")));',
    ]
    for tensor, offset in sorted(plan.offsets.items()):
        name = printable(graph.tensors[tensor].name)
        lines.append(f"#define tensor_{tensor} (arena + {offset}) /* {name} */")
    seen: set[str] = set()
    for step in steps:
        for constant in step.constants:
            if constant.symbol not in seen:
                seen.add(constant.symbol)
                lines.append(_array(constant))
    called = []
    for place, step in enumerate(steps):
        body = _fetching(place, step, plan, statements(graph, step, plan))
        if not body:
            continue
        called.append(symbol(step))
        lines += ["", f"/* {printable(graph.title(step.node))} */"]
        lines.append(f"__attribute__((noinline)) static void {symbol(step)}(void) {{")
        if place in plan.scratch:
            lines.append(f"  void *scratch = arena + {plan.scratch[place]};")
        elif any("scratch)" in line for line in body):
            lines.append("  void *scratch = 0;")
        lines += [f"  {line}" for line in body] + ["}"]
    lines += ["", f"void {ENTRY}(void) {{", *(f"  {name}();" for name in called), "}", ""]
    return "\n".join(lines)


def _fetching(place: int, step: Step, plan: Plan, body: tuple[str, ...]) -> tuple[str, ...]:
    """The body with its constants read from copies in the arena, which come first."""
    if place not in plan.fetched:
        return body
    at, copies = plan.fetched[place], []
    for constant in step.constants:
        if constant.symbol in step.worth_fetching:
            copies.append(
                f"__builtin_memcpy(arena + {at}, {constant.symbol}, {constant.size_bytes});"
            )
            there = f"(const {constant.ctype} *)(arena + {at})"
            body = tuple(re.sub(rf"\b{constant.symbol}\b", there, line) for line in body)
            at += aligned(constant.size_bytes)
    return (*copies, *body)


def statements(graph: Graph, step: Step, plan: Plan) -> tuple[str, ...]:
    """What a layer executes: nothing where a reshape shares its input's memory."""
    if step.lines:
        return step.lines
    x, y = graph.tensors[step.node.inputs[0]], graph.tensors[step.results[0]]
    if x.data is None and plan.offsets[x.index] == plan.offsets[y.index]:
        return ()
    return (copied(_place(x), _place(y), y.size_bytes),)


def _place(tensor: Tensor) -> str:
    return f"tensor_{tensor.index}" if tensor.data is None else f"constant_{tensor.index}"


def _array(constant: Constant) -> str:
    """One array in the section that the linker script puts with its like; made row by row, since
    millions of words at once would take a gigabyte.
    """
    values = constant.values
    rows = (
        ",".join(map(_literal, values[at : at + _PER_LINE].tolist()))
        for at in range(0, len(values), _PER_LINE)
    )
    section = ".weights" if constant.section == "weights" else ".rodata"
    return (
        f"static const {constant.ctype} {constant.symbol}[{len(values)}]"
        f' __attribute__((aligned(4), section("{section}.{constant.symbol}"))) = {{\n'
        + ",\n".join(rows)
        + "};"
    )


def _literal(value: int) -> str:
    """-2147483648 is in C the negation of what no int holds."""
    return "(-2147483647-1)" if value == -(2**31) else str(value)


def _header(graph: Graph) -> str:
    lines = [
        "/* The model: write the inputs, call, read the outputs. Not reentrant. */",
        "#ifndef MODEL_H",
        "#define MODEL_H",
        "#include <stdint.h>",
    ]
    for kind, indices in (("input", graph.inputs), ("output", graph.outputs)):
        for place, index in enumerate(indices):
            t = graph.tensors[index]
            shape = " x ".join(map(str, t.shape)) or "scalar"
            lines.append(
                f"/* {printable(t.name)}: {shape}, scale {t.scale!r}, zero point {t.zero_point} */"
            )
            lines.append(f"extern {PORT_TYPES[t.dtype]} {kind}_{place}[{t.count}];")
    return "\n".join([*lines, f"void {ENTRY}(void);", "#endif", ""])


def linker_script(graph: Graph, plan: Plan, memory: MemoryMap) -> str:
    """Inputs and outputs are places in the arena, and get their names here."""
    ports = [
        f"{kind}_{place} = arena + {plan.offsets[index]};"
        for kind, indices in (("input", graph.inputs), ("output", graph.outputs))
        for place, index in enumerate(indices)
    ]
    return kernel_text("link.ld.in").format(
        flash_base=hex(memory.flash_base),
        flash_bytes=memory.flash_bytes,
        ram_base=hex(memory.ram_base),
        ram_bytes=memory.ram_bytes,
        stack_bytes=memory.stack_bytes,
        ports="\n".join(ports),
    )


def flags(core: Core) -> tuple[str, ...]:
    """Of clang, for one C file; a Makefile repeats them."""
    kind = "eabihf" if core.fpu else "eabi"
    return (
        f"--target=thumb-none-{kind}",
        f"-mcpu={core.name}",
        "-O2",
        "-std=gnu11",
        "-ffreestanding",
        "-fno-builtin",
        "-fomit-frame-pointer",
        "-ffunction-sections",
        "-fdata-sections",
        "-Wall",
    )


LINK_FLAGS = ("--gc-sections", "-T", "link.ld", "-Map", "firmware.map", "-o", "firmware.elf")


def _makefile(core: Core, names: Sequence[str]) -> str:
    fpu = " -mfloat-abi=hard" if core.fpu else ""
    return kernel_text("Makefile.in").format(
        clang=" ".join(flags(core)),
        link=" ".join(LINK_FLAGS),
        gcc=f"-mcpu={core.name} -mthumb{fpu}",
        sources=" ".join(names),
    )


def _readme(core: Core, memory: MemoryMap, plan: Plan) -> str:
    return kernel_text("README.md.in").format(
        core=core.name,
        entry=ENTRY,
        flash=f"{memory.flash_bytes} bytes at {memory.flash_base:#x}",
        ram=f"{memory.ram_bytes} bytes at {memory.ram_base:#x}",
        arena=plan.arena_bytes,
        stack=memory.stack_bytes,
    )
