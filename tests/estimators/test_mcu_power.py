"""Power, energy and the life of a cell, worked out from facts of a board."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.estimators import cell, mcu_power

MEASURED = {"power_active": 0.045, "run_current": 1e-10, "clock": 1.2e8, "supply_voltage": 1.8}
PAPER = {"run_current": 5e-11, "clock": 64e6, "supply_voltage": 3.0}
CELL = {"cell_charge": 810.0, "cell_voltage": 3.0, "duty_cycle": 1 / 60, "sleep_current": 1.5e-6}
SOURCES = {"power_active": "published runs", "run_current": "data sheet"}


def run(value_s: float = 0.1) -> Measurement:
    low, high = 0.9 * value_s, 1.2 * value_s
    return Measurement("latency.mean", value_s, Origin.EMULATED, "emulator", low=low, high=high)


def energy(facts: dict[str, float], value_s: float = 0.1) -> Measurement:
    made = mcu_power.energy(run(value_s), mcu_power.active(facts.get, SOURCES), "our kernels")
    assert isinstance(made, Measurement)
    return made


def test_measured_board_power_wins_over_a_data_sheet() -> None:
    power = mcu_power.active(MEASURED.get, SOURCES)
    assert isinstance(power, Measurement)
    assert power.value == 0.045
    assert power.low == pytest.approx(0.045 * 0.85)
    assert power.high == pytest.approx(0.045 * 1.15)
    assert power.source == "board-power:published runs"


def test_a_data_sheet_is_corrected_and_its_band_is_wide() -> None:
    power = mcu_power.active(PAPER.get, SOURCES)
    assert isinstance(power, Measurement)
    assert power.value == pytest.approx(2.8 * 5e-11 * 64e6 * 3.0)
    assert power.low == pytest.approx(power.value / 2.5)
    assert power.high == pytest.approx(power.value * 2.5)
    assert power.origin is Origin.MODELLED


@pytest.mark.parametrize("absent", ["run_current", "clock", "supply_voltage"])
def test_what_is_unknown_gives_no_power_and_no_energy(absent: str) -> None:
    facts = {key: value for key, value in PAPER.items() if key != absent}
    power = mcu_power.active(facts.get, {})
    assert isinstance(power, Missing)
    assert absent in power.reason
    made = mcu_power.energy(run(), power, "our kernels")
    assert isinstance(made, Missing)
    assert (made.metric, made.reason) == ("energy.inference", power.reason)


def test_energy_is_power_times_time_and_its_band_takes_the_worst_ends() -> None:
    made = energy(MEASURED)
    assert made.value == pytest.approx(0.0045)
    assert made.low == pytest.approx(0.09 * 0.045 * 0.85)
    assert made.high == pytest.approx(0.12 * 0.045 * 1.15)
    assert made.origin is Origin.MODELLED
    assert "our kernels" in (made.scope or "")


def test_energy_without_a_time_is_missing() -> None:
    made = mcu_power.energy(None, mcu_power.active(MEASURED.get, SOURCES), "our kernels")
    assert isinstance(made, Missing)


def test_life_is_the_energy_of_the_cell_over_mean_power() -> None:
    (made,) = cell.life([energy(MEASURED), run()], CELL.get)
    assert isinstance(made, Measurement)
    assert made.value == pytest.approx(810 * 3 / (0.0045 / 60 + 1.5e-6 * 3))
    assert made.low is not None
    assert made.high is not None
    assert made.low < made.value < made.high
    assert "60 inferences an hour" in (made.scope or "")


@pytest.mark.parametrize("absent", list(cell.FACTS))
def test_life_names_what_the_target_does_not_state(absent: str) -> None:
    facts = {key: value for key, value in CELL.items() if key != absent}
    (made,) = cell.life([energy(MEASURED), run()], facts.get)
    assert isinstance(made, Missing)
    assert absent.replace("_", " ") in made.reason
    assert made.hint


def test_more_inferences_than_the_part_can_do() -> None:
    (made,) = cell.life([energy(MEASURED), run(1.0)], (CELL | {"duty_cycle": 2.0}).get)
    assert isinstance(made, Missing)
    assert "3,600 an hour" in made.reason


def test_a_cell_that_outlasts_its_shelf_says_so() -> None:
    made, caution = cell.life([energy(MEASURED), run()], (CELL | {"duty_cycle": 1e-6}).get)
    assert isinstance(made, Measurement)
    assert isinstance(caution, Caution)
    assert caution.code == "cell-outlasted"


@given(st.floats(1e-3, 1), st.floats(1e-3, 1))
def test_what_takes_longer_never_lives_longer(first_s: float, second_s: float) -> None:
    slow, fast = max(first_s, second_s), min(first_s, second_s)
    lives = [cell.life([energy(MEASURED, s), run(s)], CELL.get)[0] for s in (slow, fast)]
    values = [one.value for one in lives if isinstance(one, Measurement)]
    assert values == sorted(values)
