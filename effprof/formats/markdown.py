"""Reports for a pull request: the verdicts and a line of figures, the rest folded away."""

from collections.abc import Iterable, Iterator, Sequence

from effprof.base.metrics import unit_of
from effprof.base.quantity import show, show_metric
from effprof.formats.comparison_text import change_of
from effprof.formats.gate_text import limits_of, rule_of, said, standing, told_of, verdict_of
from effprof.formats.judgement_text import amounts, limit_of, reason_of
from effprof.formats.markdown_words import code, fenced, folded, plain, table
from effprof.formats.text_headline import budget_verdict, facts
from effprof.formats.text_look import DASH
from effprof.formats.text_metrics import INTERVALS, MARKS, figures, in_order
from effprof.formats.text_next import made_by
from effprof.report.bundle import Bundle
from effprof.report.comparison import Comparison, Relation, Row
from effprof.report.gate import Gate
from effprof.report.judgement import Score, Verdict
from effprof.report.report import Metric, Report

_LONGEST = 60_000  # characters; GitHub takes 65536 in one comment
_MOST_OPERATORS = 10
_VERDICTS = {"pass": "✅ pass", "fail": "❌ fail", "undecided": "❔ undecided"}
_WORST_FIRST = ("fail", "undecided", "pass")
_SAID: dict[Relation, str] = {
    "better": "✅ better",
    "worse": "❌ worse",
    "same": "same",
    "undecided": "can't tell",
}


def markdown(bundle: Bundle) -> str:
    """What changed from the first report to each other, then every report; ends in a newline."""
    whole = "".join(_sections(bundle, details=True)).rstrip() + "\n"
    return whole if len(whole) <= _LONGEST else _shortened(bundle)


def _sections(bundle: Bundle, *, details: bool) -> Iterator[str]:
    """A comparison or a report each."""
    for one in bundle.comparisons:
        yield _joined(_comparison(one, details=details))
    for why in bundle.apart:
        yield f"Not compared: {plain(why)}\n\n"
    for report in bundle.reports:
        yield _joined(_report(report, details=details))


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _shortened(bundle: Bundle) -> str:
    """Without details, and as many as one comment holds."""
    told, room = [], _LONGEST
    sections = list(_sections(bundle, details=False))
    for section in sections:
        room -= len(section)
        if room < 0:
            break
        told.append(section)
    left = len(sections) - len(told)
    more = f" {left} more comparisons and reports are left out." if left else ""
    last = f"Too long for one comment with its details: they are in the JSON reports.{more}"
    return "".join(told).rstrip() + f"\n\n{last}\n"


def _report(report: Report, *, details: bool) -> Iterator[str]:
    yield f"### {code(report.model.name)} on {code(report.target.id)}{_verdict(report)}"
    yield ""
    yield " · ".join(map(plain, facts(report)))
    yield ""
    if report.unfinished:
        yield f"**Not finished:** {plain(report.unfinished)}"
        yield ""
    if report.gate:
        yield from _gate(report, report.gate)
    if limits := limits_of(report):
        yield from [*_budget(limits), ""]
    if details:
        yield from _details(report)


def _verdict(report: Report) -> str:
    if report.gate and not any(line.gates for line in report.gate.lines):
        return f": ❌ {verdict_of(report)}"
    if report.unfinished:
        return ": ❌ not finished"
    given = {budget_verdict(report), report.gate.verdict if report.gate else None}
    return next((f": {_VERDICTS[name]}" for name in _WORST_FIRST if name in given), "")


def _gate(report: Report, gate: Gate) -> Iterator[str]:
    """Against the baseline, every line."""
    mark = _VERDICTS[standing(report)].partition(" ")[0]
    against = f"against {code(gate.baseline.model)}: {rule_of(gate)}"
    yield f"Gate: {mark} {plain(verdict_of(report))}, {against}"
    yield ""
    rows = []
    for line in gate.lines:
        base, candidate, change, low, high, how = told_of(line)
        verdict = _VERDICTS.get(said(line), said(line))
        interval = f"{low} {DASH} {high}" if low and high else ""
        cells = (base, candidate, change, interval, how, line.why or "")
        rows.append([verdict, code(line.metric), *map(plain, cells)])
    titles = ("verdict", "metric", "baseline", "candidate", "change", "interval", "by", "why")
    yield from [*table(titles, rows, right="baseline candidate change interval"), ""]
    yield from folded("Notes on the gate", [f"- {plain(note)}" for note in gate.notes])


def _budget(limits: Sequence[Verdict]) -> list[str]:
    rows = []
    for verdict in limits:
        value, low, high = amounts(verdict)
        interval = f"{low} {DASH} {high}" if low and high else ""
        cells = (value or "unknown", interval, limit_of(verdict), reason_of(verdict))
        rows.append([_VERDICTS[verdict.verdict], code(verdict.metric), *map(plain, cells)])
    titles = ("verdict", "metric", "value", "interval", "limit", "why")
    return table(titles, rows, right="value interval")


def _details(report: Report) -> Iterator[str]:
    yield from folded(f"{len(report.metrics)} figures", _figures(report.metrics))
    device = plain(str(report.target.device.get("name", report.target.id)))
    yield from folded(f"On this machine, which is not the {device}", _figures(report.host_metrics))
    if report.score is not None:
        yield from folded(_points(report.score), _score(report.score))
    yield from folded("Where the time goes", _operators(report))
    for title, items in (
        ("Advice", [(one.code, one.text, "") for one in report.advice]),
        ("could not be measured", [(one.metric, one.reason, one.hint) for one in report.missing]),
        ("warnings", [(one.code, one.text, one.advice) for one in report.warnings]),
    ):
        counted = title if title == "Advice" else f"{len(items)} {title}"
        yield from folded(counted, [_item(*item) for item in items])
    yield from folded("How to repeat it", fenced(made_by(report)))


def _item(name: str, text: str, then: str | None) -> str:
    more = f" → {plain(then)}" if then else ""
    return f"- {code(name)}: {plain(text)}{more}"


def _figures(metrics: dict[str, Metric]) -> list[str]:
    rows = []
    for key, metric in in_order(metrics):
        value, low, dash, high = figures(key, metric)
        interval = " ".join(word for word in (low, dash, high) if word)
        n = "" if metric.n is None else str(metric.n)
        covers = f"{metric.source}; covers {metric.scope}" if metric.scope else metric.source
        rows.append(
            [MARKS[metric.origin].text, code(key), plain(value), interval, n, plain(covers)]
        )
    origins = {metric.origin for metric in metrics.values()}
    legend = "  ".join(
        f"{MARKS[name].text} {name}: {INTERVALS[name]}" for name in MARKS if name in origins
    )
    titles = ("", "metric", "value", "interval", "n", "source")
    return [*table(titles, rows, right="value interval n"), "", legend] if rows else []


def _points(score: Score) -> str:
    shown = "no score" if score.points is None else f"Score {score.points:.1f} of 100"
    return f"{shown}, by profile {code(score.profile)}"


def _score(score: Score) -> list[str]:
    rows = [
        [
            code(part.metric),
            *(
                show_metric(part.metric, amount, unit_of(part.metric))
                for amount in (part.value, part.good, part.poor)
            ),
            show(part.desirability, "%"),
            show(part.weight, "%"),
            part.origin,
        ]
        for part in score.parts
    ]
    titles = ("metric", "value", "good", "poor", "credit", "weight", "origin")
    why = [plain(score.reason), ""] if score.reason else []
    return [*why, *table(titles, rows, right="value good poor credit weight")]


def _operators(report: Report) -> list[str]:
    busiest = sorted(report.operators, key=lambda one: -(one.share or 0))[:_MOST_OPERATORS]
    rows = [
        [
            code(one.name),
            plain(one.type),
            show(one.share, "%"),
            "" if one.latency is None else show(one.latency, "s"),
            one.bound or "",
        ]
        for one in busiest
        if one.share
    ]
    return table(("operator", "type", "share", "time", "bound"), rows, right="share time")


def _comparison(compared: Comparison, *, details: bool) -> Iterator[str]:
    base, other = compared.base, compared.other
    yield f"### {code(other.name)} against {code(base.name)} on {code(other.target)}"
    yield ""
    yield f"**{plain(compared.trade[:1].upper() + compared.trade[1:])}**"
    yield ""
    beneath = [_item(finding.code, finding.text, None) for finding in compared.findings]
    beneath += [
        f"- not alike: {plain(one.what)}: {plain(one.base)} → {plain(one.other)}"
        for one in compared.unlike
    ]
    if beneath:
        yield from [*beneath, ""]
    if details:
        yield from folded("Every metric", _rows(compared.rows))


def _rows(rows: Sequence[Row]) -> list[str]:
    titles = ("metric", "base", "other", "change", "verdict")
    return table(titles, [_row(one) for one in rows], right="base other change")


def _row(one: Row) -> list[str]:
    values = (
        "not known" if metric is None else show_metric(one.metric, metric.value, one.unit)
        for metric in (one.base, one.other)
    )
    return [
        code(one.metric),
        *map(plain, values),
        plain(change_of(one)),
        _SAID[one.verdict] if one.verdict else "",
    ]
