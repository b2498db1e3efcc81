"""What the charts of one report are drawn from: plain numbers in base units, as JSON.

`kind` names the function of `static/charts.js` that draws it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from effprof.base.metrics import COSTS, family
from effprof.base.quantity import show, show_metric
from effprof.formats.html.figures import interval
from effprof.report.report import Metric, OperatorPart, Report

Chart = dict[str, Any]
_RULES = ("latency.p50", "latency.p90", "latency.p99")
_PHASES = {
    "memory.load": "once loaded",
    "memory.steady": "after warm-up",
    "memory.peak": "at the peak",
    "memory.device": "on the accelerator",
}


def charts(report: Report, knee: float | None, most_dots: int) -> dict[str, Chart]:
    """By name; a chart with nothing in it is not there."""
    found = {
        "spread": spread(report),
        "trials": trials(report, most_dots),
        "sweep": sweep(report, knee),
        "roofline": roofline(report, max(20, most_dots // 10)),
        "memory": memory(report),
        "firmware": firmware(report),
        "costs": costs(report),
        "sustained": sustained(report),
    }
    return {name: one for name, one in found.items() if one is not None}


def spread(report: Report) -> Chart | None:
    """How long single runs took; the percentiles of the report where they are of these runs."""
    if not report.distribution:
        return None
    of_these = report.host_metrics or report.metrics
    return {
        "kind": "spread",
        "bins": [[one.low, one.high, one.runs] for one in report.distribution],
        "rules": [
            {"name": key.removeprefix("latency."), "value": of_these[key].value}
            for key in _RULES
            if key in of_these
        ],
    }


def trials(report: Report, most_dots: int) -> Chart | None:
    """Each process at the report's batch: the medians of its blocks, how far its runs reached."""
    mine = [
        (number, one)
        for number, one in enumerate(report.trials, 1)
        if one.blocks and one.batch in (None, report.scenario.batch)
    ]
    if not mine:
        return None
    each = max(1, most_dots // len(mine))
    places = list(enumerate(mine, 1))
    return {
        "kind": "trials",
        "numbers": [number for number, _ in mine],
        "dots": [[at, value] for at, (_, one) in places for value in one.blocks[:each]],
        "reach": [
            {"trial": at, **{key: one.latency[key] for key in ("p50", "p90", "p99")}}
            for at, (_, one) in places
            if {"p50", "p90", "p99"} <= one.latency.keys()
        ],
        "p50": [one.latency.get("p50") for _, one in mine],
    }


def sweep(report: Report, knee: float | None) -> Chart | None:
    rows = [row for row in report.sweep if {"batch", "throughput"} <= row.keys()]
    if len(rows) < 2:
        return None
    peak = report.metrics.get("throughput.peak_batch")
    return {
        "kind": "sweep",
        "rows": rows,
        "knee": knee,
        "peak": peak.value if peak else None,
        "origin": report.metrics["throughput.peak"].origin
        if "throughput.peak" in report.metrics
        else "measured",
    }


def roofline(report: Report, most: int) -> Chart | None:
    """Operators where their work and time are known, and the ceilings of this machine."""
    ceilings = report.ceilings
    dots = [_dot(one) for one in report.operators if one.macs and one.bytes and one.latency]
    if ceilings is None or not (dots or report.metrics.keys() >= {"utilization.compute"}):
        return None
    return {
        "kind": "roofline",
        "peak": ceilings.flops_per_s,
        "levels": [
            {"name": show(one.working_set_bytes, "B"), "rate": one.bytes_per_s}
            for one in ceilings.bandwidth
        ],
        "dots": sorted(dots, key=lambda dot: -(dot["share"] or 0))[:most],
        "model": _whole(report),
    }


def _dot(one: OperatorPart) -> dict[str, Any]:
    assert one.macs
    assert one.bytes
    assert one.latency
    return {
        "name": one.name,
        "type": one.type,
        "x": 2 * one.macs / one.bytes,
        "y": 2 * one.macs / one.latency,
        "share": one.share,
        "bound": one.bound or "",
    }


def _whole(report: Report) -> dict[str, float] | None:
    """The model as one dot: its intensity, and what it reaches at the median run."""
    used = report.metrics.get("utilization.compute")
    intensity = report.metrics.get("compute.intensity")
    if used is None or intensity is None or report.ceilings is None:
        return None
    return {"x": intensity.value, "y": used.value * report.ceilings.flops_per_s}


def memory(report: Report) -> Chart | None:
    rows = [
        _bar(label, key, report.metrics[key])
        for key, label in _PHASES.items()
        if key in report.metrics
    ]
    file = report.metrics.get("size.model")
    rows += [_bar("the model's file", "size.model", file)] if rows and file else []
    return {"kind": "bars", "unit": "B", "rows": rows} if rows else None


def _bar(label: str, key: str, metric: Metric) -> dict[str, Any]:
    return {
        "name": label,
        "value": metric.value,
        "low": metric.low,
        "high": metric.high,
        "origin": metric.origin,
        "shown": show_metric(key, metric.value, metric.unit),
        "interval": interval(key, metric),
    }


def firmware(report: Report) -> Chart | None:
    """Flash and RAM by section, against what the part has."""
    held = report.firmware
    if held is None:
        return None
    kinds = (("flash", held.flash, "size.flash"), ("RAM", held.ram, "memory.ram"))
    return {
        "kind": "stack",
        "rows": [
            {"bar": bar, "section": name, "value": size, "shown": show(size, "B")}
            for bar, sections, _ in kinds
            for name, size in _largest(sections)
        ],
        "room": {bar: held.room[key] for bar, _, key in kinds if key in held.room},
    }


def _largest(sections: Mapping[str, int], most: int = 5) -> Iterable[tuple[str, int]]:
    order = sorted(sections.items(), key=lambda one: -one[1])
    rest = sum(size for _, size in order[most:])
    return [one for one in [*order[:most], ("the rest", rest)] if one[1]]


def costs(report: Report) -> Chart | None:
    """Energy and its price: each with its band, all on the scale of "times the value"."""
    rows = [
        _bar(key, key, metric)
        for key, metric in report.metrics.items()
        if family(key) in COSTS and metric.value > 0
    ]
    return {"kind": "bands", "rows": rows} if rows else None


def sustained(report: Report) -> Chart | None:
    rows: Sequence[Mapping[str, float]] = report.sustained
    if len(rows) < 2:
        return None
    kept = ("start", "seconds", "throughput", "frequency_max_hz", "temperature_celsius")
    return {
        "kind": "sustained",
        "rows": [{key: row[key] for key in kept if key in row} for row in rows],
    }
