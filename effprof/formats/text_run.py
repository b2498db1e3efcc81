"""What a report says about its run: the line at the top, and how it was measured."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from effprof.base.quantity import plus_minus, show, show_metric
from effprof.formats.gate_text import limits_of
from effprof.formats.sparkline import spark
from effprof.formats.text_look import DASH, Line, Look, Span, Style, cells, shorten, wrap
from effprof.formats.text_metrics import filled, reach
from effprof.formats.text_table import Cell, entries
from effprof.report.report import Metric, Report

_NAME_AT_LEAST = 14
_FEWEST_BARS = 3
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
        facts += [Span("DOES NOT FIT", Style.BAD)] if _too_big(report) else []
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


def _too_big(report: Report) -> bool:
    return report.firmware is not None and not report.firmware.fits


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


def settings(report: Report, look: Look) -> list[Line]:
    """How the figures came about: enough to repeat them."""
    pairs: list[tuple[Cell, Sequence[Cell]]] = [
        (Span(label, Style.DIM), [paragraph]) for label, paragraph in circumstances(report)
    ]
    return [[Span("How it was measured", Style.STRONG)], *entries(pairs, look)]


def circumstances(report: Report) -> list[tuple[str, Cell]]:
    """What was measured, how, and where: a paragraph of each that there is."""
    told: tuple[tuple[str, Cell], ...] = (
        ("model", _model(report)),
        ("setting", _setting(report)),
        ("timing", _timing(report)),
        ("trials", _trials(report)),
        ("precision", _precision(report)),
        ("inputs", _inputs(report)),
        ("device", _device(report)),
        ("host", _host(report)),
    )
    return [(label, paragraph) for label, paragraph in told if paragraph]


def _model(report: Report) -> str:
    model = report.model
    opset = f" opset {model.opset}" if model.opset else ""
    facts = [model.format + opset, model.precision]
    facts += [f"{show(model.parameters, '1')} parameters"] if model.parameters is not None else []
    facts += [f"{show(model.macs, '1')} MACs"] if model.macs is not None else []
    facts += [show(model.size_bytes, "B")]
    if made := model.converted:
        what = " ".join(str(made[key]) for key in ("to", "precision") if key in made)
        facts += [f"run as {what}" + (f", converted by {made['by']}" if "by" in made else "")]
    return ", ".join(fact for fact in facts if fact)


def _setting(report: Report) -> str:
    scenario, given = report.scenario, dict(report.target.settings)
    threads, providers = given.pop("threads", None), given.pop("providers", ())
    providers = providers if isinstance(providers, list | tuple) else [providers]
    facts = [scenario.name, f"batch {scenario.batch}"]
    emulated = report.firmware is not None  # a microcontroller has no threads to choose from
    facts += [] if threads is None or emulated else [_count(threads, "thread")]
    facts += [str(name).removesuffix("ExecutionProvider") for name in providers]
    facts += [] if scenario.rate is None else [f"{show(scenario.rate, '1/s')} asked for"]
    facts += [] if scenario.deadline is None else [f"deadline {show(scenario.deadline, 's')}"]
    facts += _batching(report)
    return ", ".join([*facts, *(_option(key, value) for key, value in given.items())])


def _batching(report: Report) -> list[str]:
    scenario = report.scenario
    if scenario.max_batch is None:
        return []
    held = scenario.queue_delay
    return [
        f"batches of up to {scenario.max_batch} formed in the queue",
        *([f"held {show(held, 's')} at most"] if held else []),
    ]


def _option(key: str, value: object) -> str:
    if key.endswith("_hz") and isinstance(value, int | float):
        return f"{key.removesuffix('_hz')} {show(value, 'Hz')}"
    words = key.replace("_", " ")
    if isinstance(value, bool):
        return words if value else f"no {words}"
    return f"{words} {value}"


def _timing(report: Report) -> str:
    scenario = report.scenario
    if report.firmware is not None:
        return _emulating(report)
    facts = [f"{_count(scenario.runs, 'run')} in {_count(scenario.trials, 'trial')}"]
    facts += [f"{scenario.warmup_runs} more to warm up"] if scenario.warmup_runs else []
    walls_s = [trial.wall_s for trial in report.trials if trial.wall_s is not None]
    facts += [f"{show(sum(walls_s), 's')} in all"] if walls_s else []
    return ", ".join(facts)


def _trials(report: Report) -> str:
    """The p50 of each process in its order: two groups of them, or a drift, are seen at once."""
    p50s = [
        trial.latency["p50"]
        for trial in report.trials
        if trial.latency.get("p50", 0) > 0 and trial.batch in (None, report.scenario.batch)
    ]
    if len(p50s) < _FEWEST_BARS:
        return ""
    least, most = filled([show(value, "s") for value in (min(p50s), max(p50s))])
    return f"{spark(p50s)} p50 of each process in turn, {least} to {most}"


def _emulating(report: Report) -> str:
    """Seconds of this machine, which are no figure of the target."""
    facts = ["one inference emulated; it is deterministic, so once is enough"]
    for trial in report.trials:
        facts += [f"built in {show(trial.load_s, 's')}"] if trial.load_s else []
        facts += [f"executed in {show(trial.first_s, 's')}"] if trial.first_s else []
    return ", ".join(facts)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _precision(report: Report) -> Cell:
    goal, reached = report.scenario.precision_goal, report.scenario.precision_reached
    if reached is None:
        return "" if goal is None else Span(f"goal ±{goal * 100:.2g} %, not known", Style.DOUBT)
    here = " of this machine" if report.target.estimator is not None else ""
    text = f"{plus_minus(reached)} on the p50{here}"
    if goal is None:
        return text
    if here:
        return text
    if reached <= goal:
        return f"{text}, within the goal of {goal * 100:.2g} %"
    return Span(f"{text}, the goal of {goal * 100:.2g} % was not reached", Style.DOUBT)


def _inputs(report: Report) -> str:
    shown = []
    for tensor in report.model.inputs:
        shape = "x".join(map(str, tensor.shape)) or "scalar"
        values = f" ({tensor.values})" if tensor.values else ""
        shown.append(f"{tensor.name} {tensor.dtype} {shape}{values}")
    return "; ".join(shown)


def _device(report: Report) -> str:
    """The phone itself, and how warm and how full it was at both ends."""
    told = attached(report)
    facts = [str(told[key]) for key in ("name", "soc", "abi") if key in told]
    facts += [f"Android {told['android']}"] if "android" in told else []
    for what, key, unit in (
        ("battery", "battery_level", "%"),
        ("battery", "battery_celsius", "°C"),
        ("skin", "skin_celsius", "°C"),
    ):
        ends = [told.get(end, {}).get(key) for end in ("before", "after")]
        known = [f"{end:.0f} °C" if unit == "°C" else show(end, unit) for end in ends if end]
        facts += [f"{what} {' to '.join(dict.fromkeys(known))}"] if known else []
    return ", ".join([*facts, *([f"over {told['over']}"] if told else [])])


def _host(report: Report) -> str:
    host = report.host
    facts = ["asked the device"] if attached(report) else []
    facts += [host.cpu, f"{host.cores} cores", show(host.memory_bytes, "B"), host.os]
    facts += [f"load {host.load:.2g}"] if host.load is not None else []
    facts += [f"{name} {version}" for name, version in host.packages.items()]
    return ", ".join(facts)
