"""onnx2tf, under the interpreter of its own environment; and what LiteRT says of the result."""

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Converts `path`, which it overwrites, into `folder`; `keep`: inputs whose axes stay.

    `samples`: an .npz of one array an input, by place, in the layout of the ONNX file `original`.
    """
    folder = Path(request["folder"])
    error = _convert(request, folder)
    stem = Path(request["path"]).stem
    coverage = _read(folder / f"{stem}_op_coverage_report.json")
    nodes = coverage.get("unsupported_nodes", []) + coverage.get("custom_lowered_nodes", [])
    answer = {
        "error": error or str(coverage.get("conversion_error") or ""),
        "nodes": [
            {
                "name": str(node.get("node_name") or ""),
                "type": str(node.get("onnx_op") or ""),
                "why": str(node.get("message") or node.get("reason_code") or ""),
            }
            for node in nodes
        ],
    }
    if answer["error"]:
        return answer
    made = folder / f"{stem}_float32.tflite"
    try:
        return answer | _judged(made, request) | {"tflite": str(made)}
    except (OSError, RuntimeError, ValueError) as bad:
        return answer | {"error": f"LiteRT refuses what onnx2tf made: {bad}"}


def _convert(request: dict[str, Any], folder: Path) -> str:
    """What went wrong, or nothing."""
    # onnxsim, which it starts by name, lies beside the interpreter
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    import onnx2tf

    try:
        onnx2tf.convert(
            input_onnx_file_path=request["path"],
            output_folder_path=str(folder),
            keep_shape_absolutely_input_names=request["keep"] or None,
            not_use_onnxsim=not request["simplify"],
            report_op_coverage=True,
            non_verbose=True,
        )
    except SystemExit as bad:
        return f"onnx2tf gave up with status {bad.code}"
    except Exception as bad:  # noqa: BLE001 - whatever it raises is its answer
        return _cause(bad)
    return ""


def _cause(bad: BaseException) -> str:
    """The innermost of what was raised: the outer ones say only that it failed."""
    while bad.__cause__ is not None:
        bad = bad.__cause__
    return f"{type(bad).__name__}: {bad}"


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _judged(made: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Its inputs, outputs and operators, and how its answers agree with the ONNX file's."""
    from ai_edge_litert.interpreter import Interpreter

    plain = Interpreter(str(made), experimental_default_delegate_latest_features=False)
    plain.allocate_tensors()
    inputs, outputs = plain.get_input_details(), plain.get_output_details()
    found = {
        "inputs": [_tensor(one) for one in inputs],
        "outputs": [_tensor(one) for one in outputs],
        "operators": _operators(made),
    }
    ours = _answers(plain, inputs, outputs, request)
    try:
        return found | _agreement(ours, request)
    except Exception as bad:  # noqa: BLE001 - the older ONNX Runtime here may not load the model
        return found | {"cosine": None, "unjudged": f"{type(bad).__name__}: {bad}"}


def _tensor(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": one["name"],
        "dtype": np.dtype(one["dtype"]).name,
        "shape": [int(size) for size in one["shape"]],
    }


def _operators(made: Path) -> dict[str, int]:
    """How many of each kind; a custom operator by its own name."""
    from ai_edge_litert import schema_py_generated as schema

    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if name.isupper()}
    model = schema.Model.GetRootAs(made.read_bytes(), 0)
    codes = []
    for place in range(model.OperatorCodesLength()):
        code = model.OperatorCodes(place)
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        custom = code.CustomCode()
        codes.append(custom.decode() if custom else names.get(number, str(number)))
    graphs = [model.Subgraphs(place) for place in range(model.SubgraphsLength())]
    return dict(
        Counter(
            codes[graph.Operators(place).OpcodeIndex()]
            for graph in graphs
            for place in range(graph.OperatorsLength())
        )
    )


def _samples(request: dict[str, Any]) -> list[Any]:
    """The first of them, an array for each input."""
    with np.load(request["samples"], allow_pickle=False) as held:
        return [held[f"0_{place}"] for place in range(len(request["axes"]))]


def _answers(
    plain: Any, inputs: list[Any], outputs: list[Any], request: dict[str, Any]
) -> list[Any]:
    """RuntimeError where LiteRT loads the file and fails to run it."""
    for one, array, axes in zip(inputs, _samples(request), request["axes"], strict=False):
        laid = array.transpose(axes) if axes else array
        plain.set_tensor(one["index"], np.ascontiguousarray(laid, one["dtype"]))
    plain.invoke()
    return [plain.get_tensor(one["index"]) for one in outputs]


def _agreement(ours: list[Any], request: dict[str, Any]) -> dict[str, Any]:
    """The worst cosine of the outputs, and the axes in which each agrees best with the original's.

    onnx2tf leaves some outputs channels last and does not say so; sizes cannot tell where two of
    them are equal, the values can.
    """
    import onnxruntime as ort

    quiet = ort.SessionOptions()
    quiet.log_severity_level = 4
    session = ort.InferenceSession(request["original"], quiet, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_inputs()]
    expected = session.run(None, dict(zip(names, _samples(request), strict=True)))
    pairs = [
        _best_axes(np.asarray(made), np.asarray(want))
        for made, want in zip(ours, expected, strict=True)
    ]
    return {
        "cosine": min(cosine for cosine, _ in pairs),
        "output_axes": [axes for _, axes in pairs],
    }


_LAST: dict[int, tuple[int, ...]] = {3: (0, 2, 1), 4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}


def _best_axes(ours: Any, theirs: Any) -> tuple[float, tuple[int, ...]]:
    """As it is, unless the shape or the values say that channels are last."""
    ways: list[tuple[float, tuple[int, ...]]] = []
    moved = _LAST.get(theirs.ndim, ())
    if ours.shape == theirs.shape or not moved:
        ways.append((_cosine(ours, theirs), ()))
    if moved and ours.shape == theirs.transpose(moved).shape:
        ways.append((_cosine(ours, theirs.transpose(moved)), moved))
    return max(ways, key=lambda way: way[0], default=(-1.0, ()))


def _cosine(ours: Any, theirs: Any) -> float:
    """-1 where ours is of another size or not finite."""
    a, b = (np.asarray(one, np.float64).ravel() for one in (ours, theirs))
    if not np.isfinite(b).all():
        raise ValueError("the original's own outputs are not finite")
    if a.size != b.size or not np.isfinite(a).all():
        return -1.0
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    if length == 0:
        return 1.0 if np.array_equal(a, b) else -1.0
    return float(a @ b) / length
