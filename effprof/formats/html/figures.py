"""The figures of a report as a page shows them: value, interval, origin, and how wide that is."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from effprof.base.metrics import CATALOGUE, family
from effprof.base.quantity import show, show_metric
from effprof.formats.text_look import DASH
from effprof.formats.text_metrics import INTERVALS, filled, wider_side
from effprof.report.report import Metric, Report

_REACH = 4.0
"""The little bar beside a figure spans from a quarter to four times its value."""
_TITLES = {
    "latency": "Latency",
    "deadline": "Deadline",
    "throughput": "Throughput",
    "memory": "Memory",
    "size": "Size",
    "energy": "Energy",
    "power": "Power",
    "battery": "Battery",
    "cost": "Cost",
    "carbon": "Carbon",
    "compute": "Work of one run",
    "utilization": "Utilization",
    "quality": "Quality",
}
# What stands at the top, by environment; of each group the first that is there.
_TOP: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "cloud": (
        ("throughput.peak", "throughput.items", "throughput.at_deadline"),
        ("latency.under_load.p99", "latency.p99", "latency.p50"),
        ("energy.inference",),
        ("cost.million",),
        ("memory.device", "memory.peak"),
        ("quality.accuracy", "quality.agreement"),
    ),
    "edge": (
        ("latency.under_load.p99", "latency.p50", "latency.mean", "latency.first"),
        ("latency.p99", "latency.p90"),
        ("throughput.at_deadline", "throughput.peak", "throughput.items"),
        ("energy.inference",),
        ("memory.peak",),
        ("quality.accuracy", "quality.agreement", "size.model"),
    ),
    "mobile": (
        ("latency.p50", "latency.mean"),
        ("latency.p90", "latency.first"),
        ("energy.inference", "battery.share_per_hour"),
        ("size.model",),
        ("memory.peak",),
        ("quality.accuracy", "quality.agreement", "throughput.items"),
    ),
    "tinyml": (
        ("latency.p50",),
        ("memory.ram", "memory.arena"),
        ("size.flash", "size.model"),
        ("energy.inference",),
        ("battery.life", "power.mean"),
        ("quality.accuracy", "quality.agreement", "compute.cycles"),
    ),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """`left` and `width`: the interval beside its value, in percent of the little bar."""

    key: str
    value: str
    interval: str
    kind: str  # of the interval: "95 % interval"
    origin: str
    meaning: str
    better: str
    source: str
    n: str
    scope: str
    left: float | None = None
    width: float | None = None


def figure(key: str, metric: Metric) -> Figure:
    known = CATALOGUE.get(key)
    left, width = _reach(metric)
    return Figure(
        key=key,
        value=show_metric(key, metric.value, metric.unit),
        interval=interval(key, metric),
        kind=INTERVALS[metric.origin],
        origin=metric.origin,
        meaning=known.meaning if known else "",
        better=known.better if known else "neither",
        source=metric.source,
        n="" if metric.n is None else f"{metric.n:,}",
        scope=metric.scope or "",
        left=left,
        width=width,
    )


def interval(key: str, metric: Metric) -> str:
    """11.9 - 12.1 µs; ±0.02 % where three digits do not tell the ends apart; none: empty."""
    if metric.low is None or metric.high is None:
        return ""
    ends = [show_metric(key, end, metric.unit) for end in (metric.low, metric.high)]
    if ends[0] == ends[1]:
        width = wider_side(metric)
        return f"± {show(width, '%')}" if width else ""
    low, high = filled(ends)
    if low.partition(" ")[2] == high.partition(" ")[2]:
        low = low.partition(" ")[0]
    return f"{low} {DASH} {high}"


def _reach(metric: Metric) -> tuple[float | None, float | None]:
    if metric.low is None or metric.high is None or min(metric.low, metric.value) <= 0:
        return None, None
    low, high = (_place(end / metric.value) for end in (metric.low, metric.high))
    return round(low, 1), round(max(high - low, 1.0), 1)


def _place(ratio: float) -> float:
    """0 at a quarter, 50 at the value, 100 at four times; what is beyond stays at the end."""
    span = math.log(_REACH)
    return 50 * (1 + max(-1.0, min(1.0, math.log(ratio) / span)))


def groups(metrics: Mapping[str, Metric]) -> list[tuple[str, list[Figure]]]:
    """In the order of the catalogue; what it does not know comes last."""
    order = {key: at for at, key in enumerate(CATALOGUE)}
    found: dict[str, list[Figure]] = {}
    for key in sorted(metrics, key=lambda key: (order.get(key, len(order)), key)):
        title = _TITLES.get(family(key), "Others")
        found.setdefault(title, []).append(figure(key, metrics[key]))
    return list(found.items())


def top(report: Report) -> list[Figure]:
    return [figure(key, report.metrics[key]) for key in top_keys(report)]


def top_keys(report: Report) -> list[str]:
    found = (_first(report, keys) for keys in _TOP.get(report.target.environment, _TOP["edge"]))
    return list(dict.fromkeys(filter(None, found)))


def _first(report: Report, keys: tuple[str, ...]) -> str:
    return next((key for key in keys if key in report.metrics), "")


def every_top_key(reports: tuple[Report, ...]) -> Iterator[str]:
    """Of all of them, each once, in the order of the catalogue."""
    wanted = {key for report in reports for key in top_keys(report)}
    return (key for key in CATALOGUE if key in wanted)
