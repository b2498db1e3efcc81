"""Energy without a counter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.base.records import Measurement, Missing, Origin
from effprof.estimators.cpu_power import BAND_FACTOR, Use, energy

FACTS = {"cpu_power_idle": 0.74, "cpu_power_busy": 3.5, "memory_power": 0.392e-9}
SECONDS = st.floats(1e-6, 100)


def joules(use: Use) -> Measurement:
    found = energy(use, FACTS.get)
    assert isinstance(found, Measurement)
    return found


def test_a_busy_core_for_a_second_takes_its_busy_power() -> None:
    found = joules(Use(run_s=1, cpu_s=1, threads=1, memory_bytes=0, items=1))
    assert found.value == pytest.approx(3.5)
    assert found.origin is Origin.MODELLED
    assert found.low == pytest.approx(3.5 / 2.1)
    assert found.high == pytest.approx(3.5 * 2.1)
    assert found.scope


def test_idle_threads_and_memory_count_too() -> None:
    found = joules(Use(run_s=2, cpu_s=2, threads=2, memory_bytes=1e9, items=1))
    assert found.value == pytest.approx(2 * (2 * 0.74 + 2.76 + 0.392))


@given(SECONDS, SECONDS, st.integers(1, 64))
def test_more_work_never_takes_less(run_s: float, more_s: float, items: int) -> None:
    short = joules(Use(run_s, run_s, 2, 1e8, items)).value
    assert joules(Use(run_s + more_s, run_s + more_s, 2, 1e8, items)).value >= short
    assert joules(Use(run_s, run_s, 2, 1e8, items + 1)).value <= short


def test_a_target_that_states_no_power_has_no_energy() -> None:
    found = energy(Use(1, 1, 1, 0, 1), {"cpu_power_idle": 1.0}.get)
    assert isinstance(found, Missing)
    assert "cpu_power_busy" in found.reason
    assert BAND_FACTOR == 2.1
