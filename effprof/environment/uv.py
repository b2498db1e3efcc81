"""uv as a child process: what it says goes to a log, and it never outlives us."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from effprof.base.errors import LackingError
from effprof.base.process import stops_held

# Of the caller's own virtual environment or project; index and proxy settings are kept.
_NOT_PASSED = {"VIRTUAL_ENV", "UV_PYTHON", "UV_PROJECT_ENVIRONMENT", "UV_TARGET", "PYTHONPATH"}


class Failed(Exception):
    """A command ended with another status than 0; `said` is what that run printed."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


@dataclass(frozen=True, slots=True)
class Uv:
    """`log` takes all output; `folder` is the working folder, free of anyone's project settings."""

    log: Path
    folder: Path
    timeout_s: float

    def run(self, *words: str, downloads: bool = False) -> str:
        """stdout of `uv WORDS`; Failed, or LackingError where there is no uv or no end.

        `downloads`: whether it may fetch a Python.
        """
        command = [find_uv(), *words]
        return run(command, self.log, self.folder, self.timeout_s, downloads=downloads)


def find_uv() -> str:
    """The uv that was installed with effprof, else the one on the PATH."""
    try:
        import uv

        return str(uv.find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if not found:
        raise LackingError("uv is not installed", hint="pip install uv")
    return found


def run(
    command: Sequence[str], log: Path, folder: Path, timeout_s: float, *, downloads: bool = False
) -> str:
    with log.open("ab") as file:
        file.write(f"$ {' '.join(command)}\n".encode())
        file.flush()
        start = file.tell()
        child = None
        try:
            with stops_held():
                child = _start(command, file.fileno(), folder, downloads=downloads)
            out, _ = child.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as bad:
            raise LackingError(
                f"{Path(command[0]).name} took longer than {timeout_s:.0f} s and was stopped",
                hint=f"try again; what it printed is in {log}",
            ) from bad
        finally:
            if child is not None:
                _stop(child)
    if child.returncode != 0:
        raise Failed(_since(log, start))
    return out.decode("utf-8", "replace")


def _start(
    command: Sequence[str], output: int, folder: Path, *, downloads: bool
) -> "subprocess.Popen[bytes]":
    env = {key: value for key, value in os.environ.items() if key not in _NOT_PASSED}
    allowed = "manual" if downloads else "never"
    env |= {"UV_PYTHON_DOWNLOADS": allowed, "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            cwd=folder,
            env=env,
            start_new_session=True,
        )
    except OSError as bad:
        raise LackingError(f"{command[0]}: {bad.strerror}", hint="reinstall uv") from bad


def _stop(child: "subprocess.Popen[bytes]") -> None:
    """Nothing to do after a normal end; on Ctrl-C and timeout the whole group goes."""
    if child.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    if child.stdout:
        child.stdout.close()


def _since(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return file.read(100_000).decode("utf-8", "replace")
