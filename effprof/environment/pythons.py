"""Python interpreters of this machine that really run.

A name on the PATH is no proof: a pyenv shim whose version is not selected exits with 127.
"""

import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

Version = tuple[int, int]

_TIMEOUT_S = 10
# CPython with its lock: a free-threaded build takes other wheels. A pre-release has none.
_ASK = (
    "import sys, sysconfig; i = sys.version_info; "
    "print(sys.implementation.name, i[0], i[1], i[3], sysconfig.get_config_var('Py_GIL_DISABLED'));"
    "print(sys.executable)"
)


def find_python(minimum: Version, only: Collection[Version] | None = None) -> Path | None:
    """An interpreter of at least `minimum` and, if given, of one of the versions in `only`.

    Ours if it will do, else the newest of those that run.
    """
    ours = Path(sys.executable)
    if _wanted(version_of(ours), minimum, only):
        return ours
    found: dict[Version, Path] = {}
    for path in _candidates(minimum):
        version, real = _ask(path) or (None, path)
        if version is not None and _wanted(version, minimum, only):
            found.setdefault(version, real)
    return found[max(found)] if found else None


def version_of(python: Path) -> Version | None:
    """(3, 11) if it runs and is a released CPython; None otherwise."""
    answer = _ask(python)
    return answer[0] if answer else None


def _ask(python: Path) -> tuple[Version, Path] | None:
    """Its version, and the file behind it: which one a shim starts depends on the folder."""
    try:
        command = [str(python), "-I", "-c", _ASK]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    match = re.fullmatch(r"cpython (\d+) (\d+) final (?:0|None)\n(/.+)\n", done.stdout)
    if not match or done.returncode != 0:
        return None
    return (int(match[1]), int(match[2])), Path(match[3])


def _wanted(version: Version | None, minimum: Version, only: Collection[Version] | None) -> bool:
    return version is not None and version >= minimum and (only is None or version in only)


def _candidates(minimum: Version) -> Iterator[Path]:
    """Files that may be an interpreter that new, each real file once.

    Which version a shim starts takes a second to find out: names of older ones are left out.
    """
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or home / ".local/share/uv/python")
    folders = [Path(folder) for folder in os.get_exec_path() if folder]
    seen: set[Path] = set()
    for paths in (
        *(sorted(folder.glob("python3.[0-9]*")) for folder in folders),
        sorted(pyenv.glob("versions/*/bin/python3")),
        sorted(uv.glob("*/bin/python3")),
    ):
        for path in paths:
            real = _real(path)
            named = re.fullmatch(r"python3(?:\.(\d+))?", path.name)
            old = named and named[1] and (3, int(named[1])) < minimum
            if named and not old and real and real not in seen:
                seen.add(real)
                yield path


def _real(path: Path) -> Path | None:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError):
        return None
