"""The values of `effprof.report/1`: what was measured, of what, where and how.

Structs, so that a saved report is checked key by key and the JSON Schema comes from the same
lines. Numbers are in SI base units. Unknown keys of a file are ignored: adding one is no change.
"""

from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, field

from effprof.base.vocabulary import Bound, OriginName
from effprof.report.gate import Gate
from effprof.report.judgement import AdvicePart, Score, Verdict
from effprof.report.ranking import Ranking

SCHEMA: Final = "effprof.report/1"
SCHEMA_MANY: Final = "effprof.reports/1"

Count = Annotated[int, Meta(ge=0)]


class Tensor(Struct, frozen=True, omit_defaults=True):
    name: str
    dtype: str
    shape: tuple[int | str, ...]
    values: str | None = None


class ModelPart(Struct, frozen=True, omit_defaults=True):
    name: str
    format: str
    sha256: str
    size_bytes: Count
    parameters: Count | None = None
    macs: Count | None = None
    precision: str | None = None
    opset: int | None = None
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    converted: dict[str, Any] | None = None


class TargetPart(Struct, frozen=True, omit_defaults=True):
    """`duty`: the queries it is to answer, per second. `backend` is none where nothing ran."""

    id: str
    environment: str
    backend: str
    sha256: str
    device: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    profile: str | None = None
    estimator: str | None = None
    duty: float | None = None


class HostPart(Struct, frozen=True, omit_defaults=True):
    cpu: str
    cores: int
    memory_bytes: int
    os: str
    python: str
    fingerprint: str
    packages: dict[str, str] = {}
    load: float | None = None


class ScenarioPart(Struct, frozen=True, omit_defaults=True):
    """`max_batch`: of a server whose batches form in the queue; `queue_delay` in s, at most."""

    name: str
    batch: int
    trials: int
    runs: int
    warmup_runs: int
    seed: int
    command: tuple[str, ...] = ()
    precision_goal: float | None = None
    precision_reached: float | None = None
    rate: float | None = None
    deadline: float | None = None
    max_batch: int | None = None
    queue_delay: float | None = None


class Metric(Struct, frozen=True, omit_defaults=True):
    value: float
    unit: str
    origin: OriginName
    source: str
    low: float | None = None
    high: float | None = None
    n: int | None = None
    scope: str | None = None


class MissingPart(Struct, frozen=True, omit_defaults=True):
    metric: str
    reason: str
    hint: str | None = None


class OperatorPart(Struct, frozen=True, omit_defaults=True):
    """`latency` in seconds a run; `bound` says which ceiling is nearer.

    Of an emulated target also cycles, instructions and the `mix` of them, by kind.
    """

    name: str
    type: str
    macs: int | None = None
    bytes: int | None = None
    latency: float | None = None
    share: float | None = None
    bound: Bound | None = None
    cycles: float | None = None
    instructions: Count | None = None
    mix: dict[str, int] = {}


class FirmwarePart(Struct, frozen=True, omit_defaults=True):
    """What a microcontroller would hold. `kernels`: whose code every figure is of.

    Bytes: `flash` and `ram` by section, `room` of the part by metric. `lacks`: what it has too
    little of. `published`: results of others for this very model on this board, a line a figure.
    """

    kernels: str
    flash: dict[str, int]
    ram: dict[str, int]
    fits: bool
    room: dict[str, int] = {}
    lacks: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    kept: str | None = None


class BandwidthPart(Struct, frozen=True):
    working_set_bytes: Count
    bytes_per_s: float


class CeilingsPart(Struct, frozen=True):
    """What this machine reached at `threads` threads; `bandwidth` by growing working set."""

    flops_per_s: float
    bandwidth: tuple[BandwidthPart, ...]
    threads: int


class BinPart(Struct, frozen=True):
    """Runs that took `low` seconds or more, and less than `high`; the last bin also those of it."""

    low: float
    high: float
    runs: Count


class TrialPart(Struct, frozen=True, omit_defaults=True):
    """One worker process. `blocks` holds the median of each block in seconds, in time order.

    `cached`: an emulation whose answer was kept from an earlier run, which took its own seconds.
    """

    ending: str
    load_s: float | None = None
    first_s: float | None = None
    runs: Count = 0
    warmup_runs: Count = 0
    latency: dict[str, float] = {}
    cpu_s: float | None = None
    wall_s: float | None = None
    blocks: tuple[float, ...] = ()
    host: dict[str, float] = {}
    detail: str | None = None
    batch: int | None = None
    cached: bool = False


class EnergyWindow(Struct, frozen=True, omit_defaults=True):
    """One window of work under a meter; `power` in W, `updates` of its counter."""

    seconds: float
    items: Count
    power: float
    updates: Count
    temperature_celsius: float | None = None


class EnergyPart(Struct, frozen=True, omit_defaults=True):
    """What one meter read: `idle` and `idle_loaded` in W, before and after the model was loaded.

    `update_period` of its counter in s, `variation` of the joules an item over the windows.
    """

    meter: str
    scope: str = ""
    update_period: float | None = None
    idle: float | None = None
    idle_loaded: float | None = None
    windows: tuple[EnergyWindow, ...] = ()
    variation: float | None = None
    lack: str | None = None


class WarningPart(Struct, frozen=True, omit_defaults=True):
    code: str
    text: str
    advice: str


class Report(Struct, frozen=True, omit_defaults=True):
    """The lists are always there, also when empty: a reader need not ask.

    `metrics` are of the target's device. Where that is worked out, `host_metrics` holds what was
    measured on this machine, and trials, distribution and ceilings are this machine's too.
    """

    schema: Literal["effprof.report/1"]
    effprof: str
    id: str
    created: str
    model: ModelPart
    target: TargetPart
    host: HostPart
    scenario: ScenarioPart
    metrics: dict[str, Metric]
    host_metrics: dict[str, Metric] = {}
    missing: tuple[MissingPart, ...] = field(default_factory=lambda: ())
    operators: tuple[OperatorPart, ...] = field(default_factory=lambda: ())
    trials: tuple[TrialPart, ...] = field(default_factory=lambda: ())
    distribution: tuple[BinPart, ...] = ()  # of single runs, at this batch
    ceilings: CeilingsPart | None = None
    sweep: tuple[dict[str, float], ...] = ()
    sustained: tuple[dict[str, float], ...] = ()  # throughput and readings over time, by bucket
    energy: tuple[EnergyPart, ...] = ()  # of every meter, the one the figures are of first
    firmware: FirmwarePart | None = None
    score: Score | None = None
    verdicts: tuple[Verdict, ...] = field(default_factory=lambda: ())
    gate: Gate | None = None
    warnings: tuple[WarningPart, ...] = field(default_factory=lambda: ())
    advice: tuple[AdvicePart, ...] = ()
    unfinished: str | None = None


class Reports(Struct, frozen=True, omit_defaults=True):
    """Several targets in one file; what `score` says of them together."""

    schema: Literal["effprof.reports/1"]
    reports: tuple[Report, ...]
    rankings: tuple[Ranking, ...] = ()
