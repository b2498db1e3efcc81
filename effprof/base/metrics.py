"""The catalogue of metrics: key, unit, which way is better, and what it means.

Adding a metric is one line here and one producer. A published key never changes meaning.
"""

from dataclasses import dataclass
from typing import Literal

from effprof.base.vocabulary import OriginName

Better = Literal["lower", "higher", "neither"]


@dataclass(frozen=True, slots=True)
class Metric:
    """`unit` is SI base: s, B, J, W, 1/s, 1, FLOP/B, USD, g.

    `share`: of unit 1, a share of something and not a count; people read it in percent.
    `most`: what it can never be above, whatever is measured.
    """

    key: str
    unit: str
    better: Better
    meaning: str
    share: bool = False
    most: float | None = None


def _share(key: str, better: Better, meaning: str, most: float | None = None) -> Metric:
    return Metric(key, "1", better, meaning, share=True, most=most)


_ALL = (
    Metric("latency.p50", "s", "lower", "median of one run of the whole batch, steady state"),
    Metric("latency.p90", "s", "lower", "90th percentile of one run, steady state"),
    Metric("latency.p95", "s", "lower", "95th percentile of one run, steady state"),
    Metric("latency.p99", "s", "lower", "99th percentile of one run, steady state"),
    Metric("latency.mean", "s", "lower", "mean of one run, steady state"),
    Metric("latency.min", "s", "lower", "shortest run seen"),
    Metric("latency.max", "s", "lower", "longest run seen"),
    _share("latency.jitter", "lower", "(p99 - p50) / p50"),
    Metric("latency.load", "s", "lower", "model file to ready session"),
    Metric("latency.first", "s", "lower", "first run after loading"),
    Metric("latency.gpu", "s", "lower", "median of one run on the GPU of a phone that is not here"),
    Metric("latency.npu", "s", "lower", "median of one run on the NPU of a phone that is not here"),
    Metric("latency.host_to_device", "s", "lower", "inputs of one run to the accelerator"),
    Metric("latency.device_to_host", "s", "lower", "outputs of one run from the accelerator"),
    Metric(
        "latency.under_load.p99", "s", "lower", "p99 from the scheduled arrival, server scenario"
    ),
    Metric(
        "latency.queue",
        "s",
        "lower",
        "mean wait of a query before its run begins, server scenario",
    ),
    _share("deadline.miss_rate", "lower", "share of queries answered after the deadline", most=1.0),
    Metric("throughput.items", "1/s", "higher", "items per second in the scenario"),
    Metric("throughput.peak", "1/s", "higher", "best items per second over the batch sweep"),
    Metric("throughput.peak_batch", "1", "higher", "batch at which throughput.peak was reached"),
    _share("throughput.scaling", "higher", "throughput(max batch) / (throughput(1) x max batch)"),
    Metric(
        "throughput.knee_batch",
        "1",
        "neither",
        "batch behind which more throughput costs most latency",
    ),
    Metric(
        "throughput.mean_batch",
        "1",
        "neither",
        "queries answered in one run, server scenario with --max-batch",
    ),
    Metric(
        "throughput.sustained_ratio",
        "1",
        "higher",
        "throughput of the last minute over that of the first, run without a pause",
    ),
    Metric(
        "throughput.at_deadline",
        "1/s",
        "higher",
        "highest Poisson rate whose p99 keeps the deadline",
    ),
    Metric(
        "memory.peak", "B", "lower", "peak resident memory, less the same worker before the runtime"
    ),
    Metric("memory.load", "B", "lower", "resident memory after loading, less the same baseline"),
    Metric("memory.steady", "B", "lower", "resident memory after warm-up, less the same baseline"),
    Metric("memory.device", "B", "lower", "memory held on the accelerator"),
    Metric(
        "memory.device_arena",
        "B",
        "lower",
        "part of memory.device in the pool of the runtime's own allocator",
    ),
    Metric("memory.ram", "B", "lower", "all RAM of a microcontroller firmware"),
    Metric("memory.arena", "B", "lower", "RAM planned for tensors on a microcontroller"),
    Metric("memory.stack", "B", "lower", "stack high-water mark on a microcontroller"),
    Metric("size.model", "B", "lower", "the model file that is deployed, external data included"),
    Metric("size.flash", "B", "lower", "flash used: code and weights"),
    Metric("energy.inference", "J", "lower", "energy per item"),
    Metric("energy.dynamic", "J", "lower", "energy per item above the idle baseline"),
    Metric("power.mean", "W", "lower", "mean power over the window of work"),
    Metric("power.idle", "W", "lower", "idle baseline"),
    _share("battery.share_per_hour", "lower", "share of the battery per hour at the duty cycle"),
    Metric("battery.life", "s", "higher", "life of the cell at the duty cycle"),
    Metric("cost.million", "USD", "lower", "cost of a million items at the stated price"),
    Metric("carbon.million", "g", "lower", "CO2 equivalent of a million items, stated grid"),
    Metric("compute.macs", "1", "neither", "multiply-accumulates of one run of the deployed graph"),
    Metric("compute.parameters", "1", "neither", "parameters of the deployed graph"),
    Metric("compute.intensity", "FLOP/B", "neither", "FLOPs per byte of weights and activations"),
    Metric("compute.cycles", "1", "lower", "cycles of one inference on a microcontroller"),
    Metric("compute.instructions", "1", "lower", "instructions of one inference"),
    _share("utilization.compute", "higher", "achieved FLOP/s over the peak"),
    _share("utilization.memory", "higher", "achieved bytes/s over the bandwidth ceiling"),
    _share("utilization.cpu", "higher", "CPU seconds per wall second per thread"),
    _share("utilization.gpu", "higher", "share of time the accelerator was busy", most=1.0),
    _share("quality.accuracy", "higher", "share of labelled items classified right", most=1.0),
    _share(
        "quality.agreement", "higher", "share of items classified as the reference does", most=1.0
    ),
    Metric(
        "quality.cosine", "1", "higher", "cosine of the outputs to those of the reference", most=1.0
    ),
    Metric("quality.max_error", "1", "lower", "largest absolute difference to the reference"),
)

CATALOGUE: dict[str, Metric] = {metric.key: metric for metric in _ALL}


COSTS = ("energy", "power", "battery", "cost", "carbon")
"""Families of what running it takes: each comes of an instrument, or of a model of one."""
_COUNTED = ("size", "compute", "memory")
"""Families whose figures are counted where nothing was sampled."""


def family(key: str) -> str:
    """The first word of a key: latency, throughput, memory, size ..."""
    return key.partition(".")[0]


def never_varies(key: str, origin: OriginName, n: int | None) -> bool:
    """Counted or executed, not sampled (`n`): the next look finds the same."""
    return n is None and (origin != "modelled" or family(key) in _COUNTED)


def unit_of(key: str) -> str:
    """Of the catalogue; a plain number where the key is somebody's own."""
    return CATALOGUE[key].unit if key in CATALOGUE else "1"


def is_share(key: str) -> bool:
    """Of the catalogue; somebody's own key is taken for a plain number."""
    return key in CATALOGUE and CATALOGUE[key].share
