"""Share of a battery an hour: a query's joules times how often, over what the cell holds."""

from typing import Any

import pytest

from effprof.base.records import Measurement, Missing, Origin
from effprof.estimators.battery import share_per_hour

ENERGY = Measurement("energy.inference", 0.01, Origin.MODELLED, "a model", low=0.005, high=0.02)


def share(**changes: Any) -> Measurement | Missing:
    settings: dict[str, Any] = {
        "energy": ENERGY,
        "run_s": 0.01,
        "batch": 1,
        "battery_j": 36_000.0,
        "duty_hz": 1.0,
    }
    return share_per_hour(**settings | changes)


def test_one_query_a_second_of_ten_millijoules_from_ten_watt_hours() -> None:
    found = share()
    assert isinstance(found, Measurement)
    assert found.value == pytest.approx(0.001)
    assert found.low == pytest.approx(0.0005)
    assert found.high == pytest.approx(0.002)
    assert found.origin is Origin.MODELLED
    assert found.scope is not None
    assert "3,600 queries an hour" in found.scope


def test_a_query_is_a_run_of_all_its_items() -> None:
    one, eight = share(), share(batch=8)
    assert isinstance(one, Measurement)
    assert isinstance(eight, Measurement)
    assert eight.value == pytest.approx(8 * one.value)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"battery_j": None}, "no battery"),
        ({"duty_hz": None}, "duty_cycle"),
        ({"energy": None}, "energy"),
        ({"duty_hz": 200.0}, "asks for more"),
    ],
)
def test_what_is_lacking_is_said(changes: dict[str, Any], why: str) -> None:
    found = share(**changes)
    assert isinstance(found, Missing)
    assert why in found.reason
