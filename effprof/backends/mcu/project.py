"""The generated project where a user wants it: `--keep DIR`, and never over files of theirs."""

import errno
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from effprof.base import digest
from effprof.ports import Refusal

LIST = "effprof.sha256"
"""The files that were left, as `sha256sum -c` reads them: a later run knows its own by it."""
_LINE = re.compile(r"([0-9a-f]{64})  ([^/\0\n]+)")
_LONGEST_LIST_BYTES = 1 << 16


def check(folder: Path) -> None:
    """Refusal `request` where nothing may be left: no folder, or one that holds more than a
    project of ours as it was left.
    """
    try:
        why = _theirs(folder) if folder.exists() else _no_place(folder)
    except OSError as error:
        raise _refused(folder, error) from error
    if why:
        raise Refusal("request", f"--keep {folder}: {why}", "give a folder that is empty or new")


def leave(project: Path, folder: Path) -> str:
    """Copies the files of `project` in place of an older one; where they are now."""
    check(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _listed(folder):
            (folder / name).unlink(missing_ok=True)
        files = sorted(one for one in project.iterdir() if one.is_file())
        lines = [f"{digest.sha256(one)}  {one.name}\n" for one in files]
        (folder / LIST).write_text("".join(lines))  # first: what is cut off is still known as ours
        for one in files:
            shutil.copyfile(one, folder / one.name)
    except OSError as error:
        raise _refused(folder, error) from error
    return str(folder)


def _theirs(folder: Path) -> str:
    """What in it no run left, or was changed since; nothing of it may be lost."""
    if not folder.is_dir():
        return "is a file"
    listed = _listed(folder)
    for one in sorted(folder.iterdir()):
        if one.name == LIST:
            continue
        if one.name not in listed or one.is_symlink() or not one.is_file():
            return f"holds {one.name}, which effprof did not leave there"
        if digest.sha256(one) != listed[one.name]:
            return f"{one.name} in it was changed since effprof left it"
    return ""


def _listed(folder: Path) -> Mapping[str, str]:
    """Digest by name; names alone, so that no list leads out of the folder."""
    try:
        with (folder / LIST).open(encoding="utf-8", errors="replace") as file:
            lines = file.read(_LONGEST_LIST_BYTES).splitlines()
    except FileNotFoundError:
        return {}
    found = [match for line in lines if (match := _LINE.fullmatch(line))]
    return {match[2]: match[1] for match in found if match[2] not in (".", "..")}


def _no_place(folder: Path) -> str:
    """Why it cannot be made, as far as the folder above it tells."""
    above = next(one for one in folder.absolute().parents if one.exists())
    if not above.is_dir():
        return f"{above} is a file"
    return "" if os.access(above, os.W_OK | os.X_OK) else f"{above}: permission denied"


def _refused(folder: Path, error: OSError) -> Refusal:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = "free some" if full else "give a folder that can be written"
    why = (error.strerror or str(error)).lower()
    return Refusal("lacking" if full else "request", f"--keep {folder}: {why}", hint)
