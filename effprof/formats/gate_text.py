"""A gate as a person reads it: the verdict, then every line, then how it was come by."""

from collections.abc import Sequence

from effprof.base.quantity import show, show_metric
from effprof.base.vocabulary import VerdictName
from effprof.formats import judgement_text
from effprof.formats.text_look import Line, Look, Span, Style, cells, wrap
from effprof.formats.text_table import Cell, Column, table
from effprof.report.gate import Gate, GateLine
from effprof.report.judgement import Verdict
from effprof.report.report import Report

_COLUMNS = (
    Column(),
    Column("metric"),
    Column("baseline", right=True),
    Column("candidate", right=True, optional=True),
    Column("change", right=True),
    Column("low", right=True, gap=1),
    Column("high", right=True, gap=1),
    Column("by"),
)
_STYLES = {"pass": Style.GOOD, "fail": Style.BAD, "undecided": Style.DOUBT}
_HOW = {"apart": "intervals"}  # the others say it in their own word
_CLOCKS = {"cpu": "CPU", "wall": "wall"}


def gate(report: Report, look: Look) -> list[Line]:
    """Nothing where the report holds no gate."""
    told = report.gate
    if told is None:
        return []
    titles, *rows = table(_COLUMNS, [_row(line) for line in told.lines], look)
    lines: list[Line] = [*_head(report, told, look), titles]
    for line, row in zip(told.lines, rows, strict=True):
        lines.append(row)
        lines += _indented(line.why or "", look, 13)
    return [*lines, *_indented(rule_of(told), look, 2), *_notes(told.notes, look)]


def _head(report: Report, told: Gate, look: Look) -> list[Line]:
    """What was held against what, and the verdict; on lines of its own where it is too long."""
    head = look.clean(f"{report.model.name} against {told.baseline.model} on {report.target.id}:")
    verdict, style = look.clean(verdict_of(report)), _STYLES[standing(report)]
    if cells(f"{head} {verdict}") <= look.width:
        return [[Span(f"{head} ", Style.STRONG), Span(verdict, style)]]
    beneath = wrap(verdict, look.width - 2, look)
    return [[Span(head, Style.STRONG)], *([Span("  "), Span(line, style)] for line in beneath)]


def whole(report: Report, look: Look) -> list[Line]:
    """The gate, and the limits of a budget that were checked beside it."""
    limits = limits_of(report)
    return [*gate(report, look), *(judgement_text.verdicts(limits, look) if limits else [])]


def verdict_line(report: Report) -> str:
    """One line for --quiet."""
    told = report.gate
    if told is None:
        return ""
    parts = [f"{line.metric} {said(line)} {_change(line)}".rstrip() for line in told.lines]
    parts += [f"limit of {one.metric} {one.verdict}" for one in limits_of(report)]
    against = f"{report.model.name} against {told.baseline.model} on {report.target.id}"
    return f"{verdict_of(report)}: {against}: {', '.join(parts)}"


def verdict_of(report: Report) -> str:
    """In words; of a report that holds a gate."""
    assert report.gate is not None
    told = report.gate
    if not any(line.gates for line in told.lines):
        return "nothing was gated"
    if report.unfinished:
        return f"{told.verdict}, not finished"
    if _over_a_limit(report) and told.verdict != "fail":
        return f"fail, over a limit (the gate alone: {told.verdict})"
    if told.verdict == "pass" and any(not line.gates for line in told.lines):
        return f"pass of {', '.join(line.metric for line in told.lines if line.gates)} alone"
    return told.verdict


def standing(report: Report) -> VerdictName:
    """The gate's verdict, or fail where a limit that was checked beside it is exceeded."""
    assert report.gate is not None
    return "fail" if _over_a_limit(report) else report.gate.verdict


def _over_a_limit(report: Report) -> bool:
    return any(one.verdict == "fail" for one in limits_of(report))


def said(line: GateLine) -> str:
    """What is modelled has no verdict to give, whatever its figures say."""
    return line.verdict if line.gates else "shown"


def _row(line: GateLine) -> list[Cell]:
    return [
        Span(said(line), _STYLES[line.verdict] if line.gates else Style.DIM),
        line.metric,
        *(_amount(line, value) for value in (line.base, line.candidate)),
        _change(line),
        *_ends(line),
        _by(line),
    ]


def _amount(line: GateLine, value: float | None) -> str:
    return "unknown" if value is None else show_metric(line.metric, value, line.unit)


def _change(line: GateLine) -> str:
    if line.difference is not None:
        return f"{line.difference * 100:+.3g} points"
    return "" if line.ratio is None else _percent(line.ratio)


def _ends(line: GateLine) -> list[str]:
    ends = (line.low, line.high)
    if line.low is None or line.low == line.high:
        return ["", ""]
    if line.difference is not None:
        return [f"{(end or 0.0) * 100:+.3g}" for end in ends]
    return [_percent(end or 0.0) for end in ends]


def _percent(ratio: float) -> str:
    percent = (ratio - 1) * 100
    return f"{percent:+.2f} %" if abs(percent) < 10 else f"{percent:+.0f} %"


def _by(line: GateLine) -> str:
    if line.clock is None:
        return _HOW.get(line.how, line.how)
    return f"{_CLOCKS[line.clock]} of {line.workers}"


def rule_of(told: Gate) -> str:
    """What fails, what passes, and what it took."""
    parts = [
        f"fails above {show(told.margin, '%')}, passes below {show(told.tolerance, '%')}",
    ]
    if told.threads is not None:
        parts.append(f"{told.threads} thread" + ("s" if told.threads != 1 else ""))
    if told.seconds is not None:
        parts.append(show(told.seconds, "s"))
    return "; ".join(parts)


def _notes(notes: Sequence[str], look: Look) -> list[Line]:
    return [line for note in notes for line in _indented(note, look, 2)]


def _indented(text: str, look: Look, indent: int) -> list[Line]:
    lines = wrap(text, look.width - indent, look)
    return [[Span(" " * indent), Span(line, Style.DIM)] for line in lines]


def told_of(line: GateLine) -> tuple[str, str, str, str, str, str]:
    """Baseline, candidate, change, its low and high, and what it is by; for other formats."""
    low, high = _ends(line)
    base, candidate = (_amount(line, value) for value in (line.base, line.candidate))
    return base, candidate, _change(line), low, high, _by(line)


def limits_of(report: Report) -> tuple[Verdict, ...]:
    """The verdicts without those at the end that tell the lines of the gate once more.

    Those whose baseline is unknown are not among them now, and were in older reports.
    """
    gated = [line for line in report.gate.lines if line.gates] if report.gate else []
    for lines in (gated, [line for line in gated if line.base is not None]):
        rest = len(report.verdicts) - len(lines)
        again = [one.metric for one in report.verdicts[max(rest, 0) :]]
        if again == [line.metric for line in lines]:
            return report.verdicts[:rest]
    return report.verdicts
