"""The line at the top of a report: what was measured where, and what it came to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from effprof.base.quantity import show, show_metric
from effprof.formats.gate_text import limits_of
from effprof.formats.text_look import DASH, Line, Look, Span, Style, cells, shorten, wrap
from effprof.formats.text_metrics import filled, reach
from effprof.report.report import Metric, Report

_NAME_AT_LEAST = 14
# The latency at the top, and what it is called there; first that there is.
_SERVED = (("latency.under_load.p99", "p99 under load"),)
_LATENCIES = (("latency.p50", "p50"), ("latency.mean", "mean"), ("latency.first", "first"))
_BUDGETS = {
    "fail": Span("budget FAIL", Style.BAD),
    "undecided": Span("budget undecided", Style.DOUBT),
    "pass": Span("budget pass", Style.GOOD),
}
# What stands beside it.
_SECOND = {
    "tinyml": (("memory.ram", "RAM"), ("memory.arena", "arena")),
    "": (("throughput.items", ""), ("throughput.peak", "peak")),
}


def headline(report: Report, look: Look) -> Line:
    """Model, target and verdict in one line; where room is short, in fewer words."""
    for facts in _tellings(report):
        line = [_target(report, look), *_dotted(facts)]
        room = look.width - cells(look.clean("".join(span.text for span in line)))
        if room >= min(cells(look.clean(report.model.name)), _NAME_AT_LEAST):
            break
    return [Span(shorten(report.model.name, max(room, 0), look), Style.STRONG), *line]


def heading(report: Report, look: Look) -> list[Line]:
    """The headline, broken after the target on a terminal too narrow for one line."""
    if not look.narrow:
        return [headline(report, look)]
    target = _target(report, look)
    name = shorten(report.model.name, look.width - cells(look.clean(target.text)), look)
    beneath = wrap(" · ".join(facts(report)), look.width - 2, look)
    return [[Span(name, Style.STRONG), target], *([Span(f"  {text}")] for text in beneath)]


def facts(report: Report) -> list[str]:
    """What the headline says beside model and target, in the most words."""
    return [fact.text for fact in next(_tellings(report))]


def _target(report: Report, look: Look) -> Span:
    place = str(attached(report).get("name", report.target.id))
    return Span(f" on {shorten(place, look.width // 4, look)}")


def attached(report: Report) -> Mapping[str, Any]:
    """What a device told of itself that the model was measured on; empty where it was elsewhere."""
    device = report.target.device
    return device if "over" in device else {}


def _dotted(facts: Sequence[Span]) -> list[Span]:
    return [span for fact in facts for span in (Span(" · ", Style.DIM), fact)]


def _tellings(report: Report) -> Iterator[list[Span]]:
    """The same facts in fewer and fewer words."""
    for latency, second in (
        (_interval(report), _second(report, " items/s")),
        (_half_width(report), _second(report, " items/s")),
        (_half_width(report), _second(report, "/s")),
        (_half_width(report), ""),
    ):
        facts = [Span("NOT FINISHED", Style.BAD)] if report.unfinished else []
        facts += [Span(told, Style.BAD)] if (told := _other_precision(report)) else []
        facts += [Span("DOES NOT FIT", Style.BAD)] if too_big(report) else []
        facts += [Span(latency, Style.STRONG)] if latency else []
        facts += [Span(second)] if second else []
        facts += [Span(_score(report))] if report.score else []
        facts += [Span("noisy", Style.BAD)] if _noisy(report) else []
        budget = budget_verdict(report)
        yield [*facts, _BUDGETS[budget]] if budget else facts


def _other_precision(report: Report) -> str:
    """What ran is not what was asked for: nobody may read the figures as if it were."""
    made = report.model.converted or {}
    asked = made.get("precision_asked")
    return f"{made['precision']}, NOT {asked}" if asked and "precision" in made else ""


def too_big(report: Report) -> bool:
    """A part's own room, or a device's that is worked out."""
    if report.firmware is not None:
        return not report.firmware.fits
    return any(warning.code == "does-not-fit" for warning in report.warnings)


def _noisy(report: Report) -> bool:
    """Whether something else ran on these cores: a narrow interval does not show it."""
    return any(warning.code in ("noisy-host", "stolen-time") for warning in report.warnings)


def budget_verdict(report: Report) -> str | None:
    """The worst of the verdicts: fail, undecided, pass; None where no limit was set.

    Lines of a gate have a verdict of their own.
    """
    given = {verdict.verdict for verdict in limits_of(report)}
    return next((name for name in _BUDGETS if name in given), None)


def _latency(report: Report) -> tuple[str, Metric] | None:
    keys = (*(_SERVED if report.scenario.name == "server" else ()), *_LATENCIES)
    known = ((name, report.metrics.get(key)) for key, name in keys)
    return next(((name, metric) for name, metric in known if metric), None)


def _interval(report: Report) -> str:
    if not (found := _latency(report)):
        return ""
    name, metric = found
    if metric.low is None or metric.high is None:
        return f"{name} {show(metric.value, 's')}{_origin(metric)}"
    figures = (metric.value, metric.low, metric.high)
    value, low, high = filled([show(figure, "s") for figure in figures])
    low = low.split()[0] if low.split()[1] == high.split()[1] else low
    return f"{name} {value} ({low} {DASH} {high}){_origin(metric)}"


def _half_width(report: Report) -> str:
    if not (found := _latency(report)):
        return ""
    name, metric = found
    told = f" {told}" if (told := reach(metric)) else ""
    return f"{name} {show(metric.value, 's')}{told}{_origin(metric)}"


def _origin(metric: Metric) -> str:
    return "" if metric.origin == "measured" else f" {metric.origin}"


def _second(report: Report, per_second: str) -> str:
    for key, label in _SECOND.get(report.target.environment, _SECOND[""]):
        if metric := report.metrics.get(key):
            shown = show_metric(key, metric.value, metric.unit)
            if shown.endswith("/s"):
                shown = shown.removesuffix("/s").rstrip() + per_second
            return f"{label} {shown}".strip()
    return ""


def _score(report: Report) -> str:
    if report.score is None or report.score.points is None:
        return "no score"
    return f"score {report.score.points:.1f}"
