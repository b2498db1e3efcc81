"""ONNX's element types by number (onnx.proto, TensorProto.DataType): numpy's name and bits."""

import math
from collections.abc import Sequence

_TYPES = {
    1: ("float32", 32), 2: ("uint8", 8), 3: ("int8", 8), 4: ("uint16", 16), 5: ("int16", 16),
    6: ("int32", 32), 7: ("int64", 64), 8: ("string", 0), 9: ("bool", 8), 10: ("float16", 16),
    11: ("float64", 64), 12: ("uint32", 32), 13: ("uint64", 64), 14: ("complex64", 64),
    15: ("complex128", 128), 16: ("bfloat16", 16), 17: ("float8_e4m3fn", 8),
    18: ("float8_e4m3fnuz", 8), 19: ("float8_e5m2", 8), 20: ("float8_e5m2fnuz", 8),
    21: ("uint4", 4), 22: ("int4", 4), 23: ("float4_e2m1fn", 4), 24: ("float8_e8m0fnu", 8),
    25: ("uint2", 2), 26: ("int2", 2),
}  # fmt: skip

INTEGERS = frozenset(number for number, (name, _) in _TYPES.items() if "int" in name)
FLOATS = frozenset(number for number, (name, _) in _TYPES.items() if "float" in name)


def dtype_name(number: int) -> str:
    return _TYPES.get(number, (f"type {number}", 0))[0]


def size_bytes(number: int, dims: Sequence[int]) -> int:
    """Packed as in the file: two 4-bit values share a byte. 0 for strings and unknown types."""
    return math.ceil(math.prod(dims) * _TYPES.get(number, ("", 0))[1] / 8)
