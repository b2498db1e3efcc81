"""Judgements as a person reads them: a score and its parts, verdicts."""

from collections.abc import Sequence

from effprof.base.metrics import unit_of
from effprof.base.quantity import show, show_metric
from effprof.base.records import Origin
from effprof.formats.text_look import Line, Look, Span, Style, wrap
from effprof.formats.text_metrics import filled
from effprof.formats.text_table import Cell, Column, entries, table
from effprof.report.judgement import AdvicePart, GatePart, Part, Score, Verdict
from effprof.report.report import Report

_PARTS = (
    Column("metric", least=14),
    Column("value", right=True),
    Column("good", right=True),
    Column("poor", right=True),
    Column("credit", right=True),
    Column("weight", right=True),
    Column("origin"),
)
_VERDICTS = (
    Column(),
    Column("metric", least=14),
    Column("value", right=True),
    Column("low", right=True, gap=1),
    Column("high", right=True, gap=1),
    Column("limit", least=14),
)
_STYLES = {"pass": Style.GOOD, "fail": Style.BAD, "undecided": Style.DOUBT}


def score(score: Score, look: Look) -> list[Line]:
    """Points and what each metric adds, or why there are none."""
    lines = _wrapped(_headline(score), look)
    if not score.parts:
        return lines
    return [*lines, *table(_PARTS, [_part(part) for part in score.parts], look)]


def unfinished(report: Report, look: Look) -> list[Line]:
    """Why it is no whole report; nothing where it is one."""
    why = report.unfinished
    return _wrapped(f"NOT FINISHED: {why}", look, style=Style.BAD) if why else []


def verdicts(verdicts: Sequence[Verdict], look: Look) -> list[Line]:
    """One line a limit; beneath it the reason where there is more to say than the limit."""
    titles, *rows = table(_VERDICTS, [_verdict(verdict) for verdict in verdicts], look)
    lines = [titles]
    for verdict, row in zip(verdicts, rows, strict=True):
        reason = reason_of(verdict)
        lines.append(row)
        lines += [[Span(" " * 13), line[0]] for line in _wrapped(reason, look, 13, Style.DIM)]
    return lines


def advice(parts: Sequence[AdvicePart], look: Look) -> list[Line]:
    """What to try next, each with the figures it rests on."""
    pairs: list[tuple[Cell, Sequence[Cell]]] = [
        (Span(part.code, Style.NOTE), [part.text]) for part in parts
    ]
    return [*title("Advice", look), *entries(pairs, look)] if parts else []


def catalogue(rows: Sequence[tuple[str, str]], look: Look) -> list[Line]:
    """Names, and what each is for."""
    return entries([(Span(name, Style.STRONG), [summary]) for name, summary in rows], look)


def about(report: Report, look: Look) -> list[Line]:
    """Which report this is about."""
    return title(f"{report.model.name} on {report.target.id}", look)


def title(text: str, look: Look) -> list[Line]:
    return _wrapped(text, look, style=Style.STRONG)


def _headline(score: Score) -> str:
    if score.points is None:
        return f"no score by profile {score.profile}: {score.reason or 'nothing was measured'}"
    interval = (
        f" ({score.low:.1f} to {score.high:.1f})"
        if score.low is not None and score.high is not None
        else ""
    )
    told = [f"{score.points:.1f}{interval} of 100 by profile {score.profile}"]
    if score.parts:
        told.append(f"of the weight {_shares(score.parts)}")
    told += [f"{partly(score)}{score.reason}"] if score.reason else []
    return "; ".join([*told, *(_gate(gate) for gate in score.gates if _telling(gate))])


def partly(score: Score) -> str:
    """What begins the reason of a partial score, its coverage; empty where there are no points."""
    if score.points is None or score.coverage is None or score.coverage >= 1:
        return "" if score.points is None else "partial: "
    return f"partial, over {show(score.coverage, '%')} of the weight: "


def _shares(parts: Sequence[Part]) -> str:
    """75 % measured, 25 % modelled."""
    weights = [
        (origin.word, sum(one.weight for one in parts if one.origin == origin.word))
        for origin in sorted(Origin, reverse=True)
    ]
    return ", ".join(f"{show(weight, '%')} {name}" for name, weight in weights if weight)


def _telling(gate: GatePart) -> bool:
    return gate.verdict == "undecided" and gate.value is not None


def _gate(gate: GatePart) -> str:
    least, value = (show_metric(gate.metric, amount or 0.0) for amount in (gate.least, gate.value))
    return f"{gate.metric} of {value} cannot be told from the least of {least}"


def _part(part: Part) -> list[Cell]:
    unit, figures = unit_of(part.metric), (part.value, part.good, part.poor)
    return [
        part.metric,
        *(show_metric(part.metric, amount, unit) for amount in figures),
        show(part.desirability, "%"),
        show(part.weight, "%"),
        part.origin,
    ]


def _verdict(verdict: Verdict) -> list[Cell]:
    value, low, high = amounts(verdict)
    styled = Span(verdict.verdict, _STYLES[verdict.verdict])
    return [styled, verdict.metric, value or "unknown", low, high, limit_of(verdict)]


def amounts(verdict: Verdict) -> tuple[str, str, str]:
    """Value, low and high of what was judged; empty where there is none."""
    unit = verdict.unit or unit_of(verdict.metric)
    known = {
        name: show_metric(verdict.metric, amount, unit, apart=verdict.limit)
        for name, amount in (("v", verdict.value), ("l", verdict.low), ("h", verdict.high))
        if amount is not None
    }
    shown = dict(zip(known, filled(list(known.values())), strict=True))
    return shown.get("v", ""), shown.get("l", ""), shown.get("h", "")


def limit_of(verdict: Verdict) -> str:
    """As it was written in the budget, where the verdict says so: at most 50 ms."""
    said = (verdict.why or "").partition("; ")[0]
    limit = show_metric(verdict.metric, verdict.limit, verdict.unit or unit_of(verdict.metric))
    bound = {"max": "at most ", "min": "at least ", None: ""}[verdict.bound]
    return said or bound + limit


def reason_of(verdict: Verdict) -> str:
    """What there is to say beyond the limit."""
    return (verdict.why or "").partition("; ")[2]


def _wrapped(text: str, look: Look, indent: int = 0, style: Style = Style.PLAIN) -> list[Line]:
    return [[Span(line, style)] for line in wrap(text, look.width - indent, look)]
