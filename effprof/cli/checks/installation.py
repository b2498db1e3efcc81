"""What effprof itself leans on here: uv, adb, its data folder, the terminal."""

import os
import shutil
import sys

from effprof.base.errors import LackingError
from effprof.base.folders import data_folder
from effprof.base.quantity import show
from effprof.cli.checks.finding import Finding, State
from effprof.environment.uv import find_uv
from effprof.formats.text_look import look_of

_ROOM_BYTES = 2 << 30  # the largest runtime environment so far, with uv's cache


def installation() -> tuple[Finding, ...]:
    return (_uv(), _adb(), _data(), _terminal())


def _uv() -> Finding:
    try:
        return Finding("uv", State.OK, find_uv())
    except LackingError as bad:
        return Finding("uv", State.NOTE, f"{bad.message}: no `effprof setup`", bad.hint)


def _adb() -> Finding:
    found = shutil.which("adb")
    if found:
        return Finding("adb", State.OK, f"{found}: --device adb measures on a phone")
    text = "not on the PATH: no `--device adb`"
    return Finding("adb", State.NOTE, text, "install Android's platform-tools")


def _data() -> Finding:
    folder = data_folder().absolute()
    there = next(path for path in (folder, *folder.parents) if os.access(path, os.F_OK))
    if not os.access(there, os.W_OK):
        advice = "name another with EFFPROF_DATA"
        return Finding("data folder", State.NOTE, f"{folder} cannot be written to", advice)
    free = shutil.disk_usage(there).free
    text = f"{folder}, {show(free, 'B')} free"
    if free >= _ROOM_BYTES:
        return Finding("data folder", State.OK, text)
    return Finding("data folder", State.NOTE, text, "too little for `effprof setup`")


def _terminal() -> Finding:
    look = look_of(sys.stdout)
    if not sys.stdout.isatty():
        return Finding("terminal", State.OK, "none: plain text, no progress line")
    text = f"{look.width} columns, {'colour' if look.colour else 'no colour'}"
    if look.ascii_only:
        return Finding("terminal", State.OK, f"{text}, ASCII only")
    return Finding("terminal", State.OK, text)
