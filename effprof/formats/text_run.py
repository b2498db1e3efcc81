"""How the figures of a report came about: model, settings, timing, host."""

from collections.abc import Sequence

from effprof.base.quantity import plus_minus, show
from effprof.formats.sparkline import spark
from effprof.formats.text_conversion import conversion
from effprof.formats.text_headline import attached
from effprof.formats.text_look import Line, Look, Span, Style
from effprof.formats.text_metrics import filled
from effprof.formats.text_table import Cell, entries
from effprof.report.report import Report

_FEWEST_BARS = 3


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
        ("conversion", conversion(report)),
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
    if _never_ran(report):
        return "worked out, nothing was run"
    facts = [f"{_count(scenario.runs, 'run')} in {_count(scenario.trials, 'trial')}"]
    facts += [f"{scenario.warmup_runs} more to warm up"] if scenario.warmup_runs else []
    walls_s = [trial.wall_s for trial in report.trials if trial.wall_s is not None]
    facts += [f"{show(sum(walls_s), 's')} in all"] if walls_s else []
    return ", ".join(facts)


def _never_ran(report: Report) -> bool:
    """Of a device that is not here and whose answers are not worked out on this machine."""
    return report.target.estimator is not None and not report.trials


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
        facts += ["answered as in an earlier run"] if trial.cached else []
    return ", ".join(facts)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _precision(report: Report) -> Cell:
    if _never_ran(report):
        return ""
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
        known = [
            f"{end:.0f} °C" if unit == "°C" else show(end, unit) for end in ends if end is not None
        ]
        facts += [f"{what} {' to '.join(dict.fromkeys(known))}"] if known else []
    return ", ".join([*facts, *([f"over {told['over']}"] if told else [])])


def _host(report: Report) -> str:
    host = report.host
    facts = ["asked the device"] if attached(report) else []
    facts += [host.cpu, f"{host.cores} cores", show(host.memory_bytes, "B"), host.os]
    facts += [f"load {host.load:.2g}"] if host.load is not None else []
    facts += [f"{name} {version}" for name, version in host.packages.items()]
    return ", ".join(facts)
