"""ai-edge-quantizer on a float .tflite, under the interpreter of its own environment."""

from typing import Any

import numpy as np

# The package has no recipe of this name: constants of convolutions and matrices as float16.
_HALF: dict[str, Any] = {
    "regex": ".*",
    "operation": "*",
    "algorithm_key": "float_casting",
    "op_config": {
        "weight_tensor_config": {"num_bits": 16, "dtype": "FLOAT"},
        "compute_precision": "FLOAT",
        "explicit_dequantize": True,
    },
}


def run(request: dict[str, Any]) -> dict[str, Any]:
    """One way of quantising `path` into `out`, and its cosine with the float file on the samples.

    `way`: static (weights and activations), dynamic (weights; activations while it runs) or half
    (weights as float16). `axes` and `dtypes`: of the inputs, as the file takes them.
    """
    batches = _batches(request)
    _quantise(request, batches)
    ours, theirs = (_Runner(request[key]) for key in ("out", "path"))
    pairs = [(ours(batch), theirs(batch)) for batch in batches[: request["judged"]]]
    return {
        "cosine": _cosine(pairs),
        "inputs": ours.described("get_input_details"),
        "outputs": ours.described("get_output_details"),
    }


def _batches(request: dict[str, Any]) -> list[list[Any]]:
    """Arrays of each sample, one an input, laid out as the file takes them."""
    with np.load(request["samples"], allow_pickle=False) as held:
        count = 1 + max(int(key.partition("_")[0]) for key in held.files)
        return [
            [
                np.ascontiguousarray(
                    held[f"{sample}_{place}"].transpose(axes) if axes else
                    held[f"{sample}_{place}"], dtype
                )
                for place, (axes, dtype) in enumerate(
                    zip(request["axes"], request["dtypes"], strict=True)
                )
            ]
            for sample in range(count)
        ]  # fmt: skip


def _quantise(request: dict[str, Any], batches: list[list[Any]]) -> None:
    from ai_edge_quantizer import quantizer, recipe

    recipes = {
        "static": recipe.static_wi8_ai8(),
        "dynamic": recipe.dynamic_wi8_afp32(),
        "half": [_HALF],
    }
    work = quantizer.Quantizer(request["path"], recipes[request["way"]])
    calibrated = None
    if work.need_calibration:
        runner = _Runner(request["path"])
        calibrated = work.calibrate(
            {runner.signature: [dict(zip(runner.names, one, strict=True)) for one in batches]}
        )
    work.quantize(calibrated).export_model(request["out"], overwrite=True)


class _Runner:
    """A .tflite that takes and gives real numbers, whatever it holds."""

    def __init__(self, path: str) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(path)
        self._interpreter.allocate_tensors()
        signatures = self._interpreter.get_signature_list()
        self.signature = next(iter(signatures), None)
        self._inputs = self._interpreter.get_input_details()
        self._outputs = self._interpreter.get_output_details()
        self.names = [one["name"] for one in self._inputs]
        if self.signature is not None:
            runner = self._interpreter.get_signature_runner(self.signature)
            by_tensor = {told["name"]: name for name, told in runner.get_input_details().items()}
            self.names = [by_tensor[name] for name in self.names]

    def __call__(self, arrays: list[Any]) -> list[Any]:
        for one, array in zip(self._inputs, arrays, strict=True):
            self._interpreter.set_tensor(one["index"], _stored(array, one))
        self._interpreter.invoke()
        return [_real(self._interpreter.get_tensor(one["index"]), one) for one in self._outputs]

    def described(self, which: str) -> list[dict[str, Any]]:
        found = []
        for one in getattr(self._interpreter, which)():
            scale, zero = one["quantization"]
            dtype = np.dtype(one["dtype"]).name
            found.append(
                {
                    "name": one["name"],
                    "dtype": dtype,
                    "scale": float(scale),
                    "zero_point": int(zero),
                }
            )
        return found


def _stored(array: Any, one: dict[str, Any]) -> Any:
    scale, zero = one["quantization"]
    if not scale:
        return array.astype(one["dtype"], copy=False)
    limits = np.iinfo(one["dtype"])
    whole = np.rint(array / np.float32(scale)) + zero
    return np.clip(whole, limits.min, limits.max).astype(one["dtype"])


def _real(array: Any, one: dict[str, Any]) -> Any:
    scale, zero = one["quantization"]
    return (array.astype(np.float64) - zero) * scale if scale else array.astype(np.float64)


def _cosine(pairs: list[tuple[list[Any], list[Any]]]) -> float:
    """The worst of the outputs, over all samples; -1 where one is not finite."""
    worst = 1.0
    for place in range(len(pairs[0][0])):
        a = np.concatenate([ours[place].ravel() for ours, _ in pairs])
        b = np.concatenate([theirs[place].ravel() for _, theirs in pairs])
        if a.size != b.size or not (np.isfinite(a).all() and np.isfinite(b).all()):
            return -1.0
        length = float(np.linalg.norm(a) * np.linalg.norm(b))
        worst = min(worst, float(a @ b) / length if length else float(np.array_equal(a, b)))
    return worst
