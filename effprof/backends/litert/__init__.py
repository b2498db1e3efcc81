"""LiteRT, once TensorFlow Lite, on the CPU: its `Interpreter`, with XNNPACK.

Where `tflite_runtime` is what is installed (Raspberry Pi OS, say), the same code runs that: the two
packages have the same class. `CompiledModel`, LiteRT's newer face, is not used: it takes four times
as long a call, and it died of SIGSEGV on half of a hundred damaged files where the Interpreter
raised.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from effprof.backends.litert.session import LiteRtSession
from effprof.base.records import OperatorTime
from effprof.ports import Arrays, Refusal

_MODULES = {"ai_edge_litert": "ai-edge-litert", "tflite_runtime": "tflite-runtime"}


class LiteRt:
    formats = ("tflite",)
    packages = tuple(_MODULES.values())

    def unavailable(self) -> str | None:
        if _installed() is None:
            return "LiteRT is not installed (pip install ai-edge-litert)"
        return None

    def refuses(self, model: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
        if model["format"] not in self.formats:
            return f"LiteRT loads TFLite files, this is {model['format']}"
        return _no_accelerator(options)

    def start(self) -> Mapping[str, str]:
        import numpy as np

        module = _installed()
        if module is None:
            raise Refusal("lacking", "LiteRT is not installed", "pip install ai-edge-litert")
        try:
            importlib.import_module(f"{module}.interpreter")
        except ImportError as error:
            raise Refusal(
                "lacking", f"{module} does not load: {error}", f"pip install {_MODULES[module]}"
            ) from error
        return {_MODULES[module]: _version(_MODULES[module]), "numpy": np.__version__}

    def load(self, path: str, options: Mapping[str, Any]) -> LiteRtSession:
        return LiteRtSession(_interpreter_module(), options, model_path=path)

    def operators(
        self, path: str, options: Mapping[str, Any], arrays: Arrays, seconds: float
    ) -> Sequence[OperatorTime] | str:
        from effprof.backends.litert import prefixes

        return prefixes.times(_interpreter_module(), Path(path), options, arrays, seconds)


def _installed() -> str | None:
    return next((name for name in _MODULES if importlib.util.find_spec(name) is not None), None)


def _interpreter_module() -> Any:
    return importlib.import_module(f"{_installed()}.interpreter")


def _version(package: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # a distribution of another name, as Coral's
        return "unknown"


def _no_accelerator(options: Mapping[str, Any]) -> str | None:
    """An accelerator is only believed where a delegate for it is handed over.

    Asked for one that is not there, LiteRT runs on the CPU and says nothing: CompiledModel even
    answers "fully accelerated" to NPU | CPU on a machine without an NPU. The Interpreter drives an
    accelerator through a delegate library alone, so without one there is none.
    """
    wanted, delegate = str(options.get("accelerator", "cpu")).lower(), options.get("delegate")
    if wanted == "cpu" and delegate is None:
        return None
    if delegate is None:
        return (
            f"accelerator: {wanted} needs the delegate library that drives it "
            "(delegate: /path/to/lib.so); LiteRT would run on the CPU without a word"
        )
    if not Path(str(delegate)).is_file():
        return f"delegate: {delegate}: no such file"
    return None
