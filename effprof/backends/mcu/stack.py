"""The stack of the emulated part: where it begins, and how deep a call went (painted memory)."""

from typing import Any

import numpy as np

from effprof.backends.mcu.elf import Elf
from effprof.backends.mcu.firmware import MemoryMap

PAINT = 0xA5
TOPS = ("__stack_top", "_estack", "__StackTop", "__stack", "_stack_top", "__initial_sp")
_SET_ASIDE = ("stack", "heap")  # sections that linker scripts keep free: nothing lies there
GAP_BYTES = 1024  # so much untouched paint parts the stack from a heap under it


class Stack:
    """It grows down from `top` towards the last static variable under it."""

    def __init__(self, elf: Elf, memory: MemoryMap) -> None:
        end = memory.ram_base + memory.ram_bytes
        named = [elf.symbol(name).address for name in TOPS if elf.has(name)]
        inside = [top for top in named if memory.ram_base < top <= end]
        self.top = (inside[0] if inside else end) & ~7
        below = [
            section.address + section.size_bytes
            for section in elf.sections
            if memory.ram_base <= section.address < self.top
            and not any(word in section.name for word in _SET_ASIDE)
        ]
        self._bottom = min(max([memory.ram_base, *below]), self.top)
        self._heap = any(elf.has(name) for name in ("malloc", "_sbrk", "_malloc_r"))

    def paint(self, engine: Any) -> None:
        engine.mem_write(self._bottom, bytes([PAINT]) * self.room_bytes)

    @property
    def room_bytes(self) -> int:
        """Between the last static variable and the top."""
        return self.top - self._bottom

    def deepest_bytes(self, engine: Any) -> int:
        """Bytes from the top to the deepest one that was written."""
        size = self.room_bytes
        painted = np.frombuffer(bytes(engine.mem_read(self._bottom, size)), np.uint8) == PAINT
        touched = np.flatnonzero(~painted)
        if self._heap and touched.size:
            gaps = np.flatnonzero(np.diff(touched) > GAP_BYTES)
            touched = touched[gaps[-1] + 1 :] if gaps.size else touched
        return int(size - touched[0]) if touched.size else 0
