"""The stand-in for adb and a phone: the same words in, the same text out, files in a folder.

It reads FAKE_PHONE, a folder: `devices` holds what `adb devices` lists, `said.json` what the
phone's commands print, `files/` is the phone's disk, `log` gets every command line.
"""

import json
import os
import re
import shutil
import sys
from pathlib import Path

HOME = Path(os.environ["FAKE_PHONE"])
DISK = HOME / "files"


def main(words: list[str]) -> int:
    with (HOME / "log").open("a") as log:
        log.write(json.dumps(words) + "\n")
    if words == ["devices"]:
        sys.stdout.write("List of devices attached\n" + (HOME / "devices").read_text() + "\n")
        return 0
    if words[0] != "-s" or words[1] not in (HOME / "devices").read_text():
        sys.stderr.write(f"adb: device '{words[1]}' not found\n")
        return 1
    match words[2:]:
        case ["push", local, remote]:
            shutil.copyfile(local, _on_disk(remote))
            _say(f"{local}: 1 file pushed, 0 skipped.")
            return 0
        case ["shell", command]:
            return _shell(command)
    sys.stderr.write("adb: usage\n")
    return 1


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _on_disk(remote: str) -> Path:
    assert ".." not in remote
    return DISK / remote.lstrip("/")


def _shell(command: str) -> int:
    said = json.loads((HOME / "said.json").read_text())
    if command in said:
        sys.stdout.write(said[command])
        return 0
    if found := re.fullmatch(r"if \[ -x (\S+) \]; then echo yes; else echo no; fi", command):
        _say("yes" if os.access(_on_disk(found[1]), os.X_OK) else "no")
        return 0
    program, *flags = command.split(" ")
    if program == "mkdir":
        _on_disk(flags[0]).mkdir(parents=True)
    elif program == "chmod":
        _on_disk(flags[1]).chmod(int(flags[0], 8))
    elif program == "rm" and flags[0] == "-rf":
        shutil.rmtree(_on_disk(flags[1]))
    elif program.endswith("/benchmark_model") and os.access(_on_disk(program), os.X_OK):
        return _benchmark(flags, said)
    else:
        _say(f"/system/bin/sh: {program}: not found")
        return 127
    return 0


def _benchmark(flags: list[str], said: dict[str, str]) -> int:
    given = dict(flag.lstrip("-").split("=", 1) for flag in flags)
    if not _on_disk(given["graph"]).is_file():
        _say(f"ERROR: Could not open '{given['graph']}'.")
        return 1
    _say(said["benchmark_model"])
    if given["enable_op_profiling"] == "true":
        _say(said["profile"])
    return int(said.get("status", "0"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
