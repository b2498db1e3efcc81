"""What an estimator is told: the work of one run, and the device as its target describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from effprof.base.vocabulary import Bound


@dataclass(frozen=True, slots=True)
class OperatorWork:
    """One node of the graph as deployed; None where the graph does not tell."""

    name: str
    type: str
    macs: int | None
    weight_bytes: int  # constants read in one run
    activation_bytes: int | None  # inputs read and outputs written, constants apart
    elements: int | None = None  # of its first output


@dataclass(frozen=True, slots=True)
class Work:
    """One run of the graph as deployed. Totals are None as soon as one part is unknown."""

    format: str  # "tflite", "onnx"
    precision: str | None  # fp32, fp16, int8 ...; None where the file does not tell
    batch: int
    size_bytes: int
    macs: int | None
    weight_bytes: int
    activation_bytes: int | None
    operators: tuple[OperatorWork, ...] = ()
    path: str = ""  # of the deployed file, for an estimator that reads it itself
    any_batch: bool = True  # whether the file takes other batches too

    @property
    def bytes(self) -> int | None:
        """Constants and activations moved in one run."""
        if self.activation_bytes is None:
            return None
        return self.weight_bytes + self.activation_bytes


@dataclass(frozen=True, slots=True)
class OperatorBound:
    """What an estimator says one operator takes in a run, and which ceiling is nearer."""

    name: str
    type: str
    latency_s: float
    bound: Bound


@dataclass(frozen=True, slots=True)
class Device:
    """The target's facts in base units, those that are text apart, and what it is asked to do."""

    id: str
    facts: Mapping[str, float]
    texts: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)
    duty_hz: float | None = None  # queries per second; None where the target states none
