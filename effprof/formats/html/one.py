"""One report as the template takes it: texts ready to stand there, nothing left to work out."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from effprof.base.metrics import CATALOGUE
from effprof.base.quantity import show, show_metric
from effprof.formats import gate_text
from effprof.formats.html import charts, figures
from effprof.formats.text_headline import budget_verdict, too_big
from effprof.formats.text_look import Span
from effprof.formats.text_metrics import REPEATS_P50
from effprof.formats.text_run import circumstances
from effprof.report.gate import GateLine
from effprof.report.judgement import Score
from effprof.report.report import Metric, OperatorPart, Report, TrialPart

_NOISY = ("noisy-host", "stolen-time")
_STYLES = {"pass": "good", "fail": "bad", "undecided": "doubt"}


@dataclass(frozen=True, slots=True)
class Room:
    """How many of each a report may show, so that the page keeps its weight."""

    operators: int = 400
    trials: int = 100
    dots: int = 2000

    @classmethod
    def shared(cls, reports: int) -> Self:
        return cls(max(20, 400 // reports), max(20, 100 // reports), max(200, 2000 // reports))


@dataclass(frozen=True, slots=True)
class Badge:
    text: str
    style: str  # good, bad, doubt


@dataclass(frozen=True, slots=True)
class Sortable:
    """A cell: its text, and the number it is sorted by."""

    text: str
    number: float | None = None
    bar: float | None = None  # percent


@dataclass(frozen=True, slots=True)
class Table:
    titles: tuple[str, ...]
    rows: tuple[tuple[Sortable, ...], ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class GateView:
    """`head`: what was held against what, and the rule."""

    verdict: Badge
    head: str
    rows: list[dict[str, str]]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """`name` begins the ids of its charts."""

    name: str
    report: Report
    badges: list[Badge]
    top: list[figures.Figure]
    parts: list[dict[str, Any]]
    gate: GateView | None
    verdicts: list[dict[str, str]]
    groups: list[tuple[str, list[figures.Figure]]]
    here: list[tuple[str, list[figures.Figure]]]
    charts: dict[str, charts.Chart]
    operators: Table | None
    trials: Table | None
    circumstances: list[tuple[str, str]]
    command: str
    place: str
    when: str


def view(report: Report, name: str, knee: float | None, room: Room) -> View:
    return View(
        name=name,
        report=report,
        badges=badges(report),
        top=figures.top(report),
        parts=parts(report.score) if report.score else [],
        gate=gate(report),
        verdicts=verdicts(report),
        groups=figures.groups(told(report)),
        here=figures.groups(report.host_metrics),
        charts=charts.charts(report, knee, room.dots),
        operators=operators(report.operators, room.operators),
        trials=trials(report.trials, room.trials),
        circumstances=[(label, _plain(said)) for label, said in circumstances(report)],
        command=shlex.join(report.scenario.command),
        place=_place(report),
        when=_when(report.created),
    )


def badges(report: Report) -> list[Badge]:
    """What a reader must not miss, worst first."""
    made = report.model.converted or {}
    asked, ran = made.get("precision_asked"), made.get("precision")
    codes = {one.code for one in report.warnings}
    found = [
        *([Badge("not finished", "bad")] if report.unfinished else []),
        *([gated.verdict] if (gated := gate(report)) else []),
        *([Badge(f"{ran}, not {asked}", "bad")] if asked and ran else []),
        *([Badge("does not fit", "bad")] if too_big(report) else []),
        *([Badge("fits", "good")] if report.firmware and report.firmware.fits else []),
    ]
    budget = budget_verdict(report)
    if budget is not None:
        found.append(Badge(f"budget {budget}", _STYLES[budget]))
    if codes & set(_NOISY):
        found.append(Badge("noisy machine", "doubt"))
    if "bimodal-trials" in codes:
        found.append(Badge("two groups of trials", "doubt"))
    return found


def parts(score: Score) -> list[dict[str, Any]]:
    return [
        {
            "metric": one.metric,
            "value": _shown(one.metric, one.value),
            "good": _shown(one.metric, one.good),
            "poor": _shown(one.metric, one.poor),
            "credit": show(one.desirability, "%"),
            "bar": round(100 * one.desirability, 1),
            "weight": show(one.weight, "%"),
            "origin": one.origin,
            "why": one.why or "",
        }
        for one in score.parts
    ]


def gate(report: Report) -> GateView | None:
    """Every line of it, in the words of the terminal."""
    told = report.gate
    if told is None:
        return None
    badge = Badge(f"gate: {gate_text.verdict_of(report)}", _STYLES[gate_text.standing(report)])
    head = f"against {told.baseline.model}; {gate_text.rule_of(told)}"
    return GateView(badge, head, [_gate_row(line) for line in told.lines], told.notes)


def _gate_row(line: GateLine) -> dict[str, str]:
    base, candidate, change, low, high, how = gate_text.told_of(line)
    said = gate_text.said(line)
    return {
        "verdict": said,
        "style": _STYLES.get(said, ""),
        "metric": line.metric,
        "origin": line.origin or "",
        "base": base,
        "candidate": candidate,
        "change": change,
        "interval": f"{low} to {high}" if low and high else "",
        "how": how,
        "why": line.why or "",
    }


def verdicts(report: Report) -> list[dict[str, str]]:
    """Of the budget."""
    found = []
    for one in gate_text.limits_of(report):
        ends = [_shown(one.metric, end) for end in (one.low, one.high) if end is not None]
        limit, _, reason = (one.why or "").partition("; ")
        said = "at least" if one.bound == "min" else "at most"
        found.append(
            {
                "verdict": one.verdict,
                "style": _STYLES[one.verdict],
                "metric": one.metric,
                "value": "unknown" if one.value is None else _shown(one.metric, one.value),
                "interval": " to ".join(ends),
                "limit": limit or f"{said} {_shown(one.metric, one.limit)}",
                "why": reason,
                "origin": report.metrics[one.metric].origin if one.metric in report.metrics else "",
            }
        )
    return found


def operators(found: Sequence[OperatorPart], most: int) -> Table | None:
    """Longest first; columns that no operator has are left out."""
    if not found:
        return None
    order = sorted(found, key=lambda one: (-(one.latency or 0), -(one.macs or 0)))[:most]
    columns: list[tuple[str, list[Sortable]]] = [
        ("operator", [Sortable(one.name) for one in order]),
        ("type", [Sortable(one.type) for one in order]),
        ("time", [_number(one.latency, "s") for one in order]),
        ("share", [_share(one.share) for one in order]),
        ("cycles", [_number(one.cycles, "1") for one in order]),
        ("instructions", [_number(one.instructions, "1") for one in order]),
        ("MACs", [_number(one.macs, "1") for one in order]),
        ("bytes", [_number(one.bytes, "B") for one in order]),
        ("bound", [Sortable(one.bound or "") for one in order]),
    ]
    kept = [(title, cells) for title, cells in columns if any(cell.text for cell in cells)]
    rows = list(zip(*(cells for _, cells in kept), strict=True))
    more = f"and {len(found) - most} more, in the JSON" if len(found) > most else ""
    return Table(tuple(title for title, _ in kept), tuple(rows), more)


def trials(found: Sequence[TrialPart], most: int) -> Table | None:
    if not found:
        return None
    shown = found[:most]
    columns: list[tuple[str, list[Sortable]]] = [
        ("trial", [Sortable(str(at), at) for at in range(1, len(shown) + 1)]),
        ("ending", [Sortable(_ending(one)) for one in shown]),
        ("batch", [_number(one.batch, "1") for one in shown]),
        ("load", [_number(one.load_s, "s") for one in shown]),
        ("first", [_number(one.first_s, "s") for one in shown]),
        ("runs", [Sortable(str(one.runs) if one.runs else "", one.runs) for one in shown]),
        *((key, [_number(one.latency.get(key), "s") for one in shown]) for key in ("p50", "p99")),
        ("cpu", [_number(one.cpu_s, "s") for one in shown]),
        ("steal", [_number(one.host.get("steal_s"), "s") for one in shown]),
    ]
    kept = [(title, cells) for title, cells in columns if any(cell.text for cell in cells)]
    rows = list(zip(*(cells for _, cells in kept), strict=True))
    more = f"and {len(found) - most} more, in the JSON" if len(found) > most else ""
    return Table(tuple(title for title, _ in kept), tuple(rows), more)


def _ending(one: TrialPart) -> str:
    return f"{one.ending}: {one.detail}" if one.detail else one.ending


def _number(value: float | None, unit: str) -> Sortable:
    return Sortable("") if value is None else Sortable(show(value, unit), value)


def _share(value: float | None) -> Sortable:
    if value is None:
        return Sortable("")
    return Sortable(f"{value * 100:.1f} %", value, round(100 * min(value, 1.0), 1))


def _shown(metric: str, value: float) -> str:
    known = CATALOGUE.get(metric)
    return show_metric(metric, value, known.unit if known else "1")


def _plain(said: Span | str) -> str:
    return said.text if isinstance(said, Span) else said


def _when(created: str) -> str:
    """2026-11-23 12:00 UTC; what is no such time stays as it is."""
    try:
        moment = datetime.fromisoformat(created).astimezone(UTC)
    except (ValueError, OverflowError):
        return created
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def told(report: Report) -> dict[str, Metric]:
    """An emulator is deterministic: its latencies that say what p50 says are not told again."""
    p50 = report.metrics.get("latency.p50")
    return {
        key: metric
        for key, metric in report.metrics.items()
        if p50 is None or p50.origin != "emulated" or key not in REPEATS_P50 or metric != p50
    }


def _place(report: Report) -> str:
    """Where the figures are of, in a few words."""
    device = str(report.target.device.get("name", ""))
    here = device in ("", "this machine")
    where = f"{report.host.cpu}, {report.host.cores} cores" if here else device
    return f"{report.target.environment} · {where}"
