"""What one operator becomes: a call in C, constants, scratch, and what may share memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from effprof.backends.mcu.core import Core
from effprof.backends.mcu.graph import Graph, Node, Tensor, printable
from effprof.ports import Refusal

_CTYPE_BYTES = {"int8_t": 1, "uint8_t": 1, "uint16_t": 2, "int32_t": 4, "uint32_t": 4}


@dataclass(frozen=True, slots=True)
class Constant:
    """One array in flash. `section` is `weights` for what the model brings, `rodata` for tables."""

    symbol: str
    ctype: str  # int8_t
    values: Any  # a flat numpy array
    section: str = "weights"

    @property
    def size_bytes(self) -> int:
        return len(self.values) * _CTYPE_BYTES[self.ctype]


@dataclass(frozen=True, slots=True)
class Step:
    """`lines` are statements of C in which tensors are `tensor_N` and scratch is `scratch`."""

    node: Node
    lines: tuple[str, ...]
    sources: tuple[int, ...]  # tensors in RAM it reads
    results: tuple[int, ...]
    constants: tuple[Constant, ...] = ()
    kernels: tuple[str, ...] = ()  # C files it calls into
    scratch_bytes: int = 0
    overwrites: tuple[int, ...] = ()  # sources whose memory the result may take, start on start
    macs: int = 0
    # Constants read again and again: worth a copy in RAM where the arena has room at this step.
    worth_fetching: tuple[str, ...] = ()


@dataclass(slots=True)
class Lowering:
    """One node on its way to C: the tensors it touches and the constants gathered so far."""

    graph: Graph
    node: Node
    core: Core
    constants: list[Constant] = field(default_factory=list)
    kernels: list[str] = field(default_factory=list)

    def source(self, place: int) -> Tensor:
        if place >= len(self.node.inputs) or self.node.inputs[place] < 0:
            raise self.refuse(f"has no input {place}", "is the file complete?")
        return self.graph.tensors[self.node.inputs[place]]

    def optional(self, place: int) -> Tensor | None:
        absent = place >= len(self.node.inputs) or self.node.inputs[place] < 0
        return None if absent else self.source(place)

    @property
    def result(self) -> Tensor:
        if len(self.node.outputs) != 1:
            raise self.refuse(f"has {len(self.node.outputs)} outputs, not 1", "")
        return self.graph.tensors[self.node.outputs[0]]

    def option(self, name: str, default: Any = 0) -> Any:
        return self.node.options.get(name, default)

    def refuse(self, why: str, hint: str) -> Refusal:
        return Refusal("request", f"{self.graph.title(self.node)} {why}", hint)

    def need(self, tensor: Tensor, *dtypes: str) -> None:
        if tensor.dtype not in dtypes:
            raise self.refuse(
                f"has the {tensor.dtype} tensor {printable(tensor.name)!r};"
                f" firmware computes it in {' or '.join(dtypes)}",
                "quantise the model to int8, inputs and outputs too (full integer quantisation)",
            )

    def need_int8(self, *tensors: Tensor) -> None:
        """Each is int8 with one scale."""
        for tensor in tensors:
            self.need(tensor, "int8")
            if len(tensor.scales) != 1:
                raise self.refuse(
                    f"has the tensor {printable(tensor.name)!r} with {len(tensor.scales)} scales,"
                    " not 1",
                    "quantise activations per tensor",
                )
            if not -128 <= tensor.zero_point <= 127:
                raise self.refuse(f"has the zero point {tensor.zero_point}", "is the file damaged?")

    def known(self, place: int, what: str) -> Any:
        """The constant at an input, as a numpy array."""
        tensor = self.source(place)
        if tensor.data is None:
            raise self.refuse(
                f"takes {what} from another operator",
                f"export the model with a constant for {what}",
            )
        return tensor.data

    def constant(self, what: str, ctype: str, values: Any, section: str = "weights") -> str:
        """Keeps an array for flash; its symbol."""
        import numpy as np

        symbol = f"{what}_{self.node.index}"
        self.constants.append(Constant(symbol, ctype, np.asarray(values).reshape(-1), section))
        return symbol

    def place(self, tensor: Tensor) -> str:
        """The C expression for a tensor's first byte."""
        if tensor.data is None:
            return f"tensor_{tensor.index}"
        symbol = f"constant_{tensor.index}"
        held = {"int8": "int8_t", "uint8": "uint8_t", "int32": "int32_t"}
        if tensor.dtype not in held:
            raise self.refuse(f"reads a constant of {tensor.dtype}", "")
        if all(c.symbol != symbol for c in self.constants):
            self.constants.append(Constant(symbol, held[tensor.dtype], tensor.data.reshape(-1)))
        return symbol

    def step(self, lines: Sequence[str], sources: Sequence[Tensor], **more: Any) -> Step:
        return Step(
            self.node,
            tuple(lines),
            tuple(t.index for t in sources if t.data is None),
            (self.result.index,),
            tuple(self.constants),
            tuple(self.kernels),
            **more,
        )


def struct(kind: str, name: str, values: Sequence[object]) -> str:
    """A constant parameter block, local to the layer's function and so in flash."""
    parts = ", ".join(
        "{" + ", ".join(map(str, v)) + "}" if isinstance(v, list | tuple) else str(v)
        for v in values
    )
    return f"static const {kind} {name} = {{{parts}}};"
