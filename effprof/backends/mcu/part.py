"""A part with a model in its flash, ready to infer."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from effprof.backends.mcu import built, elf, project
from effprof.backends.mcu.board import Board, board
from effprof.backends.mcu.emulator import Machine
from effprof.backends.mcu.firmware import Firmware, Port
from effprof.ports import Arrays, Refusal


@dataclass(slots=True)
class Part:
    """`fits`: whether flash and RAM are those of the board, not larger ones.

    `kept`: where the project was left for the user, if it was asked for.
    """

    board: Board
    firmware: Firmware
    fits: bool
    machine: Machine
    kept: str = ""

    @property
    def settings(self) -> Mapping[str, Any]:
        return settings(self.board)

    def infer(self, arrays: Arrays) -> dict[str, Any]:
        self.feed(arrays)
        self.machine.call(self.firmware.entry)
        return self.outputs()

    def feed(self, arrays: Arrays) -> None:
        for port in self.firmware.inputs:
            self.machine.write(port.symbol, _bytes(port, arrays))

    def outputs(self) -> dict[str, Any]:
        """Copies, as the model has them: not dequantised."""
        return {
            port.name: np.frombuffer(
                self.machine.read(port.symbol, port.size_bytes), np.dtype(port.dtype)
            ).reshape(port.shape)
            for port in self.firmware.outputs
        }


def load(path: Path, options: Mapping[str, Any], keep: str = "") -> Part:
    """Built, or taken from the builds kept, and written into the flash of an emulated part.

    `keep`: a folder to leave the project in.
    """
    chosen = board(options)
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        made, fits = built.firmware(path, chosen, Path(scratch) / "project")
        kept = project.leave(made.elf.parent, Path(keep)) if keep else ""
        image = elf.read(made.elf)
    place = chosen if fits else chosen.with_room()
    machine = Machine(image, place.core, place.memory, more=place.more)
    return Part(place, made, fits, machine, kept)


def settings(chosen: Board) -> dict[str, Any]:
    """What the report says of how it was run."""
    return {"threads": 1, "core": chosen.core.name, "clock_hz": chosen.clock_hz}


def _bytes(port: Port, arrays: Arrays) -> bytes:
    given = arrays.get(port.name)
    if given is None:
        raise Refusal("request", f"no values for input {port.name}")
    array = np.ascontiguousarray(given, np.dtype(port.dtype))
    if array.nbytes != port.size_bytes:
        raise Refusal(
            "request",
            f"input {port.name} takes {'x'.join(map(str, port.shape))} {port.dtype}, "
            f"not {'x'.join(map(str, array.shape))}",
        )
    return array.tobytes()
