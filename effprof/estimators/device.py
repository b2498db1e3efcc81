"""A device that is not here, by the roofline of each operator.

Peak (by precision) and bandwidth are facts of the target; the rest is of its class of device
(`device_class.py`).

Williams, Waterman & Patterson, "Roofline: An Insightful Visual Performance Model", CACM 52(4),
2009.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from effprof.base.pareto import knee_of_sweep
from effprof.base.quantity import show
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.work import Device, OperatorBound, OperatorWork, Work
from effprof.estimators.device_class import (
    CALM,
    CLASSES,
    PUBLISHED_MACS,
    SEEN,
    TAKEN_IN,
    UNSEEN_BAND,
    Constants,
    operator,
)

SOURCE = "device-roofline"


PEAKS = {
    "fp32": ("peak_tf32", "peak_fp32"),
    "fp16": ("peak_fp16", "peak_tf32", "peak_fp32"),
    "int8": ("peak_int8",),
    "mixed": ("peak_fp16", "peak_fp32"),
}
"""Facts looked for, by the file's precision: the first that is stated."""

LATENCIES = ("latency.p50", "latency.mean", "throughput.items")
SWEEP = (
    "throughput.peak",
    "throughput.peak_batch",
    "throughput.knee_batch",
    "throughput.scaling",
)
LARGEST_BATCH = 1024
NEAR_PEAK = 0.95
POWER_BAND = 1.3
_NO_TAIL = Missing("latency.p99", "a roofline has no tail: only a device that is here has one")
_NO_JITTER = Missing("latency.jitter", "a roofline has no tail: only a device that is here has one")


class Roofline:
    metrics: Sequence[str] = (
        *LATENCIES,
        *SWEEP,
        "latency.p99",
        "latency.jitter",
        "energy.inference",
        "power.mean",
        "utilization.compute",
        "utilization.memory",
    )

    def lacks(self, device: Device) -> str | None:
        kind = device.texts.get("device_class")
        if kind not in CLASSES:
            return f"facts.device_class: {kind or 'is not there'}: one of {', '.join(CLASSES)}"
        if "memory_bandwidth" not in device.facts:
            return "facts.memory_bandwidth: is not there"
        if not any(key.startswith("peak_") for key in device.facts):
            return "facts: no peak_fp32, peak_fp16 or peak_int8 is there"
        return None

    def estimate(
        self, work: Work, device: Device, host: Mapping[str, Measurement]
    ) -> Sequence[Measurement | Missing | Caution]:
        refused = _unknown(work, device)
        if refused:
            lost = [key for key in self.metrics if key not in ("latency.p99", "latency.jitter")]
            return [*(Missing(key, refused) for key in lost), _NO_TAIL, _NO_JITTER]
        run = run_s(work, device)
        return [
            *_timed(run, work, device),
            *_sweep(work, device),
            *_energy(run, work, device),
            *_shares(run, work, device),
            *_cautions(work, device),
            _NO_TAIL,
            _NO_JITTER,
        ]

    def operators(self, work: Work, device: Device) -> Sequence[OperatorBound]:
        """Seconds of each, and what binds it; nothing where the graph does not tell."""
        if _unknown(work, device):
            return ()
        return [_bound(one, device, _peak(work, device)[1]) for one in work.operators]


def _peak(work: Work, device: Device) -> tuple[str, float]:
    """Name and FLOP/s of the peak this file is held against; `_unknown` has looked for it.

    A CPU's is of all its cores: of fewer threads it is as much less.
    """
    stated = [key for key in PEAKS[work.precision or ""] if key in device.facts]
    cores, threads = device.facts.get("cpu_threads"), device.options.get("threads")
    used = min(1.0, threads / cores) if cores and isinstance(threads, int) else 1.0
    return stated[0], used * device.facts[stated[0]]


def _unknown(work: Work, device: Device) -> str:
    """Why nothing can be worked out; empty where it can."""
    wanted = PEAKS.get(work.precision or "")
    if wanted is None:
        return f"no peak is known for {work.precision or 'an unknown precision'}"
    if not any(key in device.facts for key in wanted):
        return f"the target states no {' or '.join(wanted)}: convert the model, or fill it in"
    lost = [one.name for one in work.operators if one.activation_bytes is None]
    if work.macs is None or lost or not work.operators:
        named = f": {', '.join(lost[:3])}" if lost else ""
        return f"the MACs or bytes of some operators are not known{named}"
    return ""


def constants(device: Device) -> Constants:
    return CLASSES[device.texts["device_class"]]


def _strange(work: Work, device: Device) -> str:
    """In what this graph is unlike the published ones; empty where it is not."""
    kind = device.texts["device_class"]
    least, most = PUBLISHED_MACS[kind]
    macs = (work.macs or 0) / work.batch
    strange: dict[str, int] = {}
    for one in work.operators:
        if one.macs and one.type not in SEEN[kind]:
            strange[one.type] = strange.get(one.type, 0) + one.macs
    if sum(strange.values()) > (1 - CALM) * (work.macs or 0):
        return f"much of the work is in {', '.join(sorted(strange)[:3])}"
    if not least <= macs <= most:
        sizes = f"{show(least, '1')} to {show(most, '1')}"
        return f"{show(macs, '1')} MACs an item, and the published networks have {sizes}"
    return ""


def _band(work: Work, device: Device) -> float:
    band = constants(device).band
    return max(band, UNSEEN_BAND) if _strange(work, device) else band


def _cautions(work: Work, device: Device) -> list[Caution]:
    if not (strange := _strange(work, device)):
        return []
    text = f"{strange}: the band of {device.id} is a factor of {UNSEEN_BAND:g}, an assumption"
    return [Caution("outside-published", text, "measure on the device itself")]


def run_s(work: Work, device: Device) -> float:
    """Seconds of one run of the whole batch."""
    peak = _peak(work, device)[1]
    return sum(_bound(one, device, peak).latency_s for one in work.operators)


def _bound(one: OperatorWork, device: Device, peak: float) -> OperatorBound:
    return operator(one, constants(device), peak, device.facts["memory_bandwidth"])


def _banded(metric: str, value: float, factor: float, source: str, scope: str) -> Measurement:
    return Measurement(
        metric,
        value,
        Origin.MODELLED,
        source,
        low=value / factor,
        high=value * factor,
        scope=scope,
    )


def _source(work: Work, device: Device) -> str:
    return f"{SOURCE}:{device.texts['device_class']}, {_peak(work, device)[0]}"


def _timed(run: float, work: Work, device: Device) -> list[Measurement]:
    band, source = _band(work, device), _source(work, device)
    scope = f"as fast as published results of {constants(device).by}"
    return [
        _banded("latency.p50", run, band, source, scope),
        _banded("latency.mean", run, band, source, scope),
        _banded("throughput.items", work.batch / run, band, source, scope),
    ]


def at_batch(work: Work, batch: int) -> Work:
    """The same graph with another batch: MACs and activations grow, weights do not."""
    grown = batch / work.batch
    operators = tuple(
        replace(
            one,
            macs=None if one.macs is None else round(one.macs * grown),
            activation_bytes=None
            if one.activation_bytes is None
            else round(one.activation_bytes * grown),
        )
        for one in work.operators
    )
    return replace(work, batch=batch, operators=operators)


def _sweep(work: Work, device: Device) -> list[Measurement | Missing]:
    """Batches by doubling, as long as weights and the two largest tensors fit the memory."""
    rates = {
        batch: batch / run_s(at_batch(work, batch), device)
        for batch in _batches()
        if _fits(work, batch, device)
    }
    if not rates:
        reason = f"the model does not fit {show(device.facts.get('memory_size', 0), 'B')} of memory"
        return [Missing(key, reason) for key in SWEEP]
    best = min(batch for batch, rate in rates.items() if rate >= NEAR_PEAK * max(rates.values()))
    source = _source(work, device)
    scope = f"smallest of 1 to {max(rates)} within {1 - NEAR_PEAK:.0%} of the most"
    return [
        _banded("throughput.peak", rates[best], _band(work, device), source, scope),
        Measurement("throughput.peak_batch", float(best), Origin.MODELLED, source, scope=scope),
        _knee(rates, source),
        # One constant in both, so the class's error cancels but for what launches are of it.
        Measurement(
            "throughput.scaling",
            rates[best] / (rates[1] * best),
            Origin.MODELLED,
            source,
            scope=f"batch {best} against 1",
        ),
    ]


def _knee(rates: Mapping[int, float], source: str) -> Measurement | Missing:
    metric = "throughput.knee_batch"
    swept = [
        {"batch": float(batch), "throughput": rate, "latency_p50": batch / rate}
        for batch, rate in rates.items()
    ]
    batch = knee_of_sweep(swept)
    if batch is None:
        return Missing(metric, "the curve of throughput over latency does not bend")
    scope = f"of 1, 2, 4 ... {max(rates)}"
    return Measurement(metric, batch, Origin.MODELLED, source, scope=scope)


def _batches() -> list[int]:
    return [1 << power for power in range(LARGEST_BATCH.bit_length())]


def _fits(work: Work, batch: int, device: Device) -> bool:
    size = device.facts.get("memory_size")
    if size is None:
        return True
    largest = max((one.activation_bytes or 0) for one in work.operators) * batch / work.batch
    return work.weight_bytes + 2 * largest <= size


def _energy(run: float, work: Work, device: Device) -> list[Measurement | Missing]:
    power_w = device.facts.get("power_busy")
    if power_w is None:
        reason = "the target states no power_busy: what the device draws while it infers"
        return [Missing(key, reason) for key in ("energy.inference", "power.mean")]
    scope = device.texts.get("power_scope", "the whole device")
    source = f"{SOURCE}:power_busy"
    return [
        _banded("power.mean", power_w, POWER_BAND, source, scope),
        _banded(
            "energy.inference",
            power_w * run / work.batch,
            _band(work, device) * POWER_BAND,
            f"{source} x latency",
            scope,
        ),
    ]


def _shares(run: float, work: Work, device: Device) -> list[Measurement]:
    """Of the dense peak (MFU) and of the bandwidth, as the model has it."""
    name, peak = _peak(work, device)
    bandwidth = device.facts["memory_bandwidth"]
    moved = sum(
        one.weight_bytes + (one.activation_bytes or 0)
        for one in work.operators
        if one.type not in TAKEN_IN
    )
    return [
        Measurement(
            "utilization.compute",
            2 * (work.macs or 0) / run / peak,
            Origin.MODELLED,
            f"MACs counted, {name} of the target: MFU",
        ),
        Measurement(
            "utilization.memory",
            moved / run / bandwidth,
            Origin.MODELLED,
            "bytes counted, memory_bandwidth of the target",
        ),
    ]
