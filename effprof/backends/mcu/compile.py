"""Runs the clang inside ziglang on a written project, and reads what came out."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from effprof.backends.mcu.core import Core
from effprof.backends.mcu.emit import LINK_FLAGS, flags
from effprof.backends.mcu.firmware import Sections
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


def compile_firmware(folder: Path, names: Sequence[str], core: Core) -> Path:
    """`firmware.elf` and `firmware.map`. What the compiler says stays in a file of the folder."""
    headers = Path(_ziglang()) / "lib" / "include"
    objects = [f"{name.removesuffix('.c')}.o" for name in names]
    with (folder / _LOG).open("w") as log:
        until_s = time.monotonic() + DEADLINE_S
        _run(
            folder,
            log,
            until_s,
            "clang",
            *flags(core),
            "-nostdinc",
            "-isystem",
            str(headers),
            "-c",
            *names,
        )
        _run(folder, log, until_s, "ld.lld", *LINK_FLAGS, *objects)
    for name in objects:
        (folder / name).unlink()
    return folder / "firmware.elf"


def _ziglang() -> str:
    import ziglang

    return str(next(iter(ziglang.__path__)))


def _run(folder: Path, log: IO[str], until_s: float, *words: str) -> None:
    """One tool of ziglang to its end, in its own folder; a Refusal when it fails."""
    try:
        code = subprocess.run(
            [sys.executable, "-P", "-m", "ziglang", *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=max(until_s - time.monotonic(), 0.1),
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        code = _TOO_LONG
    if code:
        raise _failure(folder, words[0], code)


def _failure(folder: Path, tool: str, code: int) -> Refusal:
    said = (folder / _LOG).read_text(errors="replace")
    for region in ("FLASH", "RAM"):
        if f"region '{region}'" in said or f"{region}: no room" in said:
            return Refusal(
                "request",
                f"the firmware does not fit in the {region} of the memory map",
                f"{folder / _LOG} says by how much; a smaller model, or a part with more",
            )
    late = f"did not finish within {DEADLINE_S:g} s"
    ending = late if code == _TOO_LONG else f"ended with code {code}"
    return Refusal(
        "failed",
        f"the compiler ({tool}) {ending}; the project is kept in {folder}",
        f"{folder / _LOG} holds what it said",
    )


def sections(elf: Path) -> Sections:
    """Sizes from the section headers of a 32-bit little-endian ELF."""
    import struct

    content = elf.read_bytes()
    table, size, count, names = (
        *struct.unpack_from("<I", content, 32),
        *struct.unpack_from("<HHH", content, 46),
    )
    headers = [struct.unpack_from("<10I", content, table + i * size) for i in range(count)]
    strings = headers[names][4]
    found: dict[str, int] = {}
    for header in headers:
        at = strings + header[0]
        found[content[at : content.index(b"\0", at)].decode()] = header[5]
    return Sections(
        weights=found.get(".weights", 0),
        code=found.get(".text", 0) + found.get(".vectors", 0),
        rodata=found.get(".rodata", 0),
        data=found.get(".data", 0),
        bss=found.get(".bss", 0),
    )
