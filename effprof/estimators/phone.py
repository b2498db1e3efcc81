"""A named phone's CPU, worked out from the graph and a few published latencies.

t = (MACs + a x elements + b x operators) / rate. `rate` is the phone's, one constant for each
precision, fitted to published latencies or taken as a share of the core's peak. a and b are the
runtime's: MACs that one element written by a layer with MACs, and one operator, are worth.
`benchmarks/phones.py` fits them again and holds them against the published figures, each model
left out in turn; the bands below are what it finds.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from effprof.base.quantity import show
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.work import Device, Work
from effprof.estimators import battery, phone_energy

SOURCE = "phone-model"
PRECISIONS = {"fp32": "fp32", "fp16": "fp32", "int8": "int8", "mixed": "fp32"}
"""Of the file -> that XNNPACK computes in: it widens 16 bit weights once, when it loads.

Mixed: those, or int8 weights under float activations, 0.72 and 0.79 of float's time on two phones.
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a runtime spends besides MACs, in MACs: for an element written, and for an operator."""

    element_macs: float
    operator_macs: float


SHAPES = {
    ("xnnpack", "fp32"): Shape(6.3, 155e3),
    ("xnnpack-2020", "fp32"): Shape(8.0, 400e3),
    ("tflite-2020", "fp32"): Shape(7.9, 1094e3),
    ("xnnpack", "int8"): Shape(13.2, 1174e3),
    ("tflite-2020", "int8"): Shape(13.2, 1174e3),
}
"""By runtime and precision. tflite-2020: TensorFlow Lite before XNNPACK was its default."""

PEAK_SHARE = 0.75
"""Of a core's peak that a rate reaches: 0.69 on a Cortex-X4, 0.8 by the ratio of two flagships."""
FITTED, ASSUMED, UNSEEN = 1.4, 1.8, 7.0
"""Band factors: rate fitted to published figures; taken from the peak; operators never published.

The last is Whisper tiny, 5 to 7 times off on one of two phones.
"""

TAILS = {"latency.p90": 1.03, "latency.p95": 1.04}
"""Over the median, by LiteRT's benchmark on two quiet flagships: p95 is 1.01 to 1.08 times it."""
FIRST, FIRST_BAND = 1.05, (0.8, 2.6)
"""First run over the median, and its smallest and largest there."""
LOAD_S, LOAD_S_PER_BYTE, LOAD_BAND = 4e-3, 0.5e-9, 2.5
"""Initialisation there, file in the page cache: 0.3 to 0.7 ms a MB of model above 4 ms."""
MEMORY_BAND = 0.15
"""Resident growth on this machine was within 7 % of a flagship's CPU footprint; doubled."""

PUBLISHED_MACS = (34e6, 24e9)
"""Smallest and largest of the models the constants are fitted to."""

MATRIX = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"})
"""Where the MACs of the published convolutional networks are."""
UNKNOWABLE = frozenset({"WHILE", "IF", "CALL", "CUSTOM"})
CALM = 0.95
"""Share of MACs that must be of those kinds for the narrow band."""

LATENCIES = ("latency.p50", "latency.mean", *TAILS, "latency.first", "throughput.items")


class Phone:
    metrics: Sequence[str] = (
        *LATENCIES,
        "latency.load",
        "memory.peak",
        "energy.inference",
        battery.METRIC,
    )

    def lacks(self, device: Device) -> str | None:
        runtime = device.texts.get("cpu_runtime")
        if runtime not in {name for name, _ in SHAPES}:
            known = ", ".join(sorted({name for name, _ in SHAPES}))
            return f"facts.cpu_runtime: {runtime or 'is not there'}: one of {known} is needed"
        if (basis := device.texts.get("cpu_power_basis", "profile")) not in phone_energy.BANDS:
            return f"facts.cpu_power_basis: {basis}: one of {', '.join(phone_energy.BANDS)}"
        if (unit := device.options.get("accelerator", "cpu")) != "cpu":
            return f"options.accelerator: {unit}: only a phone's CPU is worked out"
        if not {"cpu_rate_fp32", "cpu_peak_fp32"} & set(device.facts):
            return "facts: cpu_rate_fp32 or cpu_peak_fp32 is needed"
        return None

    def estimate(
        self, work: Work, device: Device, host: Mapping[str, Measurement]
    ) -> Sequence[Measurement | Missing | Caution]:
        run = run_s(work, device)
        memory, load = _memory(host), _load(work)
        if isinstance(run, Missing):
            lost = (*LATENCIES, "energy.inference", battery.METRIC)
            return [memory, load, *(Missing(key, run.reason, run.hint) for key in lost), *_UNTOLD]
        energy = phone_energy.energy(run, work, device)
        share = battery.share_per_hour(
            energy if isinstance(energy, Measurement) else None,
            run.value,
            work.batch,
            device.facts.get(battery.FACT),
            device.duty_hz,
        )
        figures = (*_latencies(run, work), load, memory, energy, share)
        return [*figures, *_UNTOLD, *_cautions(work, device)]


_UNTOLD = (
    Missing("latency.p99", "the published figures of phones give none to hold it against"),
    Missing(
        "latency.gpu",
        "the graph does not tell a phone's GPU: by the CPU's formula 20 % off in the median, 67 % "
        "in one of ten (benchmarks/phones.py)",
        "on the phone itself: benchmark_model --use_gpu=true",
    ),
    Missing(
        "latency.npu",
        "the graph does not tell an NPU: its time only follows from another NPU that was measured",
        "on the phone itself: benchmark_model --external_delegate_path=FILE, its maker's library",
    ),
)


def equivalents(macs: float, elements: float, operators: float, shape: Shape) -> float:
    """What one run is worth in MACs."""
    return macs + shape.element_macs * elements + shape.operator_macs * operators


def run_s(work: Work, device: Device) -> Measurement | Missing:
    """Median latency of one run, as `latency.p50`, with its band; or why it is not known."""
    refused = _unknown(work, device)
    precision = PRECISIONS.get(work.precision or "", "")
    rate, factor = _rate(device, precision)
    if refused or rate is None:
        reason = refused or f"the target states no rate or peak of its cores in {precision}"
        return Missing("latency.p50", reason)
    assert work.macs is not None
    written = sum(one.elements or 0 for one in work.operators if one.macs)
    shape = SHAPES[device.texts["cpu_runtime"], precision]
    value_s = equivalents(work.macs, written, len(work.operators), shape) / rate
    if work.precision == "mixed" or _outside(work):
        factor = max(factor, ASSUMED)
    factor = max(factor, UNSEEN) if _unseen(work) else factor
    return Measurement(
        "latency.p50",
        value_s,
        Origin.MODELLED,
        f"{SOURCE}:cpu, {precision}",
        low=value_s / factor,
        high=value_s * factor,
    )


def _unknown(work: Work, device: Device) -> str:
    """Why no figure of this graph would be worth anything; empty where one is."""
    if work.precision not in PRECISIONS:
        return f"no published figures of phones are of {work.precision or 'an unknown precision'}"
    if work.macs is None or not work.operators:
        return "the MACs of some operators are not known"
    found = sorted({one.type for one in work.operators} & UNKNOWABLE)
    if found:
        return f"how long {', '.join(found)} takes cannot be told from the graph"
    threads, stated = device.options.get("threads", 1), device.facts.get("cpu_threads", 1)
    if threads != stated:
        return f"the phone's rate is of {stated:g} threads, not of {threads}"
    return ""


def _rate(device: Device, precision: str) -> tuple[float | None, float]:
    """MACs a second and the band's factor. A peak in FLOP/s is two for a MAC."""
    if (fitted := device.facts.get(f"cpu_rate_{precision}")) is not None:
        return fitted / 2, FITTED
    if (peak := device.facts.get(f"cpu_peak_{precision}")) is not None:
        return PEAK_SHARE * peak / 2, ASSUMED
    return None, 1.0


def _outside(work: Work) -> bool:
    return work.macs is not None and not PUBLISHED_MACS[0] <= work.macs <= PUBLISHED_MACS[1]


def _unseen(work: Work) -> list[str]:
    """Kinds of operators that hold MACs and are of no published convolutional network."""
    kinds: dict[str, int] = {}
    for one in work.operators:
        kinds[one.type] = kinds.get(one.type, 0) + (one.macs or 0)
    strange = [kind for kind, macs in kinds.items() if macs and kind not in MATRIX]
    lost = sum(kinds[kind] for kind in strange)
    return sorted(strange) if work.macs and lost > (1 - CALM) * work.macs else []


def _latencies(run: Measurement, work: Work) -> list[Measurement | Missing]:
    return [
        run,
        _scaled("latency.mean", run, 1.0),
        *(_scaled(key, run, over) for key, over in TAILS.items()),
        _scaled("latency.first", run, FIRST, FIRST_BAND),
        Measurement(
            "throughput.items",
            work.batch / run.value,
            Origin.MODELLED,
            run.source,
            low=work.batch / run.high if run.high else None,
            high=work.batch / run.low if run.low else None,
        ),
    ]


def _scaled(
    metric: str, run: Measurement, over: float, band: tuple[float, float] = (1.0, 1.0)
) -> Measurement:
    """A multiple of the median; `band` widens its own by what the multiple was seen to be."""
    assert run.low is not None
    assert run.high is not None
    # Two errors that do not know of each other: their logarithms add as squares.
    down = math.hypot(math.log(run.value / run.low), math.log(band[0]))
    up = math.hypot(math.log(run.high / run.value), math.log(band[1]))
    value = run.value * over
    return Measurement(
        metric,
        value,
        Origin.MODELLED,
        run.source,
        low=value * math.exp(-down),
        high=value * math.exp(up),
    )


def _load(work: Work) -> Measurement:
    value_s = LOAD_S + LOAD_S_PER_BYTE * work.size_bytes
    return Measurement(
        "latency.load",
        value_s,
        Origin.MODELLED,
        f"{SOURCE}:load",
        low=value_s / LOAD_BAND,
        high=value_s * LOAD_BAND,
        scope="model file in the page cache",
    )


def _memory(host: Mapping[str, Measurement]) -> Measurement | Missing:
    here = host.get("memory.peak")
    if here is None:
        reason = "it is taken from this machine, where it was not measured"
        return Missing("memory.peak", reason)
    return Measurement(
        "memory.peak",
        here.value,
        Origin.MODELLED,
        f"{SOURCE}:memory",
        low=here.value * (1 - MEMORY_BAND),
        high=here.value * (1 + MEMORY_BAND),
        scope="as on this machine",
    )


def _cautions(work: Work, device: Device) -> list[Caution]:
    found = list[Caution]()
    if _outside(work):
        least, most = (show(macs, "1") for macs in PUBLISHED_MACS)
        found.append(
            Caution(
                "outside-published",
                f"{show(work.macs or 0, '1')} MACs; the published models of phones have {least} to "
                f"{most}, so the band of {device.id} is a factor of {ASSUMED:g} at least",
                "measure on the phone itself: --device adb",
            )
        )
    if strange := _unseen(work):
        found.append(_strange(strange, device))
    return found


def _strange(strange: Sequence[str], device: Device) -> Caution:
    return Caution(
        "unseen-operators",
        f"much of the work is in {', '.join(strange[:3])}, which no published figure of phones "
        f"is made of: the band of {device.id} is a factor of {UNSEEN:g}",
        "measure on the phone itself: --device adb",
    )
