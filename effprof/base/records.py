"""The values that travel through the house: tensors, trials, measurements, warnings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Literal

from effprof.base.metrics import CATALOGUE
from effprof.base.vocabulary import OriginName


class Origin(IntEnum):
    """Where a figure comes from; a derived figure takes the weakest (smallest) of its parts."""

    MODELLED = 1  # worked out from a description of the device or of the graph
    EMULATED = 2  # the model's own instructions executed, turned into the figure by a timing model
    MEASURED = 3  # an instrument or clock read on that very device in this run

    @property
    def word(self) -> OriginName:
        """As reports spell it."""
        return _WORDS[self]


_WORDS: Mapping[Origin, OriginName] = {
    Origin.MODELLED: "modelled",
    Origin.EMULATED: "emulated",
    Origin.MEASURED: "measured",
}


@dataclass(frozen=True, slots=True)
class Measurement:
    """What the report says about one metric; `value`, `low` and `high` in the catalogue's unit."""

    metric: str
    value: float
    origin: Origin
    source: str  # instrument and quantity: "clock:perf_counter_ns"
    n: int | None = None  # readings behind the number; None where nothing was sampled
    low: float | None = None  # 95 % interval, or the stated band of a modelled value
    high: float | None = None
    scope: str | None = None  # what the figure covers, where its name does not say

    @property
    def unit(self) -> str:
        return CATALOGUE[self.metric].unit


@dataclass(frozen=True, slots=True)
class Missing:
    """Asked for and not to be had: never a zero, never silence."""

    metric: str
    reason: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning of the report: a value with advice in it, not a line that scrolls away."""

    code: str
    text: str
    advice: str


@dataclass(frozen=True, slots=True)
class Quantization:
    """How whole numbers stand for real ones: real = scale x (number - zero_point)."""

    scale: float
    zero_point: int


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One input or output. A dimension is its size, its symbolic name, or "?" when it has none."""

    name: str
    dtype: str  # numpy's name: float32, int64, bool ...
    shape: tuple[int | str, ...]
    quantization: Quantization | None = None


@dataclass(frozen=True, slots=True)
class Values:
    """How the values of one input are made; plain, so that it travels to any worker.

    random: uniform in [low, high) for integers, [low, high] for floats; zeros; ones;
    file: `path` to an .npy, or an .npz with `key`; the first axis counts items, or the array
    has the shape of one run.
    """

    kind: Literal["random", "zeros", "ones", "constant", "file"]
    low: float = 0.0
    high: float = 1.0
    path: str = ""
    key: str = ""
    why: str = ""  # "indexes 30522 rows of embedding", "mask"

    def __str__(self) -> str:
        if self.kind == "random":
            return f"random in [{self.low:g}, {self.high:g})" + (
                f", {self.why}" if self.why else ""
            )
        if self.kind == "constant":
            return f"{self.low:g}" + (f", {self.why}" if self.why else "")
        return self.path.rsplit("/", 1)[-1] if self.kind == "file" else self.kind


@dataclass(frozen=True, slots=True)
class Recast:
    """What deployment made of an input: its array is made as the original's, then turned into this.

    `axes`: the original's axes in the order the deployed model has them; none: as they were.
    `scale` 0: not quantised.
    """

    name: str  # what the original calls it: its values are drawn by that name
    axes: tuple[int, ...] = ()
    dtype: str = ""  # none: the original's
    scale: float = 0.0
    zero_point: int = 0


@dataclass(frozen=True, slots=True)
class Feed:
    """One input of a run, fully decided: what a worker needs to build the array.

    `name` is the deployed model's; `dtype` and `shape` are those the values are made in, before
    they are `recast`.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    values: Values
    recast: Recast | None = None

    @property
    def run_shape(self) -> tuple[int, ...]:
        """As the deployed model takes it."""
        axes = self.recast.axes if self.recast else ()
        return tuple(self.shape[axis] for axis in axes) if axes else self.shape

    @property
    def run_dtype(self) -> str:
        """As the deployed model takes it."""
        return (self.recast.dtype if self.recast else "") or self.dtype


@dataclass(frozen=True, slots=True)
class Plugin:
    """A class for a worker to load: `module:name`, and the module's file.

    By the file it is found under an interpreter that does not have its package installed.
    """

    reference: str
    path: str = ""


class Ending(StrEnum):
    """How a worker ended; one for each thing the parent can see."""

    OK = "ok"
    ERROR = "error"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Block:
    """Readings taken one after another without a pause, each of `runs_per_reading` runs.

    `wall_ns` holds one entry a reading, of all its runs; `cpu_ns` is the CPU time of all
    threads inside them. `each_cpu_ns`: that of every reading, where it was read so often.
    """

    wall_ns: Sequence[int]
    cpu_ns: int
    runs_per_reading: int = 1
    each_cpu_ns: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class OperatorTime:
    """Time of one node in one run; `name` joins it to the graph."""

    name: str
    type: str
    latency_s: float
    how: str = ""  # where no profiler of the runtime timed it
    provider: str = ""  # which part of the runtime ran it, where it has several


@dataclass(frozen=True, slots=True)
class OperatorCycles:
    """One operator, or one function of a firmware, in one emulated inference.

    `mix`: instructions by kind: load, store, multiply, arithmetic, branch ...
    """

    name: str
    type: str
    cycles: float
    instructions: int
    macs: int | None = None
    mix: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Emulation:
    """What an emulator found: figures of one inference, and what the linked image holds.

    `flash` and `ram`: bytes by section (weights, code; arena, stack, statics). `kernels`: whose
    code ran. `settings` and `outputs` are as those of a session.
    """

    readings: Sequence[Measurement | Missing]
    operators: Sequence[OperatorCycles]
    flash: Mapping[str, int]
    ram: Mapping[str, int]
    kernels: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    build_s: float = 0.0
    run_s: float = 0.0
    kept: str = ""  # folder of the generated project, where it was kept
    cautions: Sequence[Caution] = ()


def weakest(*origins: Origin) -> Origin:
    """The origin of a figure derived from parts of these origins."""
    return min(origins)
