"""A backend that does what its "model" file says: the stand-in for runtimes that misbehave.

The file, or else the variable SCRIPTED, is JSON: {"at": phase, "do": what}, phases being start,
load, first and run. It is loaded by its path, as a stranger's plugin under another interpreter.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from effprof.base.records import OperatorTime, Plugin
from effprof.ports import Arrays, Refusal

PLUGIN = Plugin("scripted:Scripted", str(Path(__file__)))


def do(what: str) -> None:  # noqa: C901  a list of misdeeds
    match what:
        case "raise":
            raise RuntimeError("the runtime says\nno")
        case "refuse":
            raise Refusal("request", "not a model this runtime takes", "bring another")
        case "lack":
            raise Refusal("lacking", "no such accelerator", "buy one")
        case "segfault":
            ctypes.string_at(0)
        case "abort":
            os.abort()
        case "hang":
            time.sleep(3600)
        case "hang-deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(3600)
        case "exit":
            os._exit(0)
        case "exit-7":
            os._exit(7)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "half-line":
            os.write(int(sys.argv[1]), b'{"say": "phase", "na')
            os._exit(0)
        case "garbage":
            os.write(int(sys.argv[1]), b"\xff\xfe not json\n[1]\n{}\n")
        case "flood":
            for _ in range(200):
                os.write(1, b"x" * 65536)
                os.write(2, b"y" * 65536)
        case "eat":
            held = []
            while True:
                held.append(np.ones(8 * 2**20))
        case "grandchild":
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
            Path(os.environ["SCRIPTED_PIDS"]).write_text(str(child.pid))
        case "linger":
            import atexit

            atexit.register(time.sleep, 3600)


class Scripted:
    formats = ("scripted",)
    packages = ("scripted",)
    any_batch = True

    def unavailable(self) -> str | None:
        return None

    def refuses(self, model: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
        return None

    def start(self) -> Mapping[str, str]:
        return {"scripted": "1.0"}

    def load(self, path: str, options: Mapping[str, Any]) -> "ScriptedSession":
        told = os.environ.get("SCRIPTED")
        script = json.loads(told or Path(path).read_text())
        session = ScriptedSession(script)
        session.reach("load")
        return session

    def operators(
        self, path: str, options: Mapping[str, Any], arrays: Arrays, seconds: float
    ) -> Sequence[OperatorTime] | str:
        return "a script has no operators"


class ScriptedSession:
    def __init__(self, script: Mapping[str, Any]) -> None:
        self._script = script
        self._output = np.zeros((1, 2), np.float32)
        if script.get("output") == "nan":
            self._output[:] = np.nan

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"threads": 1}

    def reach(self, phase: str) -> None:
        if self._script.get("at") == phase:
            do(self._script["do"])

    def run(self, arrays: Arrays) -> dict[str, Any]:
        self.reach("first")
        return {"y": self._output}

    def bind(self, arrays: Arrays) -> Callable[[], object]:
        pause_s = self._script.get("run_s", 0.0005)

        def run() -> None:
            time.sleep(pause_s)
            self.reach("run")

        return run

    def close(self) -> None:
        pass
