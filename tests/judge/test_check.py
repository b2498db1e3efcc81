import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from effprof.base.vocabulary import VerdictName
from effprof.budget import Bound, Budget, Limit
from effprof.judge.check import check, exit_code
from effprof.report.judgement import Verdict
from effprof.report.report import MissingPart
from tests.judge.reports import metric, report

NUMBERS = st.floats(0, 1e6)


def judged(bound: Bound, limit: float, value: float, low: float | None, high: float | None) -> str:
    wanted = Budget("b", "", (Limit("utilization.cpu", bound, limit, "so", ""),))
    (verdict,) = check(
        report({"utilization.cpu": metric("utilization.cpu", value, low, high)}), wanted
    )
    return verdict.verdict


@pytest.mark.parametrize(
    ("bound", "value", "low", "high", "verdict"),
    [
        ("max", 8, 7, 9, "pass"),
        ("max", 8, 7, 10, "pass"),
        ("max", 12, 11, 13, "fail"),
        ("max", 12, 10, 13, "undecided"),
        ("max", 9, 8, 10.1, "undecided"),
        ("max", 10, None, None, "pass"),
        ("max", 10.1, None, None, "fail"),
        ("min", 12, 11, 13, "pass"),
        ("min", 12, 10, 13, "pass"),
        ("min", 8, 7, 9, "fail"),
        ("min", 9, 8, 10, "undecided"),
        ("min", 11, 9.9, 12, "undecided"),
        ("min", 10, None, None, "pass"),
        ("min", 9.9, None, None, "fail"),
    ],
)
def test_the_interval_decides(
    bound: Bound, value: float, low: float | None, high: float | None, verdict: str
) -> None:
    assert judged(bound, 10, value, low, high) == verdict


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["max", "min"]))
def test_what_passes_a_limit_passes_a_looser_one(
    a: float, b: float, c: float, limit: float, bound: Bound
) -> None:
    low, value, high = sorted((a, b, c))
    looser = limit * 2 if bound == "max" else limit / 2
    order = ["fail", "undecided", "pass"]
    strict = order.index(judged(bound, limit, value, low, high))
    assert order.index(judged(bound, looser, value, low, high)) >= strict


def test_a_verdict_says_the_limit_as_it_was_written() -> None:
    wanted = Budget("b", "", (Limit("latency.p90", "max", 0.05, "50 ms", "quick"),))
    found = check(report({"latency.p90": metric("latency.p90", 0.05, 0.04, 0.06)}), wanted)
    assert found == (
        Verdict(
            metric="latency.p90",
            limit=0.05,
            verdict="undecided",
            unit="s",
            value=0.05,
            low=0.04,
            high=0.06,
            why="at most 50 ms; the interval holds the limit",
            bound="max",
        ),
    )


def test_a_missing_metric_is_undecided_and_says_why() -> None:
    limits = (
        Limit("latency.p90", "max", 0.05, "50 ms", ""),
        Limit("power.mean", "min", 1.0, "1 W", ""),
    )
    lacking = MissingPart("latency.p90", "needs 44 runs, had 30")
    first, second = check(report({}, lacking), Budget("b", "", limits))
    assert (first.verdict, second.verdict) == ("undecided", "undecided")
    assert first.why == "at most 50 ms; not known: needs 44 runs, had 30"
    assert second.why == "at least 1 W; not known: the report does not have it"
    assert first.value is None


def test_nothing_passes_on_an_unfinished_measurement() -> None:
    values = {"latency.p90": metric("latency.p90", 0.04), "memory.peak": metric("memory.peak", 9e9)}
    limits = (
        Limit("latency.p90", "max", 0.05, "50 ms", ""),
        Limit("memory.peak", "max", 2e9, "2 GB", ""),
    )
    cut_short = replace(report(values), unfinished="interrupted")
    first, second = check(cut_short, Budget("b", "", limits))
    assert (first.verdict, second.verdict) == ("undecided", "fail")
    assert first.why == "at most 50 ms; not finished: interrupted"


@pytest.mark.parametrize(
    ("verdicts", "undecided", "code"),
    [
        ((), None, 0),
        (("pass",), None, 0),
        (("pass", "undecided"), None, 5),
        (("undecided", "fail"), None, 1),
        (("undecided", "fail"), "pass", 1),
        (("undecided",), "pass", 0),
        (("pass", "undecided"), "fail", 1),
        (("pass",), "fail", 0),
    ],
)
def test_exit_codes(verdicts: tuple[VerdictName, ...], undecided: str | None, code: int) -> None:
    given_verdicts = [Verdict("latency.p90", 1.0, verdict) for verdict in verdicts]
    assert exit_code(given_verdicts, undecided) == code  # type: ignore[arg-type]
