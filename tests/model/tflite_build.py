"""TFLite files for the tests, written by LiteRT's own schema; small enough to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

_TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4, "bool": 6, "int8": 9}
_OPERATORS = {
    name: number for name, number in vars(schema.BuiltinOperator).items() if name[0] != "_"
}


@dataclass
class Graph:
    """Tensors and operators in the order they are added; `file` writes them."""

    tensors: list[Any] = field(default_factory=list)
    operators: list[Any] = field(default_factory=list)
    codes: list[Any] = field(default_factory=list)
    buffers: list[Any] = field(default_factory=lambda: [schema.BufferT()])
    signatures: list[Any] = field(default_factory=list)

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        dtype: str = "float32",
        *,
        signature: Sequence[int] | None = None,
        scale: float | None = None,
        zero_point: int = 0,
    ) -> int:
        made = schema.TensorT()
        made.name, made.shape, made.type = name, list(shape), _TYPES[dtype]
        made.buffer = 0
        if signature is not None:
            made.shapeSignature = list(signature)
        if scale is not None:
            made.quantization = schema.QuantizationParametersT()
            made.quantization.scale, made.quantization.zeroPoint = [scale], [zero_point]
        self.tensors.append(made)
        return len(self.tensors) - 1

    def weight(self, name: str, array: Any, **quantization: Any) -> int:
        held = np.ascontiguousarray(array)
        place = self.tensor(name, held.shape, str(held.dtype), **quantization)
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(held.tobytes(), np.uint8)
        self.tensors[place].buffer = len(self.buffers)
        self.buffers.append(buffer)
        return place

    def add(
        self,
        kind: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        options: Any = None,
        *,
        custom: str = "",
        version: int = 1,
    ) -> None:
        code = schema.OperatorCodeT()
        code.builtinCode = _OPERATORS["CUSTOM" if custom else kind]
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.customCode, code.version = custom or None, version
        made = schema.OperatorT()
        made.opcodeIndex, made.inputs, made.outputs = len(self.codes), list(inputs), list(outputs)
        if options is not None:
            made.builtinOptionsType = schema.BuiltinOptionsCreator.__globals__[
                "BuiltinOptions"
            ].__dict__[type(options).__name__.removesuffix("T")]
            made.builtinOptions = options
        self.codes.append(code)
        self.operators.append(made)

    def signature(self, key: str, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> None:
        made = schema.SignatureDefT()
        made.signatureKey, made.subgraphIndex = key, 0
        made.inputs, made.outputs = _maps(inputs), _maps(outputs)
        self.signatures.append(made)

    def file(self, path: Path, inputs: Sequence[int], outputs: Sequence[int]) -> Path:
        graph = schema.SubGraphT()
        graph.tensors, graph.operators = self.tensors, self.operators
        graph.inputs, graph.outputs, graph.name = list(inputs), list(outputs), "main"
        model = schema.ModelT()
        model.version, model.description = 3, "effprof tests"
        model.operatorCodes, model.buffers = self.codes, self.buffers
        model.subgraphs, model.signatureDefs = [graph], self.signatures
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        path.write_bytes(bytes(builder.Output()))
        return path


def _maps(names: Mapping[str, int]) -> list[Any]:
    made = []
    for name, place in names.items():
        entry = schema.TensorMapT()
        entry.name, entry.tensorIndex = name, place
        made.append(entry)
    return made


def conv_options(stride: int = 1, *, valid: bool = False) -> Any:
    options = schema.Conv2DOptionsT()
    options.padding, options.strideW, options.strideH = int(valid), stride, stride
    options.dilationWFactor = options.dilationHFactor = 1
    return options


def network(path: Path, *, open_batch: bool = True) -> Path:
    """Convolution 3x3 of stride 2, mean over the image, dense layer: 8x8x3 to 5 classes."""
    rng = np.random.default_rng(0)
    graph = Graph()
    x = graph.tensor("x", (1, 8, 8, 3), signature=(-1, 8, 8, 3) if open_batch else None)
    kernel = graph.weight("kernel", rng.standard_normal((4, 3, 3, 3), np.float32))
    bias = graph.weight("bias", np.zeros(4, np.float32))
    convolved = graph.tensor("features", (1, 4, 4, 4), signature=(-1, 4, 4, 4))
    graph.add("CONV_2D", [x, kernel, bias], [convolved], conv_options(2))
    axes = graph.weight("axes", np.array([1, 2], np.int32))
    pooled = graph.tensor("pooled", (1, 4), signature=(-1, 4))
    graph.add("MEAN", [convolved, axes], [pooled], schema.ReducerOptionsT())
    dense = graph.weight("dense", rng.standard_normal((5, 4), np.float32))
    logits = graph.tensor("logits", (1, 5), signature=(-1, 5))
    graph.add("FULLY_CONNECTED", [pooled, dense, -1], [logits], schema.FullyConnectedOptionsT())
    scores = graph.tensor("scores", (1, 5), signature=(-1, 5))
    softmax = schema.SoftmaxOptionsT()
    softmax.beta = 1.0
    graph.add("SOFTMAX", [logits], [scores], softmax)
    return graph.file(path, [x], [scores])


def quantised(path: Path) -> Path:
    """One int8 dense layer, 4 to 3: scale 0.5 and zero point -10 in, 0.25 and 3 out."""
    graph = Graph()
    x = graph.tensor("x", (1, 4), "int8", scale=0.5, zero_point=-10)
    weights = np.arange(12, dtype=np.int8).reshape(3, 4)
    dense = graph.weight("dense", weights, scale=0.125)
    bias = graph.weight("bias", np.zeros(3, np.int32), scale=0.0625)
    y = graph.tensor("y", (1, 3), "int8", scale=0.25, zero_point=3)
    graph.add("FULLY_CONNECTED", [x, dense, bias], [y], schema.FullyConnectedOptionsT(), version=4)
    return graph.file(path, [x], [y])


def embedding(path: Path) -> Path:
    """Token numbers, less one, pick rows of a table of 11."""
    graph = Graph()
    tokens = graph.tensor("tokens", (1, 6), "int32")
    one = graph.weight("one", np.array([1], np.int32))
    shifted = graph.tensor("shifted", (1, 6), "int32")
    graph.add("SUB", [tokens, one], [shifted], schema.SubOptionsT())
    table = graph.weight("table", np.ones((11, 8), np.float32))
    picked = graph.tensor("picked", (1, 6, 8))
    graph.add("GATHER", [table, shifted], [picked], schema.GatherOptionsT())
    return graph.file(path, [tokens], [picked])


def custom(path: Path, name: str = "MagicWand") -> Path:
    graph = Graph()
    x, y = graph.tensor("x", (1, 4)), graph.tensor("y", (1, 4))
    graph.add("CUSTOM", [x], [y], custom=name)
    return graph.file(path, [x], [y])
