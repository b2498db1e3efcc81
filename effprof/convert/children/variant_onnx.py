"""Variants of an ONNX file that need no calibration: weights quantised, the smallest set to 0."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

_WEIGHED = {"Conv", "ConvTranspose", "Gemm", "MatMul", "LSTM", "GRU", "RNN"}
_LEAST_ELEMENTS = 32  # biases and the like are not worth a zero


def run(request: dict[str, Any]) -> dict[str, Any]:
    """`way`: dynamic (int8 weights, activations as it runs), or pruned to `share` zeros."""
    if request["way"] == "dynamic":
        return _dynamic(request["path"], request["out"])
    return _pruned(request["path"], request["out"], request["share"])


def _dynamic(path: str, out: str) -> dict[str, Any]:
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = str(Path(out).with_name("prepared.onnx"))
    quant_pre_process(path, prepared, skip_symbolic_shape=True)
    quantize_dynamic(prepared, out, per_channel=True, weight_type=QuantType.QInt8)
    kinds = {node.op_type for node in onnx.load(out).graph.node}
    if not any("Integer" in kind or kind == "DynamicQuantizeLinear" for kind in kinds):
        raise ValueError("it has no operator that can be quantised dynamically")
    return {"zeros": None}


def _pruned(path: str, out: str, share: float) -> dict[str, Any]:
    """In every weight of its own the smallest magnitudes become 0, `share` of the elements.

    The classical criterion (S. Han et al., "Learning both Weights and Connections for Efficient
    Neural Networks", NeurIPS 2015), without the training that follows there.
    """
    model = onnx.load(path)
    names = {
        name for node in model.graph.node if node.op_type in _WEIGHED for name in node.input[1:3]
    }
    zeros = elements = 0
    for tensor in model.graph.initializer:
        weights = numpy_helper.to_array(tensor)
        if tensor.name not in names or weights.dtype.kind != "f" or weights.size < _LEAST_ELEMENTS:
            continue
        if weights.ndim < 2:
            continue
        kept = _without_smallest(weights, share)
        tensor.CopyFrom(numpy_helper.from_array(kept, tensor.name))
        zeros += int((kept == 0).sum())
        elements += kept.size
    if not elements:
        raise ValueError("it has no float weights of convolutions or matrix products")
    onnx.save(model, out)
    return {"zeros": zeros / elements}


def _without_smallest(weights: np.ndarray[Any, Any], share: float) -> np.ndarray[Any, Any]:
    """Exactly that many zeros, ties broken by place."""
    flat = weights.ravel().copy()
    flat[np.argsort(np.abs(flat), kind="stable")[: round(share * flat.size)]] = 0
    return flat.reshape(weights.shape)
