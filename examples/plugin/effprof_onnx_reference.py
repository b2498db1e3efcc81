"""A backend for effprof: ONNX models in the onnx package's own reference evaluator.

It is written in numpy to be right, not fast: its latency is that of no product. What it is good for
is a second opinion on what a model answers.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from effprof.base.records import OperatorTime
from effprof.ports import Arrays, Refusal


class OnnxReference:
    formats: Sequence[str] = ("onnx",)
    packages: Sequence[str] = ("onnx",)

    def unavailable(self) -> str | None:
        if importlib.util.find_spec("onnx") is None:
            return "onnx is not installed (pip install onnx)"
        return None

    def refuses(self, model: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
        if model["format"] not in self.formats:
            return f"the reference evaluator loads ONNX files, this is {model['format']}"
        if options.get("threads", 1) != 1:
            return f"the reference evaluator runs on one thread, not {options['threads']}"
        return None

    def start(self) -> Mapping[str, str]:
        import numpy as np
        import onnx
        import onnx.reference

        return {"onnx": onnx.__version__, "numpy": np.__version__}

    def load(self, path: str, options: Mapping[str, Any]) -> "ReferenceSession":
        return ReferenceSession(path)

    def operators(
        self, path: str, options: Mapping[str, Any], arrays: Arrays, seconds: float
    ) -> Sequence[OperatorTime] | str:
        return "the reference evaluator keeps no times of operators"


class ReferenceSession:
    """One evaluator; every run makes its outputs anew, since it can be given none to write to."""

    settings: Mapping[str, Any] = {"threads": 1}

    def __init__(self, path: str) -> None:
        from onnx.reference import ReferenceEvaluator

        try:
            self._evaluator = ReferenceEvaluator(path)
        except Exception as error:
            raise Refusal("request", f"onnx does not load this model: {error}") from error

    def run(self, arrays: Arrays) -> dict[str, Any]:
        outputs = self._evaluator.run(None, dict(arrays))
        return dict(zip(self._evaluator.output_names, outputs, strict=True))

    def bind(self, arrays: Arrays) -> Callable[[], object]:
        return partial(self._evaluator.run, None, dict(arrays))

    def close(self) -> None:
        del self._evaluator
