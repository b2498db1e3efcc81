"""The backend `mcu`: an int8 model, or a firmware, executed on an emulated microcontroller."""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from effprof.backends.mcu import limits
from effprof.base.records import Emulation, OperatorTime
from effprof.ports import Arrays

EXTRA = "pip install 'effprof[tinyml]'"
RUNTIMES = ("ziglang", "unicorn", "capstone")


class Mcu:
    formats: Sequence[str] = ("tflite", "elf")
    packages: Sequence[str] = RUNTIMES
    most_operators: int = limits.UNCONVERTED_OPERATORS
    most_weights: int = limits.ROOM_BYTES

    def unavailable(self) -> str | None:
        lacking = [name for name in RUNTIMES if importlib.util.find_spec(name) is None]
        return f"{', '.join(lacking)} not installed: {EXTRA}" if lacking else None

    def refuses(self, model: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
        if model["format"] not in self.formats:
            return f"it takes int8 TFLite models and ELF firmware, this is {model['format']}"
        if options.get("threads", 1) != 1:
            return f"a microcontroller runs one thread, not {options['threads']}"
        if model["format"] == "elf" and not options.get("entry"):
            return "which function of the firmware to run is not said; add --entry SYMBOL"
        if model["format"] != "elf" and options.get("entry"):
            return "--entry names a function of an ELF file, this is a model"
        if model["format"] == "elf" and options.get("keep"):
            return "--keep leaves the project that a model becomes, this is a firmware already"
        return None

    def kernels(self) -> Sequence[str]:
        from effprof.backends.mcu.lower import OPERATORS

        return sorted(OPERATORS)

    def check(self, board: Mapping[str, Any]) -> None:
        from effprof.backends.mcu.board import board as part

        part({"board": board})

    def check_keep(self, folder: str) -> None:
        from effprof.backends.mcu import project

        project.check(Path(folder))

    def start(self) -> Mapping[str, str]:
        from importlib import metadata

        return {name: metadata.version(name) for name in RUNTIMES}

    def load(self, path: str, options: Mapping[str, Any]) -> "McuSession":
        from effprof.backends.mcu import part

        return McuSession(part.load(Path(path), options))

    def operators(
        self, path: str, options: Mapping[str, Any], arrays: Arrays, seconds: float
    ) -> Sequence[OperatorTime] | str:
        return "an emulator has no clock; cycles by operator come with the emulation"

    def emulate(
        self,
        path: str,
        options: Mapping[str, Any],
        arrays: Arrays,
        phase: Callable[[str], None],
    ) -> Emulation:
        from effprof.backends.mcu import firmware_run, model_run

        run = firmware_run.emulate if _is_elf(path) else model_run.emulate
        return run(Path(path), options, arrays, phase)


def _is_elf(path: str) -> bool:
    with Path(path).open("rb") as file:
        return file.read(4) == b"\x7fELF"


class McuSession:
    """A model in the flash of an emulated part: what the firmware answers."""

    def __init__(self, part: Any) -> None:
        self._part = part

    @property
    def settings(self) -> Mapping[str, Any]:
        return dict(self._part.settings)

    def run(self, arrays: Arrays) -> dict[str, Any]:
        return dict(self._part.infer(arrays))

    def bind(self, arrays: Arrays) -> Callable[[], object]:
        return lambda: self._part.infer(arrays)

    def close(self) -> None:
        del self._part
