"""Energy without a counter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.base.records import Missing, Origin
from effprof.estimators.cpu_power import (
    AVERAGE,
    CALIBRATED_FACTOR,
    MICROARCHITECTURES,
    Cores,
    Plug,
    Use,
    at_plug,
    energy,
    of_this,
    stated,
)

FACTS = {"cpu_power_idle": 0.74, "cpu_power_busy": 3.5, "memory_power": 0.392e-9}
SECONDS = st.floats(1e-6, 100)


def test_a_busy_core_for_a_second_takes_its_busy_power() -> None:
    found = energy(Use(run_s=1, cpu_s=1, threads=1, memory_bytes=0, items=1), AVERAGE)
    assert found.value == pytest.approx(3.5)
    assert found.origin is Origin.MODELLED
    assert found.low == pytest.approx(3.5 / 2.1)
    assert found.high == pytest.approx(3.5 * 2.1)
    assert found.scope
    assert found.source == "cpu-power-model:ccf, average server"


def test_idle_threads_and_memory_count_too() -> None:
    found = energy(Use(run_s=2, cpu_s=2, threads=2, memory_bytes=1e9, items=1), AVERAGE)
    assert found.value == pytest.approx(2 * (2 * 0.74 + 2.76 + 0.392))


@given(SECONDS, SECONDS, st.integers(1, 64))
def test_more_work_never_takes_less(run_s: float, more_s: float, items: int) -> None:
    short = energy(Use(run_s, run_s, 2, 1e8, items), AVERAGE).value
    assert energy(Use(run_s + more_s, run_s + more_s, 2, 1e8, items), AVERAGE).value >= short
    assert energy(Use(run_s, run_s, 2, 1e8, items + 1), AVERAGE).value <= short


def test_what_a_target_states_of_itself() -> None:
    assert stated(lambda _key: None) is None
    assert stated(FACTS.get) == Cores(
        "target", 0.74, 3.5, 0.392e-9, "as the target's facts have it"
    )
    half = stated({"cpu_power_idle": 1.0}.get)
    assert isinstance(half, Missing)
    assert "cpu_power_busy" in half.reason


def test_a_processor_that_is_known_goes_before_the_average() -> None:
    assert of_this("haswell").busy_w > of_this("epyc-2").busy_w
    assert of_this(None) is of_this("z80") is AVERAGE
    assert all(one.idle_w < one.busy_w for one in MICROARCHITECTURES.values())


def test_a_reading_at_the_plug_is_of_the_whole_machine() -> None:
    plug = Plug(idle_w=4, busy_w=12, cores=4)
    half = at_plug(Use(run_s=1, cpu_s=2, threads=2, memory_bytes=None, items=2), plug)
    assert half.value == pytest.approx((4 + 0.5 * 8) / 2)
    assert half.high == pytest.approx(half.value * CALIBRATED_FACTOR)
    # More CPU time than the cores have, by the clock's own steps, is no more than all of it.
    full = at_plug(Use(run_s=1, cpu_s=4.2, threads=4, memory_bytes=None, items=1), plug)
    assert full.value == pytest.approx(12)
