"""Lines, Holm among them, and one verdict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from effprof.base.vocabulary import VerdictName
from effprof.formats.gate_text import limits_of
from effprof.gate import judgement
from effprof.gate.decide import Rule
from effprof.gate.run import Found, Wanted
from effprof.gate.steady import line
from effprof.report.gate import GateLine
from effprof.report.report import Metric, MissingPart
from tests.judge.reports import metric, report

VERDICTS: st.SearchStrategy[VerdictName] = st.sampled_from(["pass", "fail", "undecided"])


def raced(verdict: VerdictName, p: float) -> GateLine:
    return GateLine("latency.p50", "s", verdict, "paired", p=p)


@given(st.lists(VERDICTS))
def test_one_verdict_of_many(verdicts: list[VerdictName]) -> None:
    found = judgement.worst(verdicts)
    assert (found == "fail") == ("fail" in verdicts)
    assert (found == "pass") == (bool(verdicts) and set(verdicts) == {"pass"})


def test_a_fail_must_hold_among_all_comparisons() -> None:
    several = [(raced("fail", 0.02),), (raced("pass", 0.9),), (raced("fail", 1e-5),)]
    (first,), (second,), (third,) = judgement.corrected(several)
    assert (first.verdict, second.verdict, third.verdict) == ("undecided", "pass", "fail")
    assert first.why is not None
    assert "3 comparisons" in first.why


def test_an_early_stop_by_bonferroni_may_still_fall_by_holm() -> None:
    several = [(raced("fail", 0.001),), (raced("undecided", 0.02),)]
    assert [lines[0].verdict for lines in judgement.corrected(several)] == ["fail", "fail"]


def test_exact_lines_take_no_part_in_the_correction() -> None:
    exact = GateLine("size.model", "B", "fail", "exact")
    (first, second), *_ = judgement.corrected([(exact, raced("fail", 0.02))])
    assert (first.verdict, second.verdict) == ("fail", "fail")


def test_quality_that_was_sought_and_not_had_is_owed() -> None:
    accuracy, size = metric("quality.accuracy", 0.9), metric("size.model", 1.0)
    both = report({"quality.accuracy": accuracy, "size.model": size})
    bare = report({"size.model": size})
    spoilt = report({"size.model": size}, MissingPart("quality.accuracy", "answers NaN"))
    for base, candidate, owed in (
        (both, both, True),
        (both, spoilt, True),
        (both, bare, False),
        (bare, both, False),
    ):
        found = judgement.lines(Found(base, candidate), Wanted(Rule()), "model")
        assert ("quality.accuracy" in [one.metric for one in found]) == owed
        told = judgement.ungated(found[1:])
        assert (told is not None) == (candidate is spoilt)


def test_what_was_not_looked_at_is_named() -> None:
    exact = GateLine("size.model", "B", "pass", "exact", base=1.0, candidate=1.0, ratio=1.0)
    raced = GateLine("latency.p50", "s", "undecided", "paired", base=1.0, candidate=1.0, workers=3)
    few = replace(raced, why="3 of the 4 workers that a verdict takes")
    noisy = replace(raced, ratio=1.02, low=0.9, high=1.1, workers=12)
    unknown = GateLine("latency.p99", "s", "undecided", "exact", why="needs 459 runs")
    shown = GateLine("energy.inference", "J", "undecided", "apart", gates=False, base=1.0)
    assert judgement.ungated([exact, noisy, shown]) is None
    assert judgement.ungated([exact, few]) == f"latency.p50 was not gated: {few.why}"
    assert judgement.ungated([unknown, exact]) == "latency.p99 was not gated: needs 459 runs"
    assert judgement.ungated([shown]) == "nothing was gated: energy.inference is shown only"


def test_no_limit_is_made_of_a_baseline_that_is_not_known() -> None:
    size = metric("size.model", 100.0)
    found = Found(report({"size.model": size}), report({"size.model": size}))
    lines = judgement.lines(found, Wanted(Rule(), ("size.model", "latency.p99")), "model")
    told = judgement.report(found, lines, Wanted(Rule()))
    assert [(one.metric, one.limit) for one in told.verdicts] == [("size.model", 101.0)]
    assert limits_of(told) == ()
    assert told.unfinished is not None
    assert told.unfinished.startswith("latency.p99 was not gated: not known of the baseline")


def judged(metric: str, base: Metric, other: Metric, **options: bool) -> GateLine:
    return line(
        metric,
        report({metric: base}),
        report({metric: other}),
        Rule(),
        allow_modelled=options.get("allow_modelled", False),
    )


def emulated(value: float, low: float, high: float) -> Metric:
    return Metric(value, "1", "emulated", "emulator", low, high)


@pytest.mark.parametrize(
    ("cycles", "verdict"), [(1000, "pass"), (900, "pass"), (1009, "pass"), (1011, "fail")]
)
def test_cycles_gate_exactly_whatever_the_band_of_the_timing(
    cycles: float, verdict: VerdictName
) -> None:
    found = judged(
        "compute.cycles", emulated(1000, 800, 1200), emulated(cycles, 0.8 * cycles, 1.2 * cycles)
    )
    assert (found.verdict, found.how) == (verdict, "exact")


@pytest.mark.parametrize(("accuracy", "verdict"), [(0.98, "pass"), (0.969, "fail"), (0.99, "pass")])
def test_quality_gates_in_points_on_the_same_items(accuracy: float, verdict: VerdictName) -> None:
    base = Metric(0.98, "1", "measured", "labels", 0.9, 0.99, 500)
    other = Metric(accuracy, "1", "measured", "labels", accuracy - 0.1, 1.0, 500)
    found = judged("quality.accuracy", base, other)
    assert found.verdict == verdict
    assert found.difference == pytest.approx(accuracy - 0.98)


def test_memory_is_judged_by_its_interval() -> None:
    base = Metric(100e6, "B", "measured", "proc", 99e6, 101e6, 3)
    assert judged("memory.peak", base, base).verdict == "pass"
    more = Metric(110e6, "B", "measured", "proc", 109e6, 111e6, 3)
    assert judged("memory.peak", base, more).verdict == "fail"
    wide = Metric(104e6, "B", "measured", "proc", 95e6, 113e6, 3)
    assert judged("memory.peak", base, wide).verdict == "undecided"


def test_modelled_energy_never_fails_unless_it_is_let() -> None:
    base = Metric(1.0, "J", "modelled", "cpu-power-model:ccf", 0.5, 2.0)
    more = Metric(10.0, "J", "modelled", "cpu-power-model:ccf", 5.0, 20.0)
    shown = judged("energy.inference", base, more)
    assert not shown.gates
    assert judged("energy.inference", base, more, allow_modelled=True).verdict == "fail"


def test_what_is_not_known_is_no_pass() -> None:
    known = Metric(1.0, "J", "measured", "rapl", 0.9, 1.1, 5)
    found = line("energy.inference", report({"energy.inference": known}), report({}), Rule())
    assert found.verdict == "undecided"
    assert found.why is not None
    assert "candidate" in found.why
