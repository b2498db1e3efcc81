"""One request, start to last word."""

import importlib
import importlib.util
import platform
import sys
from collections.abc import Callable
from typing import Any

from effprof.base.records import Plugin
from effprof.ports import Refusal
from effprof.worker import ceilings, emulate, energy, jobs
from effprof.worker.jobs import Say
from effprof.worker.protocol import PROTOCOL, Request, decode

_JOBS: dict[str, Callable[..., None]] = {
    "time": jobs.time_runs,
    "pair": jobs.time_pair,
    "serve": jobs.serve_queries,
    "sustain": jobs.sustain_runs,
    "outputs": jobs.save_outputs,
    "operators": jobs.time_operators,
    "energy": energy.measure,
    "emulate": emulate.emulate,
}


def run(line: str, say: Say) -> int:
    """Does what `line` asks, saying what it finds; 0 after `done`, 1 after `error`."""
    say("hello", protocol=PROTOCOL, python=platform.python_version())
    try:
        _work(decode(line), say)
    except Refusal as refusal:
        say("error", kind=refusal.kind, message=refusal.message, hint=refusal.hint)
        return 1
    except MemoryError:
        say("error", kind="failed", message="out of memory", hint="a smaller --batch needs less")
        return 1
    except Exception as error:  # noqa: BLE001  the worker's last word, whatever a plugin raises
        say("error", kind="failed", message=_one_line(error), hint="")
        return 1
    say("done")
    return 0


def _work(request: Request, say: Say) -> None:
    if request.backend is None:
        ceilings.measure(request, say)
        return
    backend = _make(request.backend)
    meters = [_make(plugin) for plugin in request.meters]
    _JOBS[request.job](request, backend, meters, say)


def _make(plugin: Plugin) -> Any:
    """An instance of the plugin's class, by name or, where that is not installed, by its file."""
    module_name, _, attribute = plugin.reference.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as missing:
        if not plugin.path or missing.name != module_name.partition(".")[0]:
            raise Refusal(
                "lacking", f"{plugin.reference}: no module named {missing.name}"
            ) from None
        module = _from_file(module_name, plugin.path)
    return getattr(module, attribute)()


def _from_file(name: str, path: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Refusal("lacking", f"{path}: not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return f"{type(error).__name__}: {text}" if len(text) < 40 else text
