"""What is known of a model, as plain values that travel between processes as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from effprof.base.records import TensorSpec

Format = Literal["onnx", "tflite", "elf"]  # elf: a firmware, not a graph
Shape = tuple[int | str, ...]  # a dimension that is not settled keeps its name, or is "?"
MOST_OPERATORS = 250_000  # of one graph: more are made to wear a reader out, no model has them
NO_RANK = "..."  # the one dimension of a tensor whose rank the file does not say


@dataclass(frozen=True, slots=True)
class Hint:
    """What the graph says about the values of one integer input.

    index: from `low` up to, but not including, `high`; choice: compared with the constant `low`;
    size: a length, a count or a shape.
    """

    kind: Literal["index", "choice", "size"]
    why: str
    low: int = 0
    high: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the file declares, before any shape is chosen. `None`: the format does not tell."""

    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    opset: int | None = None
    ir_version: int | None = None
    precision: str | None = None  # of the weights: fp32, fp16, bf16, fp64, int8, int4 or mixed
    activations: str | None = None  # tflite: of what is computed, in the same words and int16
    operators: int | None = None  # of the main graph
    parameters: int | None = None
    weight_bytes: int | None = None  # all constant tensors, external ones included
    domains: tuple[str, ...] = ()
    producer: str = ""
    hints: Mapping[str, Hint] = field(default_factory=dict)  # integer input -> its values
    custom: tuple[str, ...] = ()  # tflite: names of operators that are not built in
    external: tuple[str, ...] = ()  # data files beside the model, relative to its folder
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A model file that was opened and found readable."""

    path: Path
    name: str
    format: Format
    sha256: str  # of the file; with external data, of the file and then those files by name
    size_bytes: int  # external data files included
    facts: Facts

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        return self.facts.inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        return self.facts.outputs

    @property
    def opset(self) -> int | None:
        return self.facts.opset

    @property
    def precision(self) -> str | None:
        return self.facts.precision

    @property
    def parameters(self) -> int | None:
        return self.facts.parameters


@dataclass(frozen=True, slots=True)
class Operator:
    """One node at the chosen input shapes. `name` is what the runtime's own profiler calls it.

    `inputs` (constants apart) and `outputs` are tensor names: a node that the runtime fused still
    writes one of them.
    """

    name: str
    type: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    output_shapes: tuple[Shape | None, ...] = ()
    macs: int | None = None
    weight_bytes: int = 0  # constants read in one run: of an embedding, the rows it picks
    activation_bytes: int | None = None  # inputs read and outputs written, constants apart
    why: str = ""  # why `macs` is None

    @property
    def bytes(self) -> int | None:
        """Moved in one run: constants and activations."""
        if self.activation_bytes is None:
            return None
        return self.weight_bytes + self.activation_bytes


@dataclass(frozen=True, slots=True)
class Counts:
    """The graph at one choice of input shapes; totals are None as soon as one part is unknown."""

    operators: tuple[Operator, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()  # shapes as inferred
    macs: int | None = None
    macs_known: int = 0  # sum over the operators that could be counted: a lower bound
    weight_bytes: int = 0
    activation_bytes: int | None = None
    unknown: tuple[str, ...] = ()  # "If x 2: which branch runs depends on the data"
    notices: tuple[str, ...] = ()

    @property
    def intensity(self) -> float | None:
        """FLOPs per byte of constants and activations moved; None where a part is unknown."""
        if self.macs is None or self.activation_bytes is None:
            return None
        total_bytes = self.weight_bytes + self.activation_bytes
        return 2 * self.macs / total_bytes if total_bytes else None
