"""Reads a .tflite file: every number that comes out of it was checked on the way.

Flatbuffers have no verifier in Python. What guards against a damaged or hostile file: positions
outside it raise in `struct` and numpy, indices are checked here, and the elements of all vectors
together may not be more than the file has room for, so that tables cannot be shared into a bomb.
"""

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import tflite

from effprof.base.errors import ModelError
from effprof.model.model import MOST_OPERATORS
from effprof.model.tflite import damage
from effprof.model.tflite.damage import AGAIN, text
from effprof.model.tflite.file import File, Operator, Signature, Sizes, Subgraph, Tensor

_VERSION = 3  # of the schema: the only one any runtime reads
_MOST_ELEMENTS = 2**40  # of one tensor; more is a damaged shape
_TYPES: Mapping[int, tuple[str, int]] = {  # tensor type -> numpy's name and bits
    0: ("float32", 32), 1: ("float16", 16), 2: ("int32", 32), 3: ("uint8", 8), 4: ("int64", 64),
    5: ("string", 0), 6: ("bool", 8), 7: ("int16", 16), 8: ("complex64", 64), 9: ("int8", 8),
    10: ("float64", 64), 11: ("complex128", 128), 12: ("uint64", 64), 13: ("resource", 0),
    14: ("variant", 0), 15: ("uint32", 32), 16: ("uint16", 16), 17: ("int4", 4),
    18: ("bfloat16", 16),
}  # fmt: skip


def load(path: str) -> File:
    """The whole file; ModelError says what is wrong with it."""
    held = Path(path).read_bytes()
    with damage.told():
        return _Reader(held).file()


class _Reader:
    def __init__(self, held: bytes) -> None:
        self._held = held
        self._left = 4 * len(held) + 4096
        self._model: Any = tflite.Model.GetRootAs(held, 0)

    def file(self) -> File:
        model = self._model
        if model.Version() != _VERSION:
            raise ModelError(
                f"schema version {model.Version()}: TFLite files have {_VERSION}", hint=AGAIN
            )
        buffers = self._many(model.BuffersLength())
        data = [self._data(model.Buffers(place)) for place in buffers]
        codes = [
            _code(model.OperatorCodes(place)) for place in self._many(model.OperatorCodesLength())
        ]
        graphs = [model.Subgraphs(place) for place in self._many(model.SubgraphsLength())]
        if not graphs:
            raise ModelError("the file holds no graph", hint=AGAIN)
        subgraphs = tuple(self._subgraph(graph, data, codes) for graph in graphs)
        if not subgraphs[0].operators and not subgraphs[0].outputs:
            raise ModelError("the graph is empty", hint=AGAIN)
        return File(subgraphs, self._signatures(subgraphs), text(model.Description()))

    def _many(self, length: int) -> range:
        """The places of a vector, charged to what the file can hold."""
        self._left -= length
        if length < 0 or self._left < 0:
            raise ModelError("the file is damaged: it says it holds more than it does", hint=AGAIN)
        return range(length)

    def _list(self, array: Any) -> Sizes:
        """Whole numbers of a numpy view; 0 is what the schema's reader says for no vector."""
        if isinstance(array, int):
            return ()
        self._many(len(array))
        return tuple(array.tolist())

    def _data(self, buffer: Any) -> bytes | None:
        offset, size = buffer.Offset(), buffer.Size()
        if offset > 1:  # beyond the flatbuffer: how files over 2 GiB are written
            if offset + size > len(self._held):
                raise ModelError("the file is cut off: a tensor's data is not there", hint=AGAIN)
            return bytes(memoryview(self._held)[offset : offset + size])
        array = buffer.DataAsNumpy()
        return None if isinstance(array, int) or not len(array) else array.tobytes()

    def _subgraph(
        self, graph: Any, data: list[bytes | None], codes: list[tuple[str, str, int]]
    ) -> Subgraph:
        if (count := graph.OperatorsLength()) > MOST_OPERATORS:
            raise ModelError(
                f"{count:,} operators: {MOST_OPERATORS:,} are read at most",
                hint="no model that is used has so many: is it the right file?",
            )
        tensors = tuple(
            self._tensor(graph.Tensors(place), place, data)
            for place in self._many(graph.TensorsLength())
        )
        operators = tuple(
            self._operator(graph.Operators(place), len(tensors), codes)
            for place in self._many(graph.OperatorsLength())
        )
        inputs = self._places(graph.InputsAsNumpy(), len(tensors), lowest=0)
        outputs = self._places(graph.OutputsAsNumpy(), len(tensors), lowest=0)
        return Subgraph(tensors, inputs, outputs, operators)

    def _places(self, array: Any, count: int, *, lowest: int) -> Sizes:
        places = self._list(array)
        if not all(lowest <= place < count for place in places):
            raise ModelError("the file is damaged: it names a tensor it has not", hint=AGAIN)
        return places

    def _operator(self, raw: Any, count: int, codes: list[tuple[str, str, int]]) -> Operator:
        kind, custom, version = codes[_within(raw.OpcodeIndex(), len(codes), "operator code")]
        return Operator(
            kind,
            custom,
            version,
            self._places(raw.InputsAsNumpy(), count, lowest=-1),
            self._places(raw.OutputsAsNumpy(), count, lowest=0),
            raw,
        )

    def _tensor(self, raw: Any, place: int, data: list[bytes | None]) -> Tensor:
        name = text(raw.Name()) or f"tensor_{place}"
        dtype, bits = _TYPES.get(raw.Type(), (f"type {raw.Type()}", 0))
        shape = self._list(raw.ShapeAsNumpy())
        if any(size < 0 for size in shape) or prod(shape) > _MOST_ELEMENTS:
            raise ModelError(f"tensor {name!r}: no tensor has the shape {shape}", hint=AGAIN)
        signature = self._list(raw.ShapeSignatureAsNumpy())
        scales, zero_points, axis = self._quantization(raw.Quantization())
        tensor = Tensor(
            name,
            dtype,
            bits,
            shape,
            signature if len(signature) == len(shape) else shape,
            data[_within(raw.Buffer(), len(data), "buffer")],
            scales,
            zero_points,
            axis,
            raw.Sparsity() is not None,
        )
        _check_data(tensor)
        return tensor

    def _quantization(self, raw: Any) -> tuple[tuple[float, ...], Sizes, int]:
        if raw is None:
            return (), (), 0
        scales = self._list(raw.ScaleAsNumpy())
        return scales, self._list(raw.ZeroPointAsNumpy()), raw.QuantizedDimension()

    def _signatures(self, subgraphs: tuple[Subgraph, ...]) -> tuple[Signature, ...]:
        model = self._model
        found = []
        for place in self._many(model.SignatureDefsLength()):
            raw = model.SignatureDefs(place)
            graph = _within(raw.SubgraphIndex(), len(subgraphs), "subgraph")
            taken = [raw.Inputs(at) for at in self._many(raw.InputsLength())]
            given = [raw.Outputs(at) for at in self._many(raw.OutputsLength())]
            found.append(Signature(text(raw.SignatureKey()), graph, _names(taken), _names(given)))
        return tuple(found)


def _names(entries: list[Any]) -> dict[int, str]:
    return {entry.TensorIndex(): text(entry.Name()) for entry in entries}


def _check_data(tensor: Tensor) -> None:
    """The bytes of a constant are those its shape takes; of packed and unknown types nobody knows.

    LiteRT refuses the same.
    """
    if tensor.data is None or tensor.sparse or tensor.bits < 8:
        return
    if len(tensor.data) != tensor.size_bytes():
        raise ModelError(
            f"tensor {tensor.name!r}: {len(tensor.data)} bytes of data, "
            f"its shape takes {tensor.size_bytes()}",
            hint=AGAIN,
        )


def _within(place: int, count: int, what: str) -> int:
    if not 0 <= place < count:
        raise ModelError(f"the file is damaged: {what} {place} of {count}", hint=AGAIN)
    return place


def _code(raw: Any) -> tuple[str, str, int]:
    """(type, name of a custom operator, version); numbers over 127 came with a second field."""
    number = max(raw.DeprecatedBuiltinCode(), raw.BuiltinCode())
    kind = tflite.utils.BUILTIN_OPCODE2NAME.get(number, f"BUILTIN_{number}")
    custom = text(raw.CustomCode()) if kind == "CUSTOM" else ""
    return kind, custom, raw.Version()
