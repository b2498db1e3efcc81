"""What the raw series of meters become: means between updates, totals, dynamics, and refusals."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.host import place
from effprof.measure import energy
from effprof.measure.energy import Pass, figures
from effprof.measure.levels import Metered, Stretch, level, read

STRETCHES = (
    Stretch("idle", 0.0, 3.0, 0, (40.0,)),
    Stretch("idle loaded", 4.0, 7.0, 0, (41.0,)),
    Stretch("work", 8.0, 13.0, 100, (50.0,)),
    Stretch("work", 13.0, 18.0, 100, (51.0,)),
    Stretch("work", 18.0, 23.0, 100, (52.0,)),
)


def joules(watts: Sequence[tuple[float, float]], step_s: float = 0.05) -> dict[str, Any]:
    """A counter that moves every `step_s`; `watts`: power until that second."""
    times, values, total, now = [], [], 0.0, 0.0
    while now <= watts[-1][0]:
        times.append(now)
        values.append(total)
        total += step_s * next(power for until_s, power in watts if now <= until_s)
        now += step_s
    return {"name": "package-0", "unit": "J", "times_s": times, "values": values, "lack": ""}


def told(*series: dict[str, Any], lack: str = "") -> dict[str, Any]:
    return {"scope": "packages", "lack": lack, "series": list(series)}


def passed(*tolds: dict[str, Any], others_share: float = 0.0) -> Pass:
    names = ("rapl", "battery")
    meters = [read(name, one, STRETCHES, 0) for name, one in zip(names, tolds, strict=False)]
    return Pass(tuple(meters), others_share)


def by_key(found: Pass) -> dict[str, Measurement | Missing]:
    parts = figures(found, metered=True)
    return {one.metric: one for one in parts if not isinstance(one, Caution)}


def value(found: dict[str, Measurement | Missing], key: str) -> float:
    one = found[key]
    assert isinstance(one, Measurement), one
    assert one.origin is Origin.MEASURED
    return one.value


BUSY = joules([(7.5, 10.0), (24.0, 30.0)])


def test_total_dynamic_mean_and_idle() -> None:
    found = by_key(passed(told(BUSY)))
    assert value(found, "power.mean") == pytest.approx(30, rel=1e-6)
    assert value(found, "power.idle") == pytest.approx(10, rel=1e-6)
    assert value(found, "energy.inference") == pytest.approx(30 * 5 / 100, rel=1e-6)
    assert value(found, "energy.dynamic") == pytest.approx(20 * 5 / 100, rel=1e-6)
    total = found["energy.inference"]
    assert isinstance(total, Measurement)
    assert total.n == 3
    assert total.low is not None
    assert total.source.startswith("meter:rapl, 3 windows")


def test_counters_of_a_meter_add_up_and_one_that_stands_still_is_named() -> None:
    still = {"name": "dram-0", "unit": "J", "times_s": [0.0], "values": [0.0], "lack": ""}
    second = BUSY | {"name": "package-1"}
    found = passed(told(BUSY, second, still))
    assert value(by_key(found), "power.mean") == pytest.approx(60, rel=1e-6)
    assert found.meters[0].scope == "packages; dram-0 did not move and is left out"


def test_watts_hold_until_the_next_reading() -> None:
    series = {"unit": "W", "times_s": [0.0, 1.0, 2.0], "values": [4.0, 10.0, 4.0]}
    found = level(series, Stretch("work", 0.5, 3.0, 1, ()))
    assert found is not None
    assert found.watts == pytest.approx((0.5 * 4 + 1 * 10 + 1 * 4) / 2.5)


@given(st.floats(0.1, 1000), st.floats(0.005, 0.09))
def test_a_steady_power_is_found_whatever_the_step(watts: float, step_s: float) -> None:
    found = by_key(passed(told(joules([(24.0, watts)], step_s))))
    assert value(found, "power.mean") == pytest.approx(watts, rel=1e-6)
    assert isinstance(found["energy.dynamic"], Missing | Measurement)


def test_a_counter_that_does_not_move_is_missing_and_the_next_meter_speaks() -> None:
    still = told({"name": "package-0", "unit": "J", "times_s": [0.0], "values": [7.0], "lack": ""})
    found = by_key(passed(still))
    assert set(found) == {"energy.dynamic", "power.mean", "power.idle"}
    for one in found.values():
        assert isinstance(one, Missing)
        assert "did not move in 23 s" in one.reason
    assert value(by_key(passed(still, told(BUSY))), "power.mean") == pytest.approx(30, rel=1e-6)


def test_a_virtual_machine_whose_rapl_stands_still_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(place, "virtual_machine", lambda *_: "virtual machine (KVM)")
    monkeypatch.setattr(place, "place", lambda *_: "virtual machine (KVM)")
    still = told({"name": "package-0", "unit": "J", "times_s": [0.0], "values": [0.0], "lack": ""})
    reason = by_key(passed(still))["power.mean"]
    assert isinstance(reason, Missing)
    assert "a virtual machine (KVM), whose hypervisor hides it" in reason.reason


def test_too_few_updates_say_how_long_it_would_take() -> None:
    slow = told(joules([(24.0, 20.0)], step_s=0.5))
    reason = by_key(passed(slow))["power.mean"]
    assert isinstance(reason, Missing)
    assert "50 are needed: the counter moves every 500 ms" in reason.reason
    assert reason.hint == "--energy-time 98"


def test_work_that_draws_no_more_than_idling_has_no_dynamic_energy() -> None:
    found = by_key(passed(told(joules([(7.5, 30.0), (24.0, 30.0)]))))
    dynamic = found["energy.dynamic"]
    assert isinstance(dynamic, Missing | Measurement)
    cooler = by_key(passed(told(joules([(7.5, 31.0), (24.0, 30.0)]))))["energy.dynamic"]
    assert isinstance(cooler, Missing)
    assert "no more than idling" in cooler.reason


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (told(lack="package-0: gone"), "package-0: gone"),
        (told(joules([(15.0, 10.0)]) | {"lack": "unplugged"}), "lost on the way: unplugged"),
        (told(BUSY | {"times_s": [], "values": []}), "the meter said nothing in 23 s"),
    ],
)
def test_what_was_lost_is_said(one: dict[str, Any], words: str) -> None:
    reason = by_key(passed(one))["power.idle"]
    assert isinstance(reason, Missing)
    assert words in reason.reason


@pytest.mark.parametrize("power_w", [0.0, -4.0])
def test_a_meter_of_no_power_is_missing_and_ends_nothing(power_w: float) -> None:
    """Its plug is pulled, or its clamp sits the wrong way round."""
    times = [n * 0.05 for n in range(480)]
    values = [power_w] * len(times)
    still = {"name": "m", "unit": "W", "times_s": times, "values": values, "lack": ""}
    found = passed(told(still))
    reason = by_key(found)["power.mean"]
    assert isinstance(reason, Missing)
    assert f"told no power while the model ran: {power_w:.3g} W" in reason.reason
    (part,) = energy.parts(found)
    assert part.variation is None


def test_a_meter_that_fell_silent_needs_no_more_time() -> None:
    one = joules([(7.5, 10.0), (9.0, 20.0)])
    reason = by_key(passed(told(one)))["power.mean"]
    assert isinstance(reason, Missing)
    assert "it fell silent: 0 updates" in reason.reason
    assert "--energy-time" not in (reason.hint or "")


def test_a_worker_that_ended_badly_is_the_reason() -> None:
    reason = by_key(Pass(lack="the worker was killed"))["power.mean"]
    assert isinstance(reason, Missing)
    assert reason.reason == "the worker was killed"


def test_a_machine_without_an_instrument_is_told_in_one_line() -> None:
    (one,) = figures(Pass(), metered=False)
    assert isinstance(one, Missing)
    assert (one.metric, one.reason) == ("power.mean", "no energy counter on this machine")


def test_neighbours_and_unsteadiness_are_warned_of() -> None:
    uneven = joules([(7.5, 10.0), (13.0, 20.0), (18.0, 30.0), (24.0, 40.0)])
    codes = {
        one.code
        for one in figures(passed(told(uneven), others_share=0.2), metered=True)
        if isinstance(one, Caution)
    }
    assert codes == {"energy-shared", "energy-unsteady"}


def test_the_report_keeps_windows_temperatures_and_the_period() -> None:
    (part,) = energy.parts(passed(told(BUSY)))
    assert part.meter == "rapl"
    assert part.update_period == pytest.approx(0.05)
    assert part.idle_loaded == pytest.approx(10)
    assert [window.temperature_celsius for window in part.windows] == [50.0, 51.0, 52.0]
    assert part.variation == pytest.approx(0, abs=1e-9)


def test_what_is_not_on_this_machine_is_no_reason() -> None:
    silent = read("external", told(BUSY | {"times_s": [], "values": []}), STRETCHES, 0)
    absent = Metered("pmic", "", None, (), (), 0, lack="no Raspberry Pi 5", present=False)
    reason = by_key(Pass((silent, absent)))["power.mean"]
    assert isinstance(reason, Missing)
    assert reason.reason == "external: the meter said nothing in 23 s"
