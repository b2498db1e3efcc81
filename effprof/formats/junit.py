"""Verdicts as test cases, for what shows test results in CI.

Elements and attributes are those of Jenkins' junit-10.xsd, which other readers follow; what XML 1.0
cannot hold is replaced.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from xml.etree import ElementTree as Xml

from effprof.base.metrics import unit_of
from effprof.base.quantity import show_metric
from effprof.formats.gate_text import limits_of, rule_of, told_of
from effprof.formats.judgement_text import amounts, limit_of, reason_of
from effprof.report.bundle import Bundle
from effprof.report.gate import Gate, GateLine
from effprof.report.judgement import GatePart, Verdict
from effprof.report.report import Report

# What XML 1.0 cannot hold: https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COUNTED = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}


class _Case(NamedTuple):
    """`kind`: the element within it, none where it passed."""

    name: str
    kind: str = ""
    message: str = ""


def junit(bundle: Bundle) -> str:
    """A suite for each report, a case for each limit and line of a gate; undecided is skipped."""
    root = Xml.Element("testsuites", name="effprof")
    for report in bundle.reports:
        _suite(root, report)
    root.attrib |= {name: count for name, count in _counts(root).items() if name != "skipped"}
    Xml.indent(root)
    told = Xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{told}\n'


def _suite(root: Xml.Element, report: Report) -> None:
    suite = Xml.SubElement(
        root,
        "testsuite",
        name=_text(f"{report.model.name} on {report.target.id}"),
        timestamp=_timestamp(report.created),
        hostname=_text(report.host.fingerprint),
    )
    where = _text(_class(report))
    for case in _cases(report):
        element = Xml.SubElement(suite, "testcase", name=_text(case.name), classname=where)
        if case.kind:
            Xml.SubElement(element, case.kind, type=case.kind, message=_text(case.message))
    suite.attrib |= _counts(suite)


def _counts(root: Xml.Element) -> dict[str, str]:
    return {name: str(len(root.findall(f".//{kind}"))) for name, kind in _COUNTED.items()}


def _cases(report: Report) -> Iterator[_Case]:
    """Whether it finished is a case too, so that no suite is empty; some are worked out."""
    ended = report.unfinished
    yield _Case("finished", "error", ended) if ended else _Case("finished")
    yield from map(_limit, limits_of(report))
    if report.gate:
        yield from (_gated(line, report.gate) for line in report.gate.lines if line.gates)
    if score := report.score:  # with points, a quality that is not known was not asked for
        known = [one for one in score.gates if one.value is not None or score.points is None]
        yield from map(_quality, known)


def _limit(verdict: Verdict) -> _Case:
    value, low, high = amounts(verdict)
    interval = f" ({low} to {high})" if low and high else ""
    reason = reason_of(verdict)
    told = f"{verdict.metric} is {value or 'unknown'}{interval}, wanted {limit_of(verdict)}"
    return _judged(f"{verdict.metric} {limit_of(verdict)}", verdict.verdict, told, reason)


def _gated(line: GateLine, gate: Gate) -> _Case:
    base, candidate, change, low, high, how = told_of(line)
    interval = f" ({low} to {high})" if low and high else ""
    told = f"{line.metric} is {candidate}, was {base}: {change or 'unknown'}{interval}, by {how}"
    name = f"{line.metric} against {gate.baseline.model}"
    return _judged(name, line.verdict, told, line.why or rule_of(gate))


def _quality(gate: GatePart) -> _Case:
    unit = unit_of(gate.metric)
    least = f"at least {show_metric(gate.metric, gate.least, unit)}"
    value, low, high = (
        "" if one is None else show_metric(gate.metric, one, unit, apart=gate.least)
        for one in (gate.value, gate.low, gate.high)
    )
    interval = f" ({low} to {high})" if low and high else ""
    told = f"{gate.metric} is {value or 'unknown'}{interval}, the profile asks for {least}"
    crossed = gate.verdict == "undecided" and interval
    reason = "the interval holds the limit" if crossed else ""
    return _judged(f"{gate.metric} {least} (profile)", gate.verdict, told, reason)


def _judged(name: str, verdict: str, told: str, reason: str) -> _Case:
    kinds = {"fail": "failure", "undecided": "skipped"}
    if verdict not in kinds:
        return _Case(name)
    told = f"{verdict}: {told}" if verdict == "undecided" else told
    return _Case(name, kinds[verdict], f"{told}; {reason}" if reason else told)


def _class(report: Report) -> str:
    """What viewers group by; a dot would make a package of what is before it."""
    return f"effprof.{report.target.id}.{report.model.name.replace('.', '_')}"


def _timestamp(created: str) -> str:
    """ISO 8601 without an offset, as Ant's schema wants it; what is no time stands as it is."""
    try:
        return datetime.fromisoformat(created).replace(tzinfo=None).isoformat(timespec="seconds")
    except ValueError:
        return _text(created)


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
