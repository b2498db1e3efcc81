"""The graph of an int8 model as the code generator sees it: plain values, checked on reading."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

ITEM_BYTES = {"int8": 1, "uint8": 1, "int16": 2, "int32": 4, "int64": 8, "float32": 4, "bool": 1}


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """`data` is the numpy array of a constant; scales and zero points: one, or one a channel."""

    index: int
    name: str
    dtype: str  # numpy's name
    shape: tuple[int, ...]
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    data: Any = None

    @property
    def count(self) -> int:
        return prod(self.shape)

    @property
    def size_bytes(self) -> int:
        return self.count * ITEM_BYTES[self.dtype]

    @property
    def scale(self) -> float:
        return self.scales[0] if self.scales else 0.0

    @property
    def zero_point(self) -> int:
        return self.zero_points[0] if self.zero_points else 0


@dataclass(frozen=True, slots=True)
class Node:
    """One operator; an absent optional input is -1."""

    index: int
    type: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    tensors: tuple[Tensor, ...]
    nodes: tuple[Node, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def title(self, node: Node) -> str:
        """How a person finds the node: its place, its type, the tensor it makes."""
        made = self.tensors[node.outputs[0]].name if node.outputs else ""
        return f"node {node.index} ({node.type}{f' making {printable(made)}' if made else ''})"


def printable(name: str, limit: int = 80) -> str:
    """A stranger's name, fit for a terminal and for a comment in C: it cannot end either."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "_-./:; ") else "?" for c in name)
    return kept if len(kept) <= limit else kept[: limit - 3] + "..."
