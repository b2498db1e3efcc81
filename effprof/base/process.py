"""A child process in a group of its own, with a pipe for its answers, that nothing survives.

Its stdout and stderr go to a temporary file whose tail is kept: native libraries print what they
like. On every path out of the `with`, the whole group is killed and the child is reaped.
"""

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import IO, Self

TAIL_BYTES = 4096  # of what a child printed: its last words
GRACE_S = 2.0  # to exit, for one that has closed its pipe
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NO_TELEMETRY = {"ORT_DISABLE_TELEMETRY": "1", "ORT_TELEMETRY_DISABLED": "1"}
"""ONNX Runtime (1.32 was seen) makes a device id in the user's cache folder and starts an uploader
of events while it is imported: before any call can switch that off. Builds differ in the name.
"""


class Child:
    """Started by entering it; `answers` is the read end of the pipe given as the last argument."""

    def __init__(self, command: Sequence[str], extra_env: Mapping[str, str | None]) -> None:
        """`extra_env`: None takes a variable away."""
        self._command = tuple(command)
        merged = {**os.environ, **NO_TELEMETRY, **extra_env}
        self._env = {key: value for key, value in merged.items() if value is not None}

    def __enter__(self) -> Self:
        reading, writing = os.pipe()
        self.answers = os.fdopen(reading, "rb", buffering=0)
        self._said: IO[bytes] = tempfile.TemporaryFile()
        started = False
        try:
            with stops_held():
                self._process = subprocess.Popen(
                    [*self._command, str(writing)],
                    stdin=subprocess.PIPE,
                    stdout=self._said,
                    stderr=self._said,
                    pass_fds=(writing,),
                    start_new_session=True,
                    env=self._env,
                )
                started = True
        except BaseException:
            if started:
                self.kill()
            self.answers.close()
            self._said.close()
            raise
        finally:
            os.close(writing)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.kill()
        self.answers.close()
        self._said.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, text: str) -> None:
        """All of stdin; a child that died already is noticed on its pipe, not here."""
        stdin = self._process.stdin
        assert stdin is not None
        with suppress(BrokenPipeError):
            stdin.write(text.encode())
        with suppress(BrokenPipeError):
            stdin.close()

    def finish(self) -> int | None:
        """The exit status of a child that has closed its pipe; None if it will not exit."""
        try:
            return self._process.wait(timeout=GRACE_S)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """The whole group, grandchildren too; the child is reaped."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    def tail(self) -> str:
        """The last of what it printed, stdout and stderr together."""
        size_bytes = self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, size_bytes - TAIL_BYTES))
        return self._said.read().decode("utf-8", "replace").strip()


@contextmanager
def stops_held() -> Iterator[None]:
    """What asks this process to stop is heard at the end of the block, not inside it.

    A KeyboardInterrupt inside `Popen`, after its fork, leaves a child that nobody can kill.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # handlers of signals run in the main thread alone
        return
    heard: list[int] = []
    handlers = {number: signal.getsignal(number) for number in _STOPS}
    ours = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in ours:
        signal.signal(number, lambda got, _frame: heard.append(got))
    try:
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
        for got in heard[:1]:
            signal.raise_signal(got)


def last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""
