"""A ratio of two figures, its interval, and what it decides."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from effprof.base.metrics import CATALOGUE
from effprof.base.stats import wilson
from effprof.judge.ratio import RESIDUAL, between, row
from effprof.report.report import Metric
from tests.judge.reports import metric

POSITIVE = st.floats(1e-9, 1e9)
WIDER = st.floats(1, 100)


def banded(key: str, value: float, factor: float = 1.0) -> Metric:
    return metric(key, value, value / factor, value * factor)


@pytest.mark.parametrize(
    ("key", "base", "other", "verdict"),
    [
        ("latency.p50", (10, 9.9, 10.1), (5, 4.9, 5.1), "better"),
        ("latency.p50", (5, 4.9, 5.1), (10, 9.9, 10.1), "worse"),
        ("latency.p50", (10, 9, 11), (10.5, 9.5, 11.5), "undecided"),
        ("throughput.items", (10, 9.9, 10.1), (5, 4.9, 5.1), "worse"),
        ("quality.accuracy", (0.9, 0.88, 0.92), (0.7, 0.67, 0.73), "worse"),
        ("quality.accuracy", (0.9, 0.88, 0.92), (0.9, 0.88, 0.92), "undecided"),
        ("size.model", (100, None, None), (100, None, None), "same"),
        ("size.model", (100, None, None), (99, None, None), "better"),
        ("compute.macs", (100, None, None), (10, None, None), None),
        ("deadline.miss_rate", (0.0, 0.0, 0.01), (0.2, 0.15, 0.25), "worse"),
    ],
)
def test_verdicts(
    key: str,
    base: tuple[float, float | None, float | None],
    other: tuple[float, float | None, float | None],
    verdict: str | None,
) -> None:
    assert row(key, metric(key, *base), metric(key, *other)).verdict == verdict


def test_mover_of_alike_log_normal_bands_is_the_textbook_one() -> None:
    """Two arms of a factor 2 make one of 2 to the power of the square root of 2."""
    span = between(banded("latency.p50", 4, 2), banded("latency.p50", 8, 2), "ratio")
    assert span == pytest.approx((2.0, 2 / 2 ** math.sqrt(2), 2 * 2 ** math.sqrt(2)))


def test_the_difference_of_two_shares_is_newcombes() -> None:
    """Newcombe 1998, table II, example (a): 56/70 - 48/80 = 0.2, 0.0524 to 0.3339 (method 10)."""
    first, second = wilson(48, 80), wilson(56, 70)
    span = between(
        metric("quality.accuracy", 48 / 80, *first),
        metric("quality.accuracy", 56 / 70, *second),
        "difference",
    )
    assert span == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_the_interval_holds_the_true_ratio_about_as_often_as_it_says() -> None:
    """Simulated: medians with log-normal error, each with its own right 95 % interval."""
    rng = random.Random(7)
    held = 0
    for _ in range(2000):
        ends = []
        for true, sigma in ((10.0, 0.1), (7.0, 0.03)):
            value = true * math.exp(rng.gauss(0, sigma))
            ends.append(banded("latency.p50", value, math.exp(1.96 * sigma)))
        span = between(ends[0], ends[1], "ratio")
        held += span.low <= 0.7 <= span.high
    assert 0.93 <= held / 2000 <= 0.97


def test_figures_of_different_origin_are_never_judged() -> None:
    modelled = replace(banded("energy.inference", 1.0, 1.01), origin="modelled")
    found = row("energy.inference", banded("energy.inference", 10.0, 1.01), modelled)
    assert (found.verdict, found.note) == ("undecided", "modelled against measured")
    assert (found.ratio, found.low, found.high) == (0.1, None, None)


def test_what_was_sampled_without_an_interval_is_not_judged() -> None:
    seen = replace(metric("latency.max", 1.0), n=400)
    found = row("latency.max", seen, replace(seen, value=2.0))
    assert (found.verdict, found.note, found.ratio) == ("undecided", "no interval", 2.0)


def test_a_modelled_figure_without_a_band_is_not_judged() -> None:
    bare = metric("energy.inference", 1.0, origin="modelled")
    assert row("energy.inference", bare, replace(bare, value=9.0)).note == "no interval"


def test_one_power_model_on_one_machine_cancels_but_for_its_residual() -> None:
    band = replace(
        banded("energy.inference", 1.0, 2.1), origin="modelled", source="cpu-power-model:ccf"
    )
    half = replace(band, value=0.5, low=0.5 / 2.1, high=0.5 * 2.1)
    here = row("energy.inference", band, half)
    assert here.verdict == "better"
    assert here.low == pytest.approx(0.5 / RESIDUAL["cpu-power-model"])
    assert row("energy.inference", band, half, one_machine=False).verdict == "undecided"
    little = replace(band, value=0.9, low=0.9 / 2.1, high=0.9 * 2.1)
    assert row("energy.inference", band, little).verdict == "undecided"


def test_the_noise_of_the_runs_is_in_the_energy_worked_out_from_them() -> None:
    band = replace(
        banded("energy.inference", 1.0, 2.1), origin="modelled", source="cpu-power-model:ccf"
    )
    half = replace(band, value=0.5, low=0.5 / 2.1, high=0.5 * 2.1)
    steady = (banded("latency.mean", 2.0, 1.01), banded("latency.mean", 1.0, 1.01))
    noisy = (banded("latency.mean", 2.0, 2.0), banded("latency.mean", 1.0, 2.0))
    unknown = tuple(replace(one, low=None, high=None, n=9) for one in steady)
    assert row("energy.inference", band, half, timing=steady).verdict == "better"
    assert row("energy.inference", band, half, timing=noisy).verdict == "undecided"
    told = row("energy.inference", band, half, timing=unknown)  # type: ignore[arg-type]
    assert told.note == "no interval"


def test_a_metric_of_one_report_alone_is_shown_and_not_judged() -> None:
    found = row("memory.peak", None, metric("memory.peak", 5e7))
    assert (found.verdict, found.ratio, found.base) == (None, None, None)


@given(POSITIVE, POSITIVE, WIDER, WIDER)
def test_turned_round_it_says_the_opposite(a: float, b: float, x: float, y: float) -> None:
    first, second = banded("latency.p50", a, x), banded("latency.p50", b, y)
    there, back = row("latency.p50", first, second), row("latency.p50", second, first)
    opposite = {"better": "worse", "worse": "better", "same": "same", "undecided": "undecided"}
    assert there.verdict is not None
    assert back.verdict == opposite[there.verdict]
    assert there.ratio is not None
    assert there.ratio * (back.ratio or 0) == pytest.approx(1)


@given(POSITIVE, POSITIVE, WIDER, WIDER, st.floats(1e-3, 1e3))
def test_the_unit_never_matters(a: float, b: float, x: float, y: float, factor: float) -> None:
    plain = row("latency.p50", banded("latency.p50", a, x), banded("latency.p50", b, y))
    scaled = row(
        "latency.p50", banded("latency.p50", a * factor, x), banded("latency.p50", b * factor, y)
    )
    assert scaled.low == pytest.approx(plain.low)
    assert scaled.high == pytest.approx(plain.high)


@given(
    st.sampled_from(sorted(CATALOGUE)),
    st.lists(st.floats(-1e300, 1e300), min_size=6, max_size=6),
)
def test_no_number_breaks_it(key: str, values: list[float]) -> None:
    low, middle, high = sorted(values[:3])
    bottom, centre, top = sorted(values[3:])
    found = row(key, metric(key, middle, low, high), metric(key, centre, bottom, top))
    for amount in (found.ratio, found.difference, found.low, found.high):
        assert amount is None or math.isfinite(amount)
    if found.low is not None and found.high is not None and found.ratio is not None:
        assert found.low <= found.ratio <= found.high
