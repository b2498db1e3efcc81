"""From an int8 .tflite to firmware for one core and one memory map."""

from pathlib import Path

from effprof.backends.mcu.core import Core
from effprof.backends.mcu.firmware import Firmware, MemoryMap
from effprof.ports import Refusal


def build(model: Path, core: Core, memory: MemoryMap, folder: Path) -> Firmware:
    """The project is left in `folder`: C, linker script, ELF, map.

    Refusal `request` names the operator that is not supported, before anything is built; `failed`
    names the folder a failed compile left behind.
    """
    raise Refusal("request", f"{model}: no operator is supported on {core.name} yet")
