"""Money and carbon of a million items."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.base.records import Measurement, Missing, Origin
from effprof.estimators.cost import Prices, figures

HOUR, KWH = 3600.0, 3.6e6


def found(**values: float) -> dict[str, Measurement]:
    keys = {"rate": "throughput.items", "energy": "energy.inference"}
    return {
        keys[name]: Measurement(
            keys[name], value, Origin.MEASURED, "clock", low=value / 2, high=value * 2
        )
        for name, value in values.items()
    }


def prices(hour: float | None = None, kwh: float | None = None, **more: float) -> Prices:
    return Prices(
        usd_per_s=None if hour is None else hour / HOUR,
        usd_per_j=None if kwh is None else kwh / KWH,
        grid_g_per_j=more.get("grid", 475.0) / KWH,
        pue=more.get("pue", 1.0),
    )


def told(asked: Prices, **values: float) -> dict[str, Measurement | Missing]:
    return {one.metric: one for one in figures(asked, found(**values), wanted=True)}


def test_a_gpu_at_3_60_an_hour_that_answers_100000_a_second() -> None:
    one = told(prices(hour=3.60), rate=100_000, energy=0.01)["cost.million"]
    assert isinstance(one, Measurement)
    assert one.value == pytest.approx(0.01)
    assert one.low == pytest.approx(0.005)
    assert one.high == pytest.approx(0.02)
    assert one.origin is Origin.MODELLED
    assert one.source == "3.6 USD/h over throughput.items"


def test_power_is_paid_with_the_sites_own_losses() -> None:
    one = told(prices(kwh=0.20, pue=1.5), energy=3.6)["cost.million"]
    assert isinstance(one, Measurement)
    assert one.value == pytest.approx(1e6 * 3.6 / KWH * 0.20 * 1.5)


def test_both_add_up() -> None:
    both = told(prices(hour=1, kwh=0.2), rate=10, energy=1)["cost.million"]
    parts = [
        told(prices(hour=1), rate=10, energy=1)["cost.million"],
        told(prices(kwh=0.2), rate=10, energy=1)["cost.million"],
    ]
    assert isinstance(both, Measurement)
    assert both.value == pytest.approx(sum(p.value for p in parts if isinstance(p, Measurement)))


def test_carbon() -> None:
    one = told(prices(pue=2, grid=100), energy=3.6)["carbon.million"]
    assert isinstance(one, Measurement)
    assert one.value == pytest.approx(1e6 * 3.6 / KWH * 100 * 2)
    assert "100 gCO2/kWh, PUE 2" in one.source


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(1.01, 100))
def test_faster_never_costs_more(hour: float, rate: float, more: float) -> None:
    slow, fast = (
        told(prices(hour=hour), rate=one, energy=1)["cost.million"] for one in (rate, rate * more)
    )
    assert isinstance(slow, Measurement)
    assert isinstance(fast, Measurement)
    assert fast.value < slow.value


@pytest.mark.parametrize(
    ("asked", "values", "metric", "words"),
    [
        (prices(), {"rate": 1.0, "energy": 1.0}, "cost.million", "no price was stated"),
        (prices(hour=1), {"energy": 1.0}, "cost.million", "throughput is not known"),
        (prices(kwh=1), {"rate": 1.0}, "cost.million", "energy of an item is not known"),
        (prices(), {"rate": 1.0}, "carbon.million", "energy of an item is not known"),
    ],
)
def test_missing(asked: Prices, values: dict[str, float], metric: str, words: str) -> None:
    one = told(asked, **values)[metric]
    assert isinstance(one, Missing)
    assert words in one.reason


def test_nobody_is_told_of_what_nobody_asked_for() -> None:
    bare = Prices(None, None, None, 1.0)
    assert figures(bare, found(rate=1, energy=1), wanted=False) == []


def test_what_is_stated_as_nothing_is_stated_all_the_same() -> None:
    free = figures(prices(hour=0, grid=0), found(rate=10, energy=1), wanted=False)
    assert [one.value for one in free if isinstance(one, Measurement)] == [0, 0]
