"""Two reports side by side: what may be compared, the sentence, the beliefs it contradicts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from effprof.base.errors import ReportError
from effprof.judge.compare import compare, pairs
from effprof.report.comparison import Comparison
from effprof.report.report import Metric, OperatorPart, Report, Tensor, WarningPart
from tests.judge.reports import metric, report


def near(key: str, value: float) -> Metric:
    return metric(key, value, value * 0.99, value * 1.01)


def energy(value: float) -> Metric:
    band = metric("energy.inference", value, value / 2.1, value * 2.1, origin="modelled")
    return replace(band, source="cpu-power-model:ccf")


def of(name: str = "base", **given: float | Metric) -> Report:
    """Keys with __ for the dot; counts and sizes without an interval."""
    metrics = {}
    for word, value in given.items():
        key = word.replace("__", ".")
        exact = key.split(".")[0] in ("size", "compute")
        metrics[key] = (
            value
            if isinstance(value, Metric)
            else metric(key, value)
            if exact
            else near(key, value)
        )
    return report(metrics, name=name)


def bound(report_: Report, **shares: float) -> Report:
    operators = tuple(
        OperatorPart(name, "Conv", latency=share, share=share, bound=name)  # type: ignore[arg-type]
        for name, share in shares.items()
    )
    return replace(report_, operators=operators)


def codes(found: Comparison) -> list[str]:
    return [one.code for one in found.findings]


def text(found: Comparison, code: str) -> str:
    return next(one.text for one in found.findings if one.code == code)


# The sentence


def test_the_trade_names_what_was_won_and_what_it_cost() -> None:
    base = of(latency__p50=0.031, size__model=3.9e6, quality__accuracy=0.95)
    other = of(
        latency__p50=0.010,
        size__model=1e6,
        quality__accuracy=metric("quality.accuracy", 0.942, 0.941, 0.943),
    )
    base = replace(
        base,
        metrics={
            **base.metrics,
            "quality.accuracy": metric("quality.accuracy", 0.95, 0.949, 0.951),
        },
    )
    assert compare(base, other).trade == (
        "3.1x faster and 3.9x smaller, for 0.8 points of accuracy"
    )


@pytest.mark.parametrize(
    ("base", "other", "trade"),
    [
        (
            of(latency__p50=1, memory__peak=100),
            of(latency__p50=0.5, memory__peak=200),
            "2.0x faster, for 2.0x more memory; quality was not measured",
        ),
        (
            of(latency__p50=1),
            of(latency__p50=2),
            "nothing gained: 2.0x slower; quality was not measured",
        ),
        (
            of(latency__p50=1),
            of(latency__p50=1.001),
            "nothing that these reports can tell apart; quality was not measured",
        ),
        (
            of(latency__p50=1, quality__accuracy=0.9),
            of(latency__p50=0.95, quality__accuracy=0.9),
            "5.3 % faster, at no cost seen here; same accuracy",
        ),
        (
            of(latency__p50=20, energy__inference=energy(1)),
            of(latency__p50=1, energy__inference=energy(3), quality__agreement=0.99),
            "20x faster, for 3.0x more energy (modelled); "
            "it answers as its reference in 99 % of items",
        ),
    ],
)
def test_the_trade(base: Report, other: Report, trade: str) -> None:
    assert compare(base, other).trade == trade


def shares(**given: tuple[float, float, int]) -> dict[str, Metric]:
    """Value, half the interval, and items of a quality."""
    return {
        f"quality.{name}": replace(
            metric(f"quality.{name}", value, value - half, value + half), n=items
        )
        for name, (value, half, items) in given.items()
    }


def answering(seconds: float, **given: tuple[float, float, int]) -> Report:
    one = of(latency__p50=seconds)
    return replace(one, metrics={**one.metrics, **shares(**given)})


@pytest.mark.parametrize(
    ("base", "other", "trade"),
    [
        (
            answering(1.0, accuracy=(0.99, 0.01, 500), agreement=(0.99, 0.01, 500)),
            answering(0.01, accuracy=(0.99, 0.01, 500), agreement=(0.3, 0.04, 500)),
            "100x faster, for 69 points of agreement with its reference; same accuracy",
        ),
        (
            answering(1.0, agreement=(0.99, 0.01, 500)),
            answering(0.01, agreement=(0.3, 0.04, 500)),
            "100x faster, for 69 points of agreement with its reference",
        ),
        (
            answering(1.0, accuracy=(0.9, 0.01, 500), agreement=(0.9, 0.01, 500)),
            answering(1.0, accuracy=(0.5, 0.01, 500), agreement=(0.5, 0.01, 500)),
            "nothing gained: 40 points of accuracy",
        ),
        (
            answering(1.0),
            answering(0.01, agreement=(0.3, 0.04, 500)),
            "100x faster; it answers as its reference in 30 % of 500 items",
        ),
        (
            answering(1.0, accuracy=(0.97, 0.06, 35)),
            answering(0.5, accuracy=(0.35, 0.2, 17)),
            "2.0x faster, for 62 points of accuracy (17 items against 35)",
        ),
        (
            answering(1.0, accuracy=(0.97, 0.06, 35)),
            answering(0.5, accuracy=(1.0, 0.1, 33)),
            "2.0x faster, at no cost seen here; "
            "accuracy cannot be told apart (33 items against 35)",
        ),
        (
            answering(1.0, accuracy=(0.97, 0.06, 35)),
            of(latency__p50=0.5),
            "2.0x faster, at no cost seen here; quality is not known of both",
        ),
        (
            of(latency__p50=1, quality__max_error=1.0),
            of(latency__p50=0.5, quality__max_error=3.0),
            "2.0x faster, for a largest error 3.0x larger",
        ),
    ],
)
def test_every_quality_that_is_worse_is_a_cost(base: Report, other: Report, trade: str) -> None:
    assert compare(base, other).trade == trade


def bare(seconds: float, **given: float) -> Report:
    """What has no classes to count has a cosine and a largest error, and no interval of either."""
    one = of(latency__p50=seconds)
    found = {
        f"quality.{name}": replace(metric(f"quality.{name}", value), n=500)
        for name, value in given.items()
    }
    return replace(one, metrics={**one.metrics, **found})


@pytest.mark.parametrize(
    ("worse", "told"),
    [
        ({"latency__p99": 2.0, "latency__p90": 0.5}, "2.0x faster, for latency.p99 100x worse"),
        ({"latency__load": 1.0}, "2.0x faster, for latency.load 50x worse"),
        ({"memory__steady": 3e6}, "2.0x faster, for memory.steady 3.0x worse"),
        ({"throughput__items": 1.0}, "2.0x faster, for throughput.items 100x worse"),
        ({"utilization__cpu": 0.1}, "2.0x faster, at no cost seen here"),
    ],
)
def test_what_is_worse_and_has_no_words_of_its_own_is_a_cost_by_name(
    worse: dict[str, float], told: str
) -> None:
    there = {
        "latency__p50": 0.01,
        "latency__p90": 0.015,
        "latency__p99": 0.02,
        "latency__load": 0.02,
        "memory__steady": 1e6,
        "throughput__items": 100.0,
        "utilization__cpu": 0.9,
    }
    found = compare(of("base", **there), of("other", **{**there, "latency__p50": 0.005, **worse}))
    assert found.trade.startswith(told)
    assert ("no cost" in found.trade) == ("no cost" in told)


def test_a_quality_that_no_interval_judges_is_named_and_not_called_free() -> None:
    base = bare(1.0, cosine=0.973, max_error=6.7)
    assert compare(base, bare(0.01, cosine=0.1, max_error=6000.0)).trade == (
        "100x faster; cosine to its reference 0.973 to 0.1, no interval"
    )
    assert compare(base, bare(0.01, cosine=0.98, max_error=6.0)).trade == (
        "100x faster, at no cost seen here; cosine to its reference 0.973 to 0.98, no interval"
    )
    assert compare(bare(1.0), bare(0.01, cosine=0.1)).trade == (
        "100x faster; cosine to its reference 0.1"
    )
    assert compare(bare(1.0, max_error=6.7), bare(0.01, max_error=6.7)).trade == (
        "100x faster, at no cost seen here; same largest error"
    )


# What may be compared


def changed(one: Report, what: str) -> Report:
    settings = {"threads": 1}
    ways: dict[str, dict[str, Any]] = {
        "target": {"target": replace(one.target, id="else")},
        "backend": {"target": replace(one.target, backend="else")},
        "scenario": {"scenario": replace(one.scenario, name="server")},
        "batch": {"scenario": replace(one.scenario, batch=8)},
        "rate": {"scenario": replace(one.scenario, rate=40.0)},
        "threads": {"target": replace(one.target, settings=settings)},
        "inputs": {"model": replace(one.model, inputs=(Tensor("x", "float32", (1, 9)),))},
        "host": {"host": replace(one.host, fingerprint="else")},
    }
    return replace(one, **ways[what])


@pytest.mark.parametrize(
    "what", ["target", "backend", "scenario", "batch", "rate", "threads", "inputs", "host"]
)
def test_what_cannot_be_compared_is_refused_by_name(what: str) -> None:
    base = of(latency__p50=1.0)
    with pytest.raises(ReportError, match=rf"\b{what} ") as caught:
        compare(base, changed(base, what))
    assert "--anyway" in caught.value.hint
    shown = compare(base, changed(base, what), anyway=True)
    assert shown.trade.startswith(f"not like for like ({what}): ")
    assert [one.what for one in shown.unlike if one.refuses] == [what]


def test_two_machines_say_nothing_of_a_belief() -> None:
    base = of(latency__p50=1.0, compute__macs=100.0)
    other = of(latency__p50=1.0, compute__macs=10.0)
    assert codes(compare(base, other)) == ["fewer-macs-not-faster"]
    apart = replace(other, target=replace(other.target, id="else"))
    assert codes(compare(base, apart, anyway=True)) == []


def swept(peak: float, best: int, cost: float) -> Report:
    one = of(
        latency__p50=best * 1.0,
        throughput__peak=peak,
        cost__million=metric("cost.million", cost, cost * 0.99, cost * 1.01),
    )
    rows = tuple({"batch": float(size), "throughput": 1.0} for size in (1, 8, 32))
    scenario = replace(one.scenario, name="offline", batch=best)
    model = replace(one.model, inputs=(Tensor("x", "float32", (best, 8)),))
    return replace(one, scenario=scenario, sweep=rows, model=model)


def test_two_sweeps_are_compared_by_throughput_whichever_batch_was_best() -> None:
    found = compare(swept(100.0, 32, 4.0), swept(300.0, 8, 1.0))
    assert found.trade.startswith("3.0x more throughput and 4.0x cheaper, at no cost seen here")
    assert [(one.base, one.other, one.refuses) for one in found.unlike] == [("32", "8", False)]
    assert "latency.p50" not in {one.metric for one in found.rows}
    same = compare(swept(100.0, 8, 4.0), swept(300.0, 8, 1.0))
    assert not same.unlike
    assert "latency.p50" in {one.metric for one in same.rows}


def test_sweeps_over_other_batches_are_refused() -> None:
    base = swept(100.0, 32, 4.0)
    with pytest.raises(ReportError, match="batch 1, 8, 32 against 1, 8"):
        compare(base, replace(base, sweep=base.sweep[:2]))


def test_a_host_that_read_nothing_does_not_matter() -> None:
    emulated = metric("latency.p50", 1.0, 0.9, 1.1, origin="emulated")
    one = report({"latency.p50": emulated, "size.model": metric("size.model", 3.0)})
    assert compare(one, changed(one, "host")).unlike == ()


def test_axes_that_a_converter_moved_are_the_same_inputs() -> None:
    one = of(latency__p50=1.0)
    first = replace(one, model=replace(one.model, inputs=(Tensor("x", "float32", (1, 3, 8, 8)),)))
    second = replace(one, model=replace(one.model, inputs=(Tensor("y", "int8", (1, 8, 8, 3)),)))
    assert compare(first, second).unlike == ()


def test_versions_and_values_are_marked_and_not_refused() -> None:
    one = of(latency__p50=1.0)
    tensor = Tensor("x", "float32", (1, 8), "random in [0, 1)")
    first = replace(one, model=replace(one.model, inputs=(tensor,)))
    second = replace(
        one,
        model=replace(one.model, inputs=(replace(tensor, values="heldout.npz"),)),
        host=replace(one.host, packages={"onnxruntime": "1.24.4"}),
    )
    found = compare(first, second)
    assert [one.what for one in found.unlike] == ["values of the inputs", "onnxruntime"]
    assert not found.trade.startswith("not like")


def test_an_unfinished_report_is_refused() -> None:
    one = of(latency__p50=1.0)
    with pytest.raises(ReportError, match="was not finished: interrupted"):
        compare(one, replace(one, unfinished="interrupted"), anyway=True)


def test_warnings_that_could_explain_a_difference_are_repeated() -> None:
    noisy = replace(
        of("b", latency__p50=1.0),
        warnings=(
            WarningPart("noisy-host", "others used 40 %", "-"),
            WarningPart("assumed", "", ""),
        ),
    )
    assert compare(of(latency__p50=1.0), noisy).cautions == ("b: noisy-host: others used 40 %",)


def test_several_targets_are_held_against_their_own_base() -> None:
    edge, phone = of("edge"), changed(of("phone"), "target")
    assert pairs([edge, phone], [phone, edge]) == [(phone, phone), (edge, edge)]
    assert pairs([edge], [phone]) == [(edge, phone)]


# Beliefs


def test_fewer_macs_that_are_not_faster_and_the_bound_that_explains_it() -> None:
    base = of(latency__p50=1.0, compute__macs=100)
    other = bound(of(latency__p50=1.0, compute__macs=31), memory=0.71, compute=0.29)
    assert text(compare(base, other), "fewer-macs-not-faster") == (
        "3.2x fewer MACs, no faster that can be told, 0.986x to 1.01x the time (latency.p50): "
        "71 % of its time is bound by memory bandwidth"
    )
    little = of(latency__p50=0.8, compute__macs=31)
    assert "1.2x faster (latency.p50): what binds it is not known" in text(
        compare(base, little), "fewer-macs-not-faster"
    )


def noisy(seconds: float, factor: float, macs: float = 100) -> Report:
    band = metric("latency.p50", seconds, seconds / factor, seconds * factor)
    return of(latency__p50=band, compute__macs=macs)


def test_a_gain_that_may_be_as_promised_contradicts_nothing() -> None:
    base = noisy(1.0, 1.05)
    assert codes(compare(base, noisy(0.8, 1.6, macs=80))) == []
    assert codes(compare(base, noisy(0.8, 1.6, macs=20))) == ["fewer-macs-not-faster"]


def test_int8_whose_time_cannot_be_told_is_not_said_to_take_as_much() -> None:
    base, other = noisy(1.0, 1.3), noisy(0.74, 1.3)
    other = replace(other, model=replace(other.model, precision="int8"))
    told = text(compare(base, other), "int8-without-gain")
    assert told.startswith("int8 takes no less time that can be told, 0.511x to 1.07x the time on")


def test_a_profiler_that_stretches_is_not_quoted_to_the_percent() -> None:
    base = of(latency__p50=1.0, compute__macs=100)
    other = bound(of(latency__p50=1.0, compute__macs=31), overhead=0.9)
    other = replace(other, warnings=(WarningPart("profiler-overhead", "", ""),))
    told = text(compare(base, other), "fewer-macs-not-faster")
    assert "90 %" not in told
    assert "is bound by overhead" in told


def test_faster_but_hungrier() -> None:
    base = of(latency__p50=1.0, energy__inference=energy(1))
    other = of(latency__p50=0.5, energy__inference=energy(2))
    assert "2x faster, and 2x the energy of an item: it draws 4x the power" in text(
        compare(base, other), "faster-but-hungrier"
    )


def test_int8_without_gain_on_this_host() -> None:
    base = of(latency__p50=1.0, size__model=400)
    other = of(latency__p50=1.3, size__model=100)
    other = replace(other, model=replace(other.model, precision="int8"))
    told = text(compare(base, other), "int8-without-gain")
    assert told.startswith("int8 takes 1.3x the time on cpu (latency.p50): what binds it")
    assert told.endswith("what it bought is 4x less size")
    faster = replace(of(latency__p50=0.5), model=other.model)
    assert codes(compare(base, faster)) == []


def test_precision_is_that_of_the_deployed_model() -> None:
    base = of(latency__p50=1.0)
    made = {"to": "tflite", "precision": "int8"}
    other = replace(base, model=replace(base.model, precision="fp32", converted=made))
    assert codes(compare(base, other)) == ["int8-without-gain"]


def test_a_better_median_that_hides_a_worse_tail() -> None:
    base = of(latency__p50=1.0, latency__p99=2.0)
    other = of(latency__p50=0.8, latency__p99=3.0)
    assert codes(compare(base, other)) == ["median-hides-the-tail"]


def test_a_smaller_file_that_holds_the_same_memory() -> None:
    base = of(size__model=400, memory__peak=3e7)
    other = of(size__model=100, memory__peak=2.9e7)
    assert codes(compare(base, other)) == ["smaller-file-same-memory"]


def test_nothing_is_said_without_evidence() -> None:
    base = of(latency__p50=1.0, compute__macs=100, size__model=400, memory__peak=3e7)
    other = of(latency__p50=0.1, compute__macs=10, size__model=100, memory__peak=1e7)
    assert codes(compare(base, other)) == []
    assert codes(compare(base, base)) == []
    assert codes(compare(of(), of())) == []


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0.1, 10))
def test_a_report_against_itself_tells_nothing_apart(a: float, b: float, c: float) -> None:
    one = of(latency__p50=a, memory__peak=b, size__model=c)
    assert {line.verdict for line in compare(one, one).rows} <= {"undecided", "same"}
