"""adb as a child process. What goes to the phone's shell is made of constants and checked words."""

import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from effprof.base.errors import LackingError, RequestError, UnfinishedError

WORD = "adb"
TEMPORARY = "/data/local/tmp"
"""The one folder of an Android phone that its shell may write to and start programs from."""
LOOK_S, PUSH_S = 20.0, 300.0
_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_MOST_BYTES = 1 << 22
_INSTALL = "install Android's platform-tools (apt install adb, brew install android-platform-tools)"
_ATTACH = (
    "attach a phone with USB debugging on (Settings, Developer options); `adb devices` lists it"
)


@dataclass(frozen=True, slots=True)
class Adb:
    """One phone: the program and the phone's serial number."""

    program: str
    serial: str

    def shell(self, command: str, timeout_s: float = LOOK_S) -> str:
        """What the phone's shell prints, stderr too. `command` holds nothing of the user's."""
        return self._run(("shell", command), timeout_s)

    def push(self, file: Path, remote: str) -> None:
        """The local path is absolute, so that none is read as an option."""
        self._run(("push", str(file.resolve()), remote), PUSH_S)

    def _run(self, words: Sequence[str], timeout_s: float) -> str:
        return run((self.program, "-s", self.serial, *words), timeout_s)


def run(command: Sequence[str], timeout_s: float) -> str:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as bad:
        raise UnfinishedError(f"{_said(command)}: no answer within {timeout_s:g} s") from bad
    except OSError as bad:
        raise LackingError(f"{command[0]}: {bad.strerror or bad}", hint=_INSTALL) from bad
    said = done.stdout[-_MOST_BYTES:].decode("utf-8", "replace").replace("\r\n", "\n")
    if done.returncode != 0:
        raise UnfinishedError(f"{_said(command)}: {_last(said)}")
    return said


def _said(command: Sequence[str]) -> str:
    """`adb shell`: the word behind the program, and behind -s SERIAL."""
    words = command[3:] if command[1:2] == ("-s",) else command[1:]
    return f"{WORD} {words[0]}"


def serial_of(word: str) -> str:
    """That of `adb:SERIAL`; empty for `adb`. RequestError for any other word."""
    kind, _, serial = word.partition(":")
    if kind != WORD or (":" in word and not _SERIAL.fullmatch(serial)):
        raise RequestError(
            f"--device {word!r}: not a device", hint="--device adb, or --device adb:SERIAL"
        )
    return serial


def attach(word: str) -> Adb:
    """The phone that `adb` or `adb:SERIAL` names; it must be there and have agreed to talk."""
    serial = serial_of(word)
    program = shutil.which(WORD)
    if program is None:
        raise LackingError("adb is not on the PATH, so no phone can be reached", hint=_INSTALL)
    return Adb(program, _choose(states(run((program, "devices"), LOOK_S)), serial))


def states(listing: str) -> dict[str, str]:
    """`adb devices`: serial number -> device, unauthorized, offline ..."""
    rows = (line.split("\t") for line in listing.splitlines() if "\t" in line)
    return {row[0].strip(): row[1].strip() for row in rows if _SERIAL.fullmatch(row[0].strip())}


def _choose(found: dict[str, str], serial: str) -> str:
    if serial and serial not in found:
        there = f"attached are {', '.join(found)}" if found else _ATTACH
        raise LackingError(f"no phone {serial} is attached", hint=there)
    wanted = {serial: found[serial]} if serial else found
    ready = [name for name, state in wanted.items() if state == "device"]
    if len(ready) > 1:
        raise RequestError(
            f"--device adb: {len(ready)} phones are attached", hint=f"--device adb:{ready[0]}"
        )
    if not ready and wanted:
        name, state = next(iter(wanted.items()))
        hint = "unlock it and allow this computer to debug it" if state == "unauthorized" else ""
        raise LackingError(f"the phone {name} is {state}", hint=hint or "attach it again")
    if not ready:
        raise LackingError("no phone is attached", hint=_ATTACH)
    return ready[0]


@contextmanager
def workplace(phone: Adb) -> Iterator[str]:
    """A folder of our own on the phone, gone afterwards."""
    folder = f"{TEMPORARY}/effprof-{secrets.token_hex(8)}"
    phone.shell(f"mkdir {folder}")
    try:
        yield folder
    finally:
        with suppress(UnfinishedError, LackingError):  # it may have been unplugged
            phone.shell(f"rm -rf {folder}")


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it failed and said nothing"
