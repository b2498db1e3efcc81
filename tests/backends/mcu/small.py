"""Small firmware for tests, compiled by the same clang that compiles generated firmware."""

import hashlib
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from effprof.backends.mcu import elf
from effprof.backends.mcu.core import CORES
from effprof.backends.mcu.emulator import Machine
from effprof.backends.mcu.execution import Limits, Region
from effprof.backends.mcu.firmware import MemoryMap

MEMORY = MemoryMap(0x0800_0000, 1 << 20, 0x2000_0000, 256 << 10)
LINK = """MEMORY { FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 1M
RAM (rw) : ORIGIN = 0x20000000, LENGTH = 256K }
ENTRY(nothing)
SECTIONS { .text : { KEEP(*(.text*)) } > FLASH
.rodata : { *(.rodata*) } > FLASH
.data : { *(.data*) } > RAM AT> FLASH
.bss : { *(.bss*) } > RAM
/DISCARD/ : { *(.ARM.exidx*) *(.comment) *(.ARM.attributes) } }
"""


@cache
def compiled(source: str, core: str, suffix: str = ".c") -> Path:
    """The ELF of one C (`.c`) or assembler (`.S`) text, built once: it is kept by its hash."""
    part = CORES[core]
    digest = hashlib.sha256(f"{LINK}{source}{core}{suffix}".encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"effprof-small-firmware-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    made = folder / f"{digest}.elf"
    if not made.exists():
        with tempfile.TemporaryDirectory() as name:
            work = Path(name)
            (work / "link.ld").write_text(LINK)
            (work / f"x{suffix}").write_text(source)
            words = ["-m", "ziglang", "cc", "-target", part.target, f"-mcpu={part.cpu}", "-O2"]
            words += ["-nostdlib", "-ffreestanding", "-fomit-frame-pointer", "-fno-unroll-loops"]
            words += ["-Wl,-T,link.ld", f"x{suffix}", "-o", "x.elf"]
            subprocess.run(
                [sys.executable, *words], cwd=work, check=True, capture_output=True, timeout=300
            )
            (work / "x.elf").replace(made)
    return made


def machine(
    source: str,
    core: str,
    suffix: str = ".c",
    limits: Limits | None = None,
    more: tuple[Region, ...] = (),
) -> Machine:
    read = elf.read(compiled(source, core, suffix))
    return Machine(read, CORES[core], MEMORY, limits=limits, more=more)
