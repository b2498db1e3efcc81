"""A .tflite file as plain values; `reader.py` makes them and has checked every number."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, prod
from typing import Any

import numpy as np

from effprof.base.records import Quantization
from effprof.model.tflite import options

Sizes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """`signature` is `shape` with -1 where a size may change; `data` is None unless constant."""

    name: str
    dtype: str
    bits: int
    shape: Sizes
    signature: Sizes
    data: bytes | None
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int  # of `scales`, where there are several
    sparse: bool

    @property
    def constant(self) -> bool:
        return self.data is not None

    @property
    def quantization(self) -> Quantization | None:
        """Of the whole tensor; None where each channel has its own, or there is none."""
        if len(self.scales) != 1 or not (isfinite(self.scales[0]) and self.scales[0] > 0):
            return None
        return Quantization(self.scales[0], self.zero_points[0] if self.zero_points else 0)

    def size_bytes(self, shape: Sizes | None = None) -> int:
        return -(-prod(self.shape if shape is None else shape) * self.bits // 8)

    def values(self) -> tuple[int, ...] | None:
        """Of a constant of a few integers, as axes and shapes are; None for anything else."""
        if self.data is None or self.dtype not in ("int32", "int64") or len(self.data) > 1024:
            return None
        return tuple(np.frombuffer(self.data, self.dtype).tolist())


@dataclass(frozen=True)
class Operator:
    """`inputs` and `outputs` are places among the subgraph's tensors; -1: an input left out."""

    type: str
    custom: str  # name of a custom operator, else ""
    version: int
    inputs: Sizes
    outputs: Sizes
    _raw: Any

    @cached_property
    def options(self) -> Mapping[str, Any]:
        """By the schema's names (stride_w, keep_dims); empty for an operator without any."""
        return options.of(self._raw)

    def option(self, name: str, default: int = 0) -> int:
        """A whole number or a truth; `default` where the file leaves it out."""
        value = self.options.get(name, default)
        return int(value) if isinstance(value, int) else default


@dataclass(frozen=True, slots=True)
class Subgraph:
    tensors: tuple[Tensor, ...]
    inputs: Sizes
    outputs: Sizes
    operators: tuple[Operator, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Names that callers use, by place of the tensor."""

    key: str
    subgraph: int
    inputs: Mapping[int, str]
    outputs: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class File:
    subgraphs: tuple[Subgraph, ...]
    signatures: tuple[Signature, ...]
    producer: str

    @property
    def main(self) -> Subgraph:
        return self.subgraphs[0]
