"""What every meter must do. A new meter adds one line."""

import pytest

from effprof.base.metrics import CATALOGUE
from effprof.base.records import Measurement, Missing, Origin
from effprof.meters.battery import Battery
from effprof.meters.command import Command
from effprof.meters.gpu import Gpu
from effprof.meters.hwmon import Hwmon
from effprof.meters.memory import Memory
from effprof.meters.nvml import Nvml
from effprof.meters.pmic import Pmic
from effprof.meters.rapl import Rapl
from effprof.ports import EnergyMeter, Meter

METERS = [Memory, Gpu]
ENERGY_METERS = [Battery, Command, Hwmon, Nvml, Pmic, Rapl]
PHASES = ("start", "loaded", "warm", "end")


@pytest.fixture(params=METERS, ids=lambda kind: kind.__name__)
def meter(request: pytest.FixtureRequest) -> Meter:
    made: Meter = request.param()
    return made


def test_it_names_metrics_of_the_catalogue(meter: Meter) -> None:
    assert meter.metrics
    assert set(meter.metrics) <= set(CATALOGUE)
    assert isinstance(meter.disturbs, bool)


def test_every_metric_is_read_or_missing_with_a_reason(meter: Meter) -> None:
    for phase in PHASES:
        meter.mark(phase)
    readings = meter.readings(items=10)
    assert sorted(reading.metric for reading in readings) == sorted(meter.metrics)
    for reading in readings:
        match reading:
            case Measurement():
                assert reading.origin is Origin.MEASURED
                assert reading.value >= 0
                assert reading.source
            case Missing():
                assert reading.reason


def test_memory_sees_what_was_allocated_and_its_peak() -> None:
    meter = Memory()
    if meter.unavailable():
        pytest.skip(str(meter.unavailable()))
    size = 64 * 2**20
    meter.mark("start")
    held = bytearray(b"x") * size
    meter.mark("loaded")
    passing = bytearray(b"y") * size
    del passing
    meter.mark("warm")
    meter.mark("end")
    found = {one.metric: one.value for one in meter.readings(1) if isinstance(one, Measurement)}
    assert found["memory.load"] == pytest.approx(size, rel=0.2)
    assert found["memory.peak"] >= 1.8 * size
    assert found["memory.peak"] >= found["memory.steady"]
    assert len(held) == size


@pytest.mark.parametrize("kind", ENERGY_METERS, ids=lambda kind: kind.__name__)
def test_an_energy_meter_says_whether_it_can_be_read(kind: type[EnergyMeter]) -> None:
    meter = kind()
    assert {"energy.inference", "power.mean", "power.idle"} <= set(meter.metrics) <= set(CATALOGUE)
    assert meter.disturbs
    assert meter.scope
    lack = meter.unavailable()
    assert lack is None or len(lack) > 10
    if not meter.present():
        assert lack
    elif lack is None:
        counters = meter.counters({})
        assert counters
        assert {one.unit for one in counters} <= {"J", "W"}
        assert all(value >= 0 for one in counters for _, value in one.drain())
    meter.close()
