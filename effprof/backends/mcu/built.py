"""The firmware of a model for a board, whether it fits or not."""

import errno
import shutil
from pathlib import Path

from effprof.backends.mcu.board import Board
from effprof.backends.mcu.build import build
from effprof.backends.mcu.firmware import Firmware, MemoryMap, NoRoom
from effprof.base.folders import data_folder
from effprof.ports import Refusal


def firmware(path: Path, board: Board, folder: Path) -> tuple[Firmware, bool]:
    """Built in `folder`; and whether it fits on the board.

    What does not fit is built for the same part with more room. Refusals are those of `build`.
    """
    try:
        return _built(path, board, board.memory, folder), True
    except NoRoom:
        shutil.rmtree(folder, ignore_errors=True)  # there if a compiler found it out
    return _built(path, board, board.with_room().memory, folder), False


def _built(path: Path, board: Board, memory: MemoryMap, folder: Path) -> Firmware:
    try:
        return build(path, board.core, memory, folder)
    except OSError as error:
        raise _lacking(error, folder) from error
    except Refusal as refusal:
        if refusal.kind != "failed":
            raise
        raise _kept(refusal, folder) from refusal


def _lacking(error: OSError, folder: Path) -> Refusal:
    """Of a file that is not the project's: effprof's own C, the compiler. Those are read alone."""
    why = (error.strerror or str(error)).lower()
    place = Path(error.filename) if isinstance(error.filename, str) else folder
    if not (place.is_relative_to(folder) or folder.is_relative_to(place)):
        hint = "effprof and its compiler lie there: are they installed whole?"
        return Refusal("lacking", f"{place} cannot be read: {why}", hint)
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    elsewhere = "name another folder with TMPDIR"
    hint = f"free some, or {elsewhere}" if full else elsewhere
    return Refusal("lacking", f"the firmware's project cannot be written: {why}", hint)


def _kept(refusal: Refusal, folder: Path) -> Refusal:
    """A compile that failed leaves its project where it outlives this process."""
    place = data_folder().absolute() / "tinyml" / "failed"
    try:
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(folder, place)
    except OSError as bad:
        lost = f"{refusal.message.partition(';')[0]}; its project could not be kept in {place}"
        return Refusal("failed", lost, f"{place}: {bad.strerror or bad}")
    message, hint = (
        text.replace(str(folder), str(place)) for text in (refusal.message, refusal.hint)
    )
    return Refusal("failed", message, hint)
