"""ai-edge-quantizer on a float .tflite, under the interpreter of its own environment."""

from collections import Counter
from pathlib import Path
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
    folder, whole = Path(request["out"]).parent, request["way"] != "half"
    path = _signed(Path(request["path"]), folder)
    static = request["way"] == "static"
    _quantise(_widened(Path(path), folder) if static else path, request, batches)
    ours, theirs = (_Runner(one) for one in (request["out"], path))
    pairs = [(ours(batch), theirs(batch)) for batch in batches[: request["judged"]]]
    return {
        "cosine": _cosine(pairs),
        "inputs": ours.described("input"),
        "outputs": ours.described("output"),
        "samples": len(batches) if static else 0,
        "floating": _floating(Path(request["out"])) if whole else {},
    }


def _floating(path: Path) -> dict[str, int]:
    """Operators on real numbers alone, by kind: one with int8 weights is none of them."""
    schema, model = _read(path)
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if name.isupper()}
    found: Counter[str] = Counter()
    for graph in model.subgraphs:
        for operator in graph.operators:
            places = (*operator.inputs, *operator.outputs)
            tensors = [graph.tensors[place] for place in places if place >= 0]
            written = graph.tensors[operator.outputs[0]].type if len(operator.outputs) else None
            if written == schema.TensorType.FLOAT32 and not any(map(_quantised, tensors)):
                code = model.operatorCodes[operator.opcodeIndex]
                number = max(code.builtinCode, code.deprecatedBuiltinCode)
                found[names.get(number, str(number))] += 1
    return dict(found)


def _quantised(tensor: Any) -> bool:
    return tensor.quantization is not None and tensor.quantization.scale is not None


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


def _signed(path: Path, folder: Path) -> str:
    """The file; where it has no signature, a copy that has: the quantiser calibrates by it alone.

    It names inputs and outputs as their tensors are called. Files so old number their operators in
    one field, of which the quantiser reads the newer: to it they are all ADD.
    """
    schema, model = _read(path)
    if model.signatureDefs:
        return str(path)
    for code in model.operatorCodes:
        code.builtinCode = max(code.builtinCode, code.deprecatedBuiltinCode)
    graph, only = model.subgraphs[0], schema.SignatureDefT()
    only.signatureKey, only.subgraphIndex = "serving_default", 0
    only.inputs, only.outputs = (
        _entries(schema, graph.tensors, places.tolist()) for places in (graph.inputs, graph.outputs)
    )
    model.signatureDefs = [only]
    return _written(model, folder / "signed.tflite")


def _read(path: Path) -> tuple[Any, Any]:
    """The schema's module, and the file as its objects."""
    from ai_edge_litert import schema_py_generated as schema

    return schema, schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))


def _written(model: Any, path: Path) -> str:
    import flatbuffers

    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(builder.Output())
    return str(path)


def _widened(path: Path, folder: Path) -> str:
    """The file; where its weights alone are int8 (dynamic range), a copy with the same in float32.

    The quantiser takes floats: of int8 weights it makes a bias of int8, which no kernel has.
    """
    schema, model = _read(path)
    found = [
        tensor
        for graph in model.subgraphs
        for operator in graph.operators
        if graph.tensors[operator.outputs[0]].type == schema.TensorType.FLOAT32
        for tensor in (graph.tensors[place] for place in operator.inputs if place >= 0)
        if tensor.type == schema.TensorType.INT8 and _held(model, tensor) is not None
    ]
    if not found:
        return str(path)
    for tensor in found:
        if tensor.type == schema.TensorType.INT8:  # two operators may read it
            _widen(schema, model, tensor)
    return _written(model, folder / "widened.tflite")


def _held(model: Any, tensor: Any) -> Any:
    by = tensor.quantization
    return None if by is None or by.scale is None else model.buffers[tensor.buffer].data


def _widen(schema: Any, model: Any, tensor: Any) -> None:
    by, stored = tensor.quantization, np.asarray(_held(model, tensor), np.uint8).view(np.int8)
    along = [1] * len(tensor.shape)
    along[by.quantizedDimension if len(by.scale) > 1 else 0] = -1
    zero = np.zeros_like(by.scale) if by.zeroPoint is None else np.asarray(by.zeroPoint)
    scale = np.asarray(by.scale, np.float32)
    whole = stored.reshape(tensor.shape) - zero.reshape(along)
    buffer = schema.BufferT()
    buffer.data = np.frombuffer((whole * scale.reshape(along)).astype(np.float32).tobytes(), "u1")
    model.buffers.append(buffer)
    tensor.buffer, tensor.type = len(model.buffers) - 1, schema.TensorType.FLOAT32
    tensor.quantization = None


def _entries(schema: Any, tensors: list[Any], places: list[int]) -> list[Any]:
    """A name a file uses twice gets the tensor's place, as in effprof/model/tflite/facts.py."""
    plain = [
        (tensors[place].name or b"").decode("utf-8", "replace") or f"tensor_{place}"
        for place in places
    ]
    found = []
    for place, name in zip(places, plain, strict=True):
        entry = schema.TensorMapT()
        entry.name = name if plain.count(name) == 1 else f"{name}:{place}"
        entry.tensorIndex = place
        found.append(entry)
    return found


def _quantise(path: str, request: dict[str, Any], batches: list[list[Any]]) -> None:
    from ai_edge_quantizer import quantizer, recipe

    recipes = {
        "static": recipe.static_wi8_ai8(),
        "dynamic": recipe.dynamic_wi8_afp32(),
        "half": [_HALF],
    }
    work = quantizer.Quantizer(path, recipes[request["way"]])
    calibrated = None
    if work.need_calibration:
        runner = _Runner(path)
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
        self.signature, *others = self._interpreter.get_signature_list()
        runner = self._interpreter.get_signature_runner(self.signature)
        self._inputs = self._interpreter.get_input_details()
        self._outputs = self._interpreter.get_output_details()
        self.names = _called(self._inputs, runner.get_input_details())
        # The rule of effprof/model/tflite/facts.py: the only signature, else the tensors.
        self._called_by = {
            "input": {} if others else runner.get_input_details(),
            "output": {} if others else runner.get_output_details(),
        }

    def __call__(self, arrays: list[Any]) -> list[Any]:
        for one, array in zip(self._inputs, arrays, strict=True):
            self._interpreter.set_tensor(one["index"], _stored(array, one))
        self._interpreter.invoke()
        return [_real(self._interpreter.get_tensor(one["index"]), one) for one in self._outputs]

    def described(self, which: str) -> list[dict[str, Any]]:
        """`which`: input or output."""
        details = self._inputs if which == "input" else self._outputs
        found = []
        for one, name in zip(details, _called(details, self._called_by[which]), strict=True):
            scale, zero = one["quantization"]
            dtype = np.dtype(one["dtype"]).name
            found.append(
                {"name": name, "dtype": dtype, "scale": float(scale), "zero_point": int(zero)}
            )
        return found


def _called(details: list[Any], signature: dict[str, Any]) -> list[str]:
    """The signature's names of these tensors, in their order; a tensor's own where it has none."""
    names = {told["name"]: name for name, told in signature.items()}
    return [names.get(one["name"], one["name"]) for one in details]


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
