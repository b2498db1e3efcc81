"""Runs the clang inside ziglang on a written project, and reads what came out."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from effprof.backends.mcu import elf
from effprof.backends.mcu.core import Core
from effprof.backends.mcu.emit import LINK_FLAGS, flags
from effprof.backends.mcu.firmware import MemoryMap, NoRoom, Sections
from effprof.ports import Refusal

DEADLINE_S = 300.0
_LOG = "compiler.log"
_TOO_LONG = -999  # no exit code


def version() -> str:
    """Of the compiler, without starting it. Refusal `lacking` when it is not installed."""
    from importlib import metadata

    try:
        return metadata.version("ziglang")
    except metadata.PackageNotFoundError:
        raise Refusal(
            "lacking", "ziglang is not installed", "pip install 'effprof[tinyml]'"
        ) from None


def compile_firmware(folder: Path, names: Sequence[str], core: Core, memory: MemoryMap) -> Path:
    """`firmware.elf` and `firmware.map`. What the compiler says stays in a file of the folder."""
    headers = Path(_ziglang()) / "lib" / "include"
    objects = [f"{name.removesuffix('.c')}.o" for name in names]
    clang = ("clang", *flags(core), "-nostdinc", "-isystem", str(headers), "-c", *names)
    until_s = time.monotonic() + DEADLINE_S
    with (folder / _LOG).open("w") as log:
        for words in (clang, ("ld.lld", *LINK_FLAGS, *objects)):
            if code := _run(folder, log, until_s, words):
                raise _failure(folder, words[0], code, memory)
    for name in objects:
        (folder / name).unlink()
    return folder / "firmware.elf"


def _ziglang() -> str:
    import ziglang

    return str(next(iter(ziglang.__path__)))


def _run(folder: Path, log: IO[str], until_s: float, words: Sequence[str]) -> int:
    """One tool of ziglang to its end, in its own folder; its exit code."""
    try:
        return subprocess.run(
            [sys.executable, "-P", "-m", "ziglang", *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=max(until_s - time.monotonic(), 0.1),
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return _TOO_LONG


def _failure(folder: Path, tool: str, code: int, memory: MemoryMap) -> Refusal:
    said = (folder / _LOG).read_text(errors="replace")
    for region in ("FLASH", "RAM"):
        if f"region '{region}'" in said or f"{region}: no room" in said:
            return NoRoom(region, memory.flash_bytes if region == "FLASH" else memory.ram_bytes)
    late = f"did not finish within {DEADLINE_S:g} s"
    ending = late if code == _TOO_LONG else f"ended with code {code}"
    return Refusal(
        "failed",
        f"the compiler ({tool}) {ending}; the project is kept in {folder}",
        f"{folder / _LOG} holds what it said",
    )


def sections(path: Path) -> Sections:
    """Sizes from the section headers of the linked image."""
    held = {one.name: one.size_bytes for one in elf.read(path).sections}
    return Sections(
        weights=held.get(".weights", 0),
        code=held.get(".text", 0) + held.get(".vectors", 0),
        rodata=held.get(".rodata", 0),
        data=held.get(".data", 0),
        bss=held.get(".bss", 0),
    )
