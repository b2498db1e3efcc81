"""Advice, rule by rule: said with its evidence, silent without it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from effprof.judge.advice import RULES, advise
from effprof.judge.score import score
from effprof.profile import Aim, Profile
from effprof.report.judgement import AdvicePart
from effprof.report.report import Metric, OperatorPart, Report, WarningPart
from tests.judge.reports import metric, report

MIB = 1 << 20


def of(*metrics: tuple[str, float, float, float], **parts: Any) -> Report:
    found = {key: metric(key, value, low, high) for key, value, low, high in metrics}
    return replace(report(found), **parts)


def operators(*rows: tuple[str, str, float]) -> tuple[OperatorPart, ...]:
    """Type, bound, share."""
    return tuple(
        OperatorPart(f"n{at}", kind, share=share, bound=bound)  # type: ignore[arg-type]
        for at, (kind, bound, share) in enumerate(rows)
    )


def threads(one: Report, count: int) -> Report:
    return replace(one, target=replace(one.target, settings={"threads": count}))


def warned(one: Report, code: str) -> Report:
    return replace(one, warnings=(WarningPart(code, "", ""),))


def codes(one: Report) -> list[str]:
    return [part.code for part in advise(one)]


def said(one: Report) -> AdvicePart:
    (only,) = advise(one)
    return only


def precise(one: Report, precision: str) -> Report:
    return replace(one, model=replace(one.model, precision=precision))


MEMORY = operators(
    ("DepthwiseConv", "memory", 0.5), ("Add", "memory", 0.12), ("Conv", "compute", 0.38)
)


def test_memory_bound() -> None:
    part = said(precise(of(operators=MEMORY), "fp32"))
    assert part.text == (
        "62 % of the time is bound by memory bandwidth, most of it in DepthwiseConv: "
        "int8 will help more than pruning"
    )
    assert part.evidence == {"memory_bound_share": pytest.approx(0.62)}
    assert "int8 will help" not in said(precise(of(operators=MEMORY), "int8")).text


def test_compute_bound() -> None:
    part = said(of(operators=operators(("Conv", "compute", 0.7), ("Add", "memory", 0.3))))
    assert part.code == "compute-bound"
    assert part.text.startswith("70 % of the time is bound by arithmetic, most of it in Conv")


def test_overhead_bound_by_the_operators() -> None:
    one = of(operators=operators(("Add", "overhead", 0.8), ("Conv", "compute", 0.2)))
    assert said(one).code == "overhead-bound"
    assert "one thread" not in said(one).text
    assert "one thread" in said(threads(one, 4)).text


def test_overhead_bound_by_the_distance_from_both_ceilings() -> None:
    far = of(("utilization.compute", 0.04, 0.03, 0.05), ("utilization.memory", 0.02, 0.02, 0.03))
    assert said(far).text.startswith("at 4 % of the arithmetic and 2 % of the bandwidth, it is")
    assert said(far).evidence == {
        "utilization_compute": 0.04,
        "utilization_compute_high": 0.05,
        "utilization_memory": 0.02,
        "utilization_memory_high": 0.03,
    }
    near = of(("utilization.compute", 0.04, 0.03, 0.05), ("utilization.memory", 0.09, 0.08, 0.11))
    assert codes(near) == []
    assert codes(of(("utilization.compute", 0.04, 0.03, 0.05))) == []


@pytest.mark.parametrize("code", ["profiler-overhead", "operators-not-counted", "ceiling-exceeded"])
def test_shares_that_are_not_what_they_seem_are_no_evidence(code: str) -> None:
    for bound in ("memory", "compute", "overhead"):
        assert codes(warned(of(operators=operators(("Conv", bound, 0.9))), code)) == []


def test_bounds_are_silent_where_no_one_has_half() -> None:
    thirds = operators(("A", "memory", 0.4), ("B", "compute", 0.3), ("C", "overhead", 0.3))
    assert codes(of(operators=thirds)) == []
    assert codes(of(operators=(OperatorPart("n", "Conv"),))) == []


TAIL = of(("latency.jitter", 2.1, 1.5, 2.6))


def test_long_tail() -> None:
    assert said(TAIL).text.startswith("the p99 is 3.1x the p50 on a machine that was quiet")
    assert codes(of(("latency.jitter", 2.1, 0.9, 2.6))) == []
    assert codes(of()) == []


@pytest.mark.parametrize("code", ["noisy-host", "stolen-time", "bimodal-trials"])
def test_a_tail_that_a_warning_explains_is_not_the_models(code: str) -> None:
    assert codes(warned(TAIL, code)) == []


def test_slow_first_run() -> None:
    cold = of(("latency.first", 0.4, 0.3, 0.5), ("latency.p50", 0.01, 0.009, 0.011))
    assert said(cold).text.startswith("the first run takes 400 ms, 40x the p50")
    warm = of(("latency.first", 0.04, 0.03, 0.05), ("latency.p50", 0.01, 0.009, 0.011))
    assert codes(warm) == []
    quick = of(("latency.first", 8e-4, 7e-4, 9e-4), ("latency.p50", 1e-5, 9e-6, 1.1e-5))
    assert codes(quick) == []


def test_memory_is_the_runtime() -> None:
    load, peak = (
        ("memory.load", 27.8 * MIB, 27 * MIB, 28 * MIB),
        ("memory.peak", 28.5 * MIB, 28 * MIB, 29 * MIB),
    )
    small = of(load, peak, ("size.model", 24e3, 24e3, 24e3))
    assert said(small).code == "memory-is-the-runtime"
    assert said(small).text.startswith(
        "27.8 MiB of the 28.5 MiB at the peak are there once the model"
    )
    assert codes(of(load, peak, ("size.model", 20e6, 20e6, 20e6))) == []
    assert (
        codes(
            of(
                load,
                ("memory.peak", 60 * MIB, 59 * MIB, 61 * MIB),
                ("size.model", 24e3, 24e3, 24e3),
            )
        )
        == []
    )
    assert codes(of(load, peak)) == []


def sweep(*rows: tuple[float, float]) -> tuple[dict[str, float], ...]:
    return tuple(
        {"batch": batch, "throughput": rate, "low": rate * 0.98, "high": rate * 1.02}
        for batch, rate in rows
    )


def test_batches() -> None:
    pays = said(of(sweep=sweep((1, 100), (8, 400), (32, 380))))
    assert pays.text.startswith("a batch of 8 serves 4.0x as many items a second as one of 1")
    nothing = said(of(sweep=sweep((1, 100), (8, 102))))
    assert nothing.code == "batch-buys-nothing"
    assert codes(of(sweep=sweep((1, 100), (8, 130)))) == []
    assert codes(of(sweep=sweep((1, 100)))) == []


def test_idle_threads() -> None:
    idle = threads(of(("utilization.cpu", 0.4, 0.38, 0.42)), 4)
    assert said(idle).text.startswith("the 4 threads were busy 40 % of the time")
    assert codes(threads(of(("utilization.cpu", 0.4, 0.38, 0.42)), 1)) == []
    assert codes(threads(of(("utilization.cpu", 0.9, 0.88, 0.92)), 4)) == []
    assert codes(warned(idle, "noisy-host")) == []


PROFILE = Profile(
    "p",
    "edge",
    "",
    (Aim("latency.p99", 50.0, 0.01, 1.0, ""), Aim("size.model", 50.0, 1e3, 1e6, "")),
)


def judged(latency: float, size: float) -> Report:
    one = report(
        {"latency.p99": metric("latency.p99", latency), "size.model": metric("size.model", size)}
    )
    return replace(one, score=score(one, PROFILE))


def test_what_costs_the_points() -> None:
    part = said(judged(0.5, 1e3))
    assert part.text == (
        "most of what is missing from the score is latency.p99, 500 ms where 10 ms is good: with "
        "full credit there it would be 100"
    )
    assert part.evidence["points_with_full_credit"] == pytest.approx(100)
    assert codes(judged(0.012, 1e3)) == []
    assert codes(report({})) == []


def test_a_metric_whose_interval_may_have_full_credit_is_not_blamed() -> None:
    wide = metric("latency.p99", 0.5, 0.01, 0.9)
    one = report({"latency.p99": wide, "size.model": metric("size.model", 1e5)})
    assert codes(replace(one, score=score(one, PROFILE))) == []


def test_an_unfinished_report_gets_none() -> None:
    assert codes(replace(TAIL, unfinished="interrupted")) == []


LOOKED_AT = (
    *("latency.p99", "latency.p50", "latency.first", "latency.jitter", "memory.load"),
    *("memory.peak", "size.model", "utilization.cpu", "utilization.compute", "utilization.memory"),
)
NUMBERS = st.floats(-1e300, 1e300)


@st.composite
def anything(draw: st.DrawFn) -> Report:
    found: dict[str, Metric] = {}
    for key in LOOKED_AT:
        low, value, high = sorted(draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
        found[key] = metric(key, value, low, high)
    rows = draw(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=3))
    one = replace(report(found), sweep=tuple({"batch": a, "throughput": b} for a, b in rows))
    return threads(replace(one, score=score(one, PROFILE)), 2)


@given(anything())
@settings(max_examples=60, deadline=None)
def test_no_report_breaks_a_rule(one: Report) -> None:
    assert len(advise(one)) <= len(RULES)
    for part in advise(one):
        assert part.text
        assert part.evidence
        assert all(abs(value) < float("inf") for value in part.evidence.values())
