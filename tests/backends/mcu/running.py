"""Runs a built firmware in unicorn and the same model in TensorFlow Lite Micro's interpreter."""

import importlib
import struct
from pathlib import Path
from typing import Any

import numpy as np

from effprof.backends.mcu.core import Core
from effprof.backends.mcu.firmware import Firmware, MemoryMap

MEMORY = MemoryMap(0x0800_0000, 2 << 20, 0x2000_0000, 1 << 20)


def symbols(elf: Path) -> dict[str, int]:
    """Names and values of the symbol table of a 32-bit ELF."""
    content = elf.read_bytes()
    (table,) = struct.unpack_from("<I", content, 32)
    size, count = struct.unpack_from("<HH", content, 46)
    headers = [struct.unpack_from("<10I", content, table + i * size) for i in range(count)]
    found = {}
    for header in headers:
        if header[1] != 2:  # SHT_SYMTAB
            continue
        strings = headers[header[6]][4]
        for at in range(header[4], header[4] + header[5], 16):
            name, value = struct.unpack_from("<II", content, at)
            end = content.index(b"\0", strings + name)
            found[content[strings + name : end].decode()] = value
    return found


class Machine:
    """One firmware loaded once; inputs in, outputs out, as often as asked."""

    def __init__(self, firmware: Firmware, core: Core, memory: MemoryMap = MEMORY) -> None:
        unicorn: Any = importlib.import_module("unicorn")
        arm_const: Any = importlib.import_module("unicorn.arm_const")

        self.firmware, self.names = firmware, symbols(firmware.elf)
        self.top = memory.ram_base + memory.ram_bytes
        self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(getattr(arm_const, core.unicorn))
        self.uc.mem_map(memory.flash_base, memory.flash_bytes)
        self.uc.mem_map(memory.ram_base, memory.ram_bytes)
        self.sp, self.lr = arm_const.UC_ARM_REG_SP, arm_const.UC_ARM_REG_LR
        self.end = memory.flash_base + memory.flash_bytes - 16
        content = firmware.elf.read_bytes()
        (start,) = struct.unpack_from("<I", content, 28)
        size, count = struct.unpack_from("<HH", content, 42)
        for i in range(count):
            kind, offset, _, address, length = struct.unpack_from("<5I", content, start + i * size)
            if kind == 1 and length:
                self.uc.mem_write(address, content[offset : offset + length])

    def run(self, *inputs: Any) -> list[Any]:
        for port, values in zip(self.firmware.inputs, inputs, strict=True):
            assert values.nbytes == port.size_bytes
            self.uc.mem_write(self.names[port.symbol], values.tobytes())
        self.uc.reg_write(self.sp, self.top)
        self.uc.reg_write(self.lr, self.end | 1)
        self.uc.emu_start(self.names[self.firmware.entry] | 1, self.end)
        return [
            np.frombuffer(
                bytes(self.uc.mem_read(self.names[port.symbol], port.size_bytes)), port.dtype
            ).reshape(port.shape)
            for port in self.firmware.outputs
        ]


class Oracle:
    """TensorFlow Lite Micro's interpreter: what every bit is held against."""

    def __init__(self, model: bytes, outputs: int = 1) -> None:
        from tflite_micro import runtime

        self.interpreter = runtime.Interpreter.from_bytes(model, arena_size=4 << 20)
        self.outputs = outputs

    def run(self, *inputs: Any) -> list[Any]:
        for place, values in enumerate(inputs):
            self.interpreter.set_input(values, place)
        self.interpreter.invoke()
        return [self.interpreter.get_output(place) for place in range(self.outputs)]


def random_inputs(firmware: Firmware, seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    made = []
    for port in firmware.inputs:
        if port.dtype == "float32":
            made.append(rng.normal(0, 1, port.shape).astype(np.float32))
        else:
            kind = np.iinfo(port.dtype)
            made.append(rng.integers(kind.min, kind.max + 1, port.shape).astype(port.dtype))
    return made
