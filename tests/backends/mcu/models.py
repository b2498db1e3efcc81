"""One-operator .tflite models, built by the schema's own object API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

DTYPES = {"int8": 9, "uint8": 3, "int32": 2, "int64": 4, "float32": 0}


@dataclass
class T:
    """A tensor of a model to be built; `data` makes it a constant."""

    shape: Sequence[int]
    dtype: str = "int8"
    scale: Any = 0.05
    zero: int = 0
    axis: int = 0
    data: Any = None
    name: str = "t"


def model(
    operators: Sequence[tuple[str, Mapping[str, Any] | None, list[int], list[int]]],
    tensors: Sequence[T],
    inputs: list[int],
    outputs: list[int],
) -> bytes:
    """Operators are (type, options or none, inputs, outputs); options named as in the schema."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    made: Any = schema.ModelT()
    made.version, made.description = 3, "test"
    made.buffers = [schema.BufferT()]
    graph: Any = schema.SubGraphT()
    graph.tensors = [_tensor(schema, made, t, i) for i, t in enumerate(tensors)]
    graph.inputs, graph.outputs, graph.operators = inputs, outputs, []
    made.operatorCodes = []
    for kind, options, sources, results in operators:
        code: Any = schema.OperatorCodeT()
        number = getattr(schema.BuiltinOperator, kind)
        code.builtinCode, code.deprecatedBuiltinCode, code.version = number, min(number, 127), 1
        code.customCode = "CUSTOMCODE" if kind == "CUSTOM" else None
        made.operatorCodes.append(code)
        node: Any = schema.OperatorT()
        node.opcodeIndex, node.inputs, node.outputs = len(made.operatorCodes) - 1, sources, results
        if options is not None:
            name = str(options["table"])
            node.builtinOptionsType = getattr(schema.BuiltinOptions, name)
            node.builtinOptions = getattr(schema, f"{name}T")()
            for key, value in options.items():
                if key != "table":
                    assert hasattr(node.builtinOptions, key), key
                    setattr(node.builtinOptions, key, value)
        graph.operators.append(node)
    made.subgraphs = [graph]
    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(made.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def outside(content: bytes) -> bytes:
    """The same model with its constants behind the tables, as ai-edge-quantizer writes them."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    made: Any = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    behind, first = b"", 1 << 16
    for buffer in made.buffers:
        if buffer.data is not None:
            data = np.asarray(buffer.data, np.uint8).tobytes()
            buffer.data, buffer.offset, buffer.size = None, first + len(behind), len(data)
            behind += data + bytes(-len(data) % 16)
    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(made.Pack(builder), b"TFL3")
    return bytes(builder.Output()).ljust(first, b"\0") + behind


def _tensor(schema: Any, made: Any, t: T, index: int) -> Any:
    tensor = schema.TensorT()
    tensor.shape, tensor.type = list(t.shape), DTYPES[t.dtype]
    tensor.name, tensor.buffer = f"{t.name}{index}", 0
    if t.scale is not None:
        quantisation = schema.QuantizationParametersT()
        scales = np.atleast_1d(np.asarray(t.scale, np.float32))
        quantisation.scale = scales.tolist()
        quantisation.zeroPoint = [t.zero] * len(scales)
        quantisation.quantizedDimension = t.axis
        tensor.quantization = quantisation
    if t.data is not None:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.asarray(t.data, t.dtype).tobytes(), np.uint8)
        made.buffers.append(buffer)
        tensor.buffer = len(made.buffers) - 1
    return tensor


def dense(path: Path) -> Path:
    """One fully-connected layer, 64 to 8; its input is called in0."""
    rng = np.random.default_rng(0)
    tensors = [
        T((1, 64), name="in"),
        T((8, 64), scale=0.02, data=rng.integers(-127, 128, (8, 64))),
        T((8,), "int32", scale=0.001, data=rng.integers(-99, 99, 8)),
        T((1, 8), scale=0.1),
    ]
    options = {"table": "FullyConnectedOptions"}
    path.write_bytes(model([("FULLY_CONNECTED", options, [0, 1, 2], [3])], tensors, [0], [3]))
    return path
