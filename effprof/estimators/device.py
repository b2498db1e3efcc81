"""The figures of a device that is not here, by the roofline of each operator (`device_run.py`)."""

from collections.abc import Mapping, Sequence

from effprof.base.pareto import LEAST_FOR_A_KNEE, knee_of_sweep
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.work import Device, OperatorBound, Work
from effprof.estimators.device_class import CLASSES, TAKEN_IN, UNSEEN_BAND
from effprof.estimators.device_run import (
    at_batch,
    bounds,
    constants,
    peak_of,
    run_s,
    too_large,
    unknown,
    unlike_published,
)

SOURCE = "device-roofline"

LATENCIES = ("latency.p50", "latency.mean", "throughput.items")
SWEEP = (
    "throughput.peak",
    "throughput.peak_batch",
    "throughput.knee_batch",
    "throughput.scaling",
)
LARGEST_BATCH = 1024
SCALED_BATCH = 32
"""Held against 1 for throughput.scaling, the same for every device: else none could be compared."""
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
        large = too_large(work, device)
        if refused := unknown(work, device) or large:
            lost = [key for key in self.metrics if key not in ("latency.p99", "latency.jitter")]
            missing = (Missing(key, refused) for key in lost)
            room = [Caution("does-not-fit", large, "a smaller --batch, model or precision")]
            return [*missing, _NO_TAIL, _NO_JITTER, *(room if refused == large else ())]
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
        """Nothing where the graph does not tell, or does not fit."""
        lack = unknown(work, device) or too_large(work, device)
        return () if lack else bounds(work, device)


def _band(work: Work, device: Device) -> float:
    band = constants(device).band
    return max(band, UNSEEN_BAND) if unlike_published(work, device) else band


def _cautions(work: Work, device: Device) -> list[Caution]:
    if not (strange := unlike_published(work, device)):
        return []
    text = f"{strange}: the band of {device.id} is a factor of {UNSEEN_BAND:g}, an assumption"
    return [Caution("outside-published", text, "measure on the device itself")]


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
    return f"{SOURCE}:{device.texts['device_class']}, {peak_of(work, device)[0]}"


def _timed(run: float, work: Work, device: Device) -> list[Measurement]:
    band, source = _band(work, device), _source(work, device)
    scope = f"as fast as published results of {constants(device).by}"
    return [
        _banded("latency.p50", run, band, source, scope),
        _banded("latency.mean", run, band, source, scope),
        _banded("throughput.items", work.batch / run, band, source, scope),
    ]


def _sweep(work: Work, device: Device) -> list[Measurement | Missing]:
    """Batches by doubling, as long as they fit the memory."""
    if not work.any_batch:
        reason = f"the file takes a batch of {work.batch} alone"
        return [Missing(key, reason, "export it with a symbolic batch") for key in SWEEP]
    rates = {
        grown.batch: grown.batch / run_s(grown, device)
        for grown in (at_batch(work, batch) for batch in _batches())
        if not too_large(grown, device)
    }
    best = min(batch for batch, rate in rates.items() if rate >= NEAR_PEAK * max(rates.values()))
    source = _source(work, device)
    scope = f"smallest of 1 to {max(rates)} within {1 - NEAR_PEAK:.0%} of the most"
    return [
        _banded("throughput.peak", rates[best], _band(work, device), source, scope),
        Measurement("throughput.peak_batch", float(best), Origin.MODELLED, source, scope=scope),
        _knee({batch: rate for batch, rate in rates.items() if batch <= best}, source),
        _scaling(rates, source),
    ]


def _scaling(rates: Mapping[int, float], source: str) -> Measurement:
    """One constant in both, so the class's error cancels but for what launches are of it."""
    most = min(SCALED_BATCH, max(rates))
    share = rates[most] / (rates[1] * most)
    scope = f"batch {most} against 1"
    return Measurement("throughput.scaling", share, Origin.MODELLED, source, scope=scope)


def _knee(rates: Mapping[int, float], source: str) -> Measurement | Missing:
    """`rates`: up to the batch of the peak, behind which there is nothing to be had."""
    metric = "throughput.knee_batch"
    if len(rates) < LEAST_FOR_A_KNEE:
        reason = f"throughput is within {1 - NEAR_PEAK:.0%} of its peak at batch {max(rates)}"
        return Missing(metric, f"{reason}: a knee takes {LEAST_FOR_A_KNEE} batches up to there")
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
    name, peak = peak_of(work, device)
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
