"""ONNX Runtime's own quantiser on an ONNX file, after its own preparation."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort

from effprof.model import order

_FUSED = 2
"""Operators between two quantised tensors: a convolution and its activation, say."""


def run(request: dict[str, Any]) -> dict[str, Any]:
    """One way of quantising `path` into `out`, and its cosine with the float file on the samples.

    `way`: static (QDQ, activations uint8 and weights int8, per channel), dynamic, or half
    (float16 inside, float32 at inputs and outputs).
    """
    batches = _batches(request)
    path, out = request["path"], request["out"]
    floating: dict[str, int] = {}
    if request["way"] == "half":
        _halve(path, out)
    else:
        before = str(_prepared(path, Path(out).parent))
        _quantise(request, before, batches)
        floating = _floating(before, out)
    judged = batches[: request["judged"]]
    ours, theirs = _answers(out, judged), _answers(path, judged)
    inputs = [{"name": name} for name in request["names"]]
    return {
        "cosine": _cosine(ours, theirs),
        "inputs": inputs,
        "outputs": [],
        "samples": len(batches) if request["way"] == "static" else 0,
        "floating": floating,
    }


def _floating(before: str, out: str) -> dict[str, int]:
    """Operators of the model that still compute in float, by kind; none of the quantiser's own."""
    old = onnx.shape_inference.infer_shapes(_graph_of(before)).graph
    floats = {
        one.name
        for one in (*old.value_info, *old.output)
        if one.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    }
    names = {node.name for node in old.node if floats.intersection(node.output)}
    nodes = _graph_of(out).graph.node
    whole = _whole(nodes)
    left = (node for node in nodes if node.name in names - whole)
    return dict(Counter(node.op_type for node in left))


def _graph_of(path: str) -> Any:
    return onnx.load(path, load_external_data=False)


def _whole(nodes: Any) -> set[str]:
    """Names of what lies between a DequantizeLinear and a QuantizeLinear, as ONNX Runtime fuses it:
    one operator, or one and its activation.
    """
    from onnxruntime.quantization.registry import QDQRegistry, QLinearOpsRegistry

    known = {*QDQRegistry, *QLinearOpsRegistry}  # others may stand there too, and are not quantised
    made_by = {name: node for node in nodes for name in node.output}
    found: set[str] = set()
    for last in (node for node in nodes if node.op_type == "QuantizeLinear"):
        group: list[str] = []
        node = made_by.get(last.input[0])
        while node is not None and node.op_type in known and len(group) < _FUSED:
            group.append(node.name)
            before = [made_by.get(name) for name in node.input]
            if any(one is not None and one.op_type == "DequantizeLinear" for one in before):
                found.update(group)
                break
            node = before[0] if before else None
    return found


def _batches(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Arrays by input name, frozen ones too, since this file keeps them as inputs."""
    frozen = {
        name: np.full(told["shape"], told["value"], told["dtype"])
        for name, told in request["frozen"].items()
    }
    with np.load(request["samples"], allow_pickle=False) as held:
        count = 1 + max(int(key.partition("_")[0]) for key in held.files)
        return [
            {
                **frozen,
                **{name: held[f"{one}_{place}"] for place, name in enumerate(request["names"])},
            }
            for one in range(count)
        ]


def _prepared(path: str, folder: Path) -> Path:
    """Shapes inferred, batch norms folded: what the quantiser is told to be given.

    github.com/microsoft/onnxruntime/blob/main/docs/Quantization: "pre-processing". Its symbolic
    shape inference needs sympy and fails on more models than it helps.
    """
    from onnxruntime.quantization.shape_inference import quant_pre_process

    out = folder / "prepared.onnx"
    if not out.exists():
        quant_pre_process(path, str(out), skip_symbolic_shape=True)
    return out


def _quantise(request: dict[str, Any], path: str, batches: list[dict[str, Any]]) -> None:
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic, quantize_static

    if request["way"] == "dynamic":
        quantize_dynamic(path, request["out"], per_channel=True, weight_type=QuantType.QInt8)
        return
    # Signed activations were slower than unsigned ones on 6 models of 7.
    quantize_static(
        path,
        request["out"],
        _Reader(batches),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )


class _Reader:
    """The face of `CalibrationDataReader`."""

    def __init__(self, batches: list[dict[str, Any]]) -> None:
        self._left = iter(batches)

    def get_next(self) -> dict[str, Any] | None:
        return next(self._left, None)


def _halve(path: str, out: str) -> None:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = onnx.shape_inference.infer_shapes(onnx.load(path))
    halved = convert_float_to_float16(model, keep_io_types=True)
    order.sort(halved.graph)  # it appends the casts of the inputs
    onnx.save(halved, out)


def _answers(path: str, batches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    quiet = ort.SessionOptions()
    quiet.log_severity_level = 4
    session = ort.InferenceSession(path, quiet, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    return [dict(zip(names, session.run(None, batch), strict=True)) for batch in batches]


def _cosine(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> float:
    """The worst of the numeric outputs, over all samples; -1 where one is not finite."""
    worst = 1.0
    for name, first in theirs[0].items():
        if not isinstance(first, np.ndarray) or first.dtype.kind not in "biuf":
            continue
        a, b = (
            np.concatenate([np.asarray(one[name], np.float64).ravel() for one in answers])
            for answers in (ours, theirs)
        )
        if a.size != b.size or not (np.isfinite(a).all() and np.isfinite(b).all()):
            return -1.0
        length = float(np.linalg.norm(a) * np.linalg.norm(b))
        worst = min(worst, float(a @ b) / length if length else float(np.array_equal(a, b)))
    return worst
