"""The firmware of a model for a board, whether it fits or not; its project, kept for people."""

import re
import shutil
from pathlib import Path

from effprof.backends.mcu.board import Board
from effprof.backends.mcu.build import build
from effprof.backends.mcu.firmware import Firmware, MemoryMap, NoRoom
from effprof.base.folders import data_folder
from effprof.ports import Refusal

_SYSTEM = re.compile(r"\[Errno \d+\] ([^:'\"]+)")


def firmware(path: Path, board: Board, folder: Path) -> tuple[Firmware, bool]:
    """Built in `folder`; and whether it fits on the board.

    What does not fit is built for the same part with more room. Refusals are those of `build`.
    """
    try:
        return _built(path, board, board.memory, folder), True
    except NoRoom:
        shutil.rmtree(folder, ignore_errors=True)  # there if a compiler found it out
    return _built(path, board, board.with_room().memory, folder), False


def export(made: Firmware, folder: Path) -> str:
    """Copies the generated project to a folder of the user's; where it is now."""
    try:
        shutil.copytree(made.elf.parent, folder, dirs_exist_ok=True)
    except OSError as error:
        full = "No space left" in str(error)
        hint = "free some" if full else "give a folder that can be written"
        raise Refusal(
            "lacking" if full else "request", f"--keep {folder}: {_why(error)}", hint
        ) from error
    return str(folder)


def _why(error: OSError) -> str:
    """The first of what went wrong; copying a folder gathers them all."""
    if isinstance(error, shutil.Error):
        reason = _SYSTEM.search(str(error))
        return reason[1].lower() if reason else "files cannot be copied there"
    return (error.strerror or str(error)).lower()


def _built(path: Path, board: Board, memory: MemoryMap, folder: Path) -> Firmware:
    try:
        return build(path, board.core, memory, folder)
    except OSError as error:
        raise Refusal(
            "lacking",
            f"the firmware's project cannot be written: {_why(error)}",
            "free some, or name another folder with TMPDIR",
        ) from error
    except Refusal as refusal:
        if refusal.kind != "failed":
            raise
        place = data_folder().absolute() / "tinyml" / "failed"
        try:
            _keep(folder, place)
        except OSError as bad:
            lost = f"{refusal.message.partition(';')[0]}; its project could not be kept in {place}"
            raise Refusal("failed", lost, f"{place}: {bad.strerror or bad}") from refusal
        message, hint = (
            text.replace(str(folder), str(place)) for text in (refusal.message, refusal.hint)
        )
        raise Refusal("failed", message, hint) from refusal


def _keep(folder: Path, place: Path) -> None:
    """The project of the last compile that failed, where it outlives this process."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder, place)
