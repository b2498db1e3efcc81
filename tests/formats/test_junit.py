"""JUnit's XML: what viewers accept, and that undecided is neither passed nor failed."""

import re
from xml.etree import ElementTree as Xml

import pytest
from msgspec.structs import replace

from effprof.formats.junit import junit
from effprof.report.bundle import Bundle
from effprof.report.judgement import GatePart, Score, Verdict
from effprof.report.report import Report
from tests.formats.sample import FULL, GATE, TINY, UNFINISHED

# Of each element that we write: attributes it must have, those it may have, what may stand in it.
# As in junit-10.xsd of jenkinsci/xunit-plugin.
GRAMMAR: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": ({"name"}, {"time", "classname", "group"}, {"skipped", "error", "failure"}),
    **{kind: (set(), {"type", "message"}, set()) for kind in ("skipped", "error", "failure")},
}


def parsed(*reports: Report) -> Xml.Element:
    """Parsed from bytes, as a viewer does, and held against the grammar."""
    root = Xml.fromstring(junit(Bundle(reports)).encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        must, may, within = GRAMMAR[element.tag]
        assert must <= set(element.attrib) <= must | may
        assert {child.tag for child in element} <= within
        for name in {"tests", "failures", "errors", "skipped"} & set(element.attrib):
            kind = {"tests": "testcase", "failures": "failure", "errors": "error"}.get(name, name)
            assert int(element.attrib[name]) == len(element.findall(f".//{kind}"))
    return root


def endings(root: Xml.Element) -> list[tuple[str, str]]:
    return [
        (case.attrib["name"], case[0].tag if len(case) else "") for case in root.iter("testcase")
    ]


def test_each_verdict_is_a_case() -> None:
    verdicts = (
        Verdict("latency.p90", 0.05, "pass", "s", 0.008, why="at most 50 ms", bound="max"),
        Verdict("size.model", 1e7, "fail", "B", 1.4e7, bound="max"),
        Verdict("latency.p99", 1.0, "undecided", why="at most 1 s; not known: 300 runs"),
    )
    root = parsed(replace(FULL, verdicts=verdicts))
    assert endings(root) == [
        ("finished", ""),
        ("latency.p90 at most 50 ms", ""),
        ("size.model at most 9.54 MiB", "failure"),
        ("latency.p99 at most 1 s", "skipped"),
    ]
    (skipped,) = root.iter("skipped")
    assert skipped.attrib["message"] == (
        "undecided: latency.p99 is unknown, wanted at most 1 s; not known: 300 runs"
    )


def test_a_quality_the_profile_asks_for_is_one_too() -> None:
    gates = (
        GatePart("quality.agreement", 0.9, "fail", 0.8),
        GatePart("quality.accuracy", 0.9, "undecided"),
    )
    root = parsed(replace(TINY, score=Score("edge", gates=gates)))
    assert endings(root)[1:] == [
        ("quality.agreement at least 90 % (profile)", "failure"),
        ("quality.accuracy at least 90 % (profile)", "skipped"),
    ]


def test_a_quality_across_its_least_tells_its_interval() -> None:
    gates = (GatePart("quality.accuracy", 0.98, "undecided", 0.992, 0.9796, 0.997),)
    root = parsed(replace(TINY, score=Score("edge", points=70.0, gates=gates)))
    (skipped,) = root.iter("skipped")
    assert skipped.attrib["message"] == (
        "undecided: quality.accuracy is 99.2 % (97.96 % to 99.7 %), the profile asks for at least "
        "98 %; the interval holds the limit"
    )


def test_a_quality_that_a_score_did_without_is_no_case() -> None:
    gates = (GatePart("quality.agreement", 0.9, "undecided"),)
    root = parsed(replace(TINY, score=Score("edge", points=70.0, gates=gates)))
    assert [name for name, _ in endings(root)] == ["finished"]


def test_a_line_of_a_gate_is_one_unless_it_is_shown_only() -> None:
    again = tuple(
        Verdict(line.metric, 1.0, line.verdict, why="at most 1 % over the baseline's")
        for line in GATE.lines
        if line.gates
    )
    budget = Verdict("latency.p90", 0.05, "pass", why="at most 50 ms")
    root = parsed(replace(TINY, gate=GATE, verdicts=(budget, *again)))
    assert endings(root)[1:] == [
        ("latency.p90 at most 50 ms", ""),
        ("latency.p50 against old.onnx", "failure"),
        ("size.model against old.onnx", ""),
        ("memory.peak against old.onnx", "skipped"),
    ]
    (failure,) = root.iter("failure")
    told = failure.attrib["message"]
    assert told.startswith("latency.p50 is 12 ms, was 10 ms: +20")
    assert "fails above 3 %, passes below 3 %" in told


def test_no_suite_is_empty_and_what_did_not_finish_is_an_error() -> None:
    root = parsed(TINY, UNFINISHED)
    assert endings(root) == [("finished", ""), ("finished", "error")]
    assert [suite.attrib["errors"] for suite in root] == ["0", "1"]


@pytest.mark.parametrize("evil", ['"><x/>&', "\x1b[2J\0", "\udc80\ufffe", "]]>", "<!--"])
def test_a_hostile_name_is_text(evil: str) -> None:
    verdict = Verdict(evil, 1.0, "fail", why=evil)
    model = replace(FULL.model, name=evil)
    root = parsed(replace(FULL, model=model, verdicts=(verdict,), unfinished=evil, created=evil))
    told = re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]", "\ufffd", evil)
    assert root[0].attrib["name"] == f"{told} on edge"
