"""Operators, batches and trials: one line of them, or all with --verbose."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from effprof.base.metrics import CATALOGUE
from effprof.base.quantity import show, show_metric
from effprof.formats.text_look import Line, Look, Span, Style, cells, wrap
from effprof.formats.text_table import Cell, Column, table
from effprof.report.report import OperatorPart, Report, TrialPart

_MOST_ROWS = 40
_SWEEP_UNITS = {"throughput": "1/s", "low": "1/s", "high": "1/s", "latency_p50": "s"}
_OPERATOR_COLUMNS = (
    Column("operator", least=12),
    Column("type", least=8),
    Column("MACs", right=True, optional=True),
    Column("bytes", right=True, optional=True),
    Column("latency", right=True),
    Column("share", right=True),
    Column("bound", optional=True),
)
_EMULATED_COLUMNS = (
    Column("operator", least=12),
    Column("type", least=8),
    Column("MACs", right=True, optional=True),
    Column("cycles", right=True),
    Column("share", right=True),
    Column("MAC/cycle", right=True, optional=True),
    Column("load", right=True, optional=True),
    Column("store", right=True, optional=True),
    Column("mult.", right=True, optional=True),
    Column("branch", right=True, optional=True),
)
_MIX = ("load", "store", "multiply", "branch")
_TRIAL_COLUMNS = (
    Column("trial", right=True),
    Column("ending"),
    Column("batch", right=True),
    Column("load", right=True, optional=True),
    Column("first", right=True, optional=True),
    Column("runs", right=True),
    Column("p50", right=True),
    *(Column(title, right=True, optional=True) for title in ("p99", "cpu", "switches", "steal")),
)


def busiest(report: Report, look: Look) -> list[Line]:
    """Which operators take the time, in a line where one will do; nothing where that is unknown."""
    share: defaultdict[str, float] = defaultdict(float)
    nodes: defaultdict[str, int] = defaultdict(int)
    for operator in report.operators:
        named = operator.type in ("", "function")  # of a firmware: each is its own kind
        kind = operator.name if named else operator.type
        share[kind] += operator.share or 0
        nodes[kind] += not named
    order = sorted((kind for kind in share if share[kind] > 0), key=lambda kind: -share[kind])
    told = [f"{share[kind] * 100:.0f} % in {kind}{_nodes(nodes[kind])}" for kind in order[:3]]
    sentences = [
        ", ".join(told[:most]).replace(" % in", " % of the time is in", 1) for most in (3, 2, 1)
    ]
    sentence = next((one for one in sentences if cells(look.clean(one)) <= look.width), "")
    return [[Span(text)] for text in wrap(sentence or sentences[-1], look.width, look)]


def _nodes(count: int) -> str:
    return f" ({count} node{'' if count == 1 else 's'})" if count else ""


def operators(report: Report, look: Look) -> list[Line]:
    """The costliest first, those beyond forty summed up in one row."""
    if not report.operators:
        return []
    order = sorted(report.operators, key=lambda one: (-(one.latency or 0), -(one.macs or 0)))
    shown = order[:_MOST_ROWS] + ([_summed(rest)] if (rest := order[_MOST_ROWS:]) else [])
    title = [Span("Operators", Style.STRONG)]
    if any(one.cycles is not None for one in shown):
        return [title, *table(_EMULATED_COLUMNS, [_emulated(one) for one in shown], look)]
    return [title, *table(_OPERATOR_COLUMNS, [_operator(one) for one in shown], look)]


def _emulated(one: OperatorPart) -> list[Cell]:
    """Of an emulated target; the mix as shares of its instructions."""
    rate = one.macs / one.cycles if one.macs and one.cycles else None
    total = sum(one.mix.values())
    return [
        one.name,
        one.type,
        _or_blank(one.macs, lambda value: show(value, "1")),
        _or_blank(one.cycles, lambda value: show(value, "1")),
        _or_blank(one.share, lambda value: f"{value * 100:.1f} %"),
        _or_blank(rate, lambda value: f"{value:.2f}"),
        *(f"{one.mix.get(kind, 0) / total * 100:.0f} %" if total else "" for kind in _MIX),
    ]


def _operator(one: OperatorPart) -> list[Cell]:
    return [
        one.name,
        one.type,
        _or_blank(one.macs, lambda value: show(value, "1")),
        _or_blank(one.bytes, lambda value: show(value, "B")),
        _or_blank(one.latency, lambda value: show(value, "s")),
        _or_blank(one.share, lambda value: f"{value * 100:.1f} %"),
        one.bound or "",
    ]


def _or_blank(value: float | None, shown: Callable[[float], str]) -> str:
    return "" if value is None else shown(value)


def _summed(rest: Sequence[OperatorPart]) -> OperatorPart:
    """What is known of them, added up; a figure none of them has stays unknown."""
    macs = [one.macs for one in rest if one.macs is not None]
    size = [one.bytes for one in rest if one.bytes is not None]
    latency = [one.latency for one in rest if one.latency is not None]
    share = [one.share for one in rest if one.share is not None]
    cycles = [one.cycles for one in rest if one.cycles is not None]
    return OperatorPart(
        name=f"{len(rest)} more",
        type="",
        macs=sum(macs) if macs else None,
        bytes=sum(size) if size else None,
        latency=sum(latency) if latency else None,
        share=sum(share) if share else None,
        cycles=sum(cycles) if cycles else None,
    )


def sweep(report: Report, look: Look) -> list[Line]:
    """What each batch gave; the columns are whatever the rows hold."""
    keys = list(dict.fromkeys(key for row in report.sweep for key in row))
    if not keys:
        return []
    columns = [Column(key, right=True, optional=at > 1) for at, key in enumerate(keys)]
    rows = [[_swept(key, row.get(key)) for key in keys] for row in report.sweep]
    return [[Span("Batches", Style.STRONG)], *table(columns, rows, look)]


def _swept(key: str, value: float | None) -> str:
    known = CATALOGUE.get(key)
    unit = known.unit if known else _SWEEP_UNITS.get(key, "1")
    return "" if value is None else show_metric(key, value, unit)


def trials(report: Report, look: Look) -> list[Line]:
    """One row a worker process; how it ended, where not well, beneath."""
    emulated_well = report.firmware is not None and not report.unfinished
    if not report.trials or emulated_well:
        return []
    batches = {trial.batch for trial in report.trials}
    numbered = list(enumerate(report.trials, 1))
    rows = [_trial(number, trial, several=len(batches) > 1) for number, trial in numbered]
    titles, *body = table(_TRIAL_COLUMNS, rows, look)
    lines: list[Line] = [[Span("Trials", Style.STRONG)], titles]
    for row, trial in zip(body, report.trials, strict=True):
        lines.append(row)
        if trial.detail:
            told = wrap(trial.detail, look.width - 9, look)
            lines += [[Span(" " * 9), Span(text, Style.DIM)] for text in told]
    return lines


def _trial(number: int, trial: TrialPart, *, several: bool) -> list[Cell]:
    def seconds(value_s: float | None) -> str:
        return "" if value_s is None else show(value_s, "s")

    host = trial.host
    switches = [host[key] for key in ("switches_voluntary", "switches_involuntary") if key in host]
    return [
        str(number),
        Span(trial.ending, Style.PLAIN if trial.ending == "ok" else Style.BAD),
        str(trial.batch) if several and trial.batch is not None else "",
        seconds(trial.load_s),
        seconds(trial.first_s),
        str(trial.runs),
        seconds(trial.latency.get("p50")),
        seconds(trial.latency.get("p99")),
        seconds(trial.cpu_s),
        f"{sum(switches):.0f}" if switches else "",
        seconds(host.get("steal_s")),
    ]
