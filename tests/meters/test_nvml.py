"""The NVML meter through nvidia-ml-py itself, on a driver library that answers as it is told."""

from pathlib import Path

import pytest

from effprof.meters.nvml import Nvml
from tests.meters import nvml

CODE = """
import json, time
from effprof.meters.nvml import Nvml
meter = Nvml()
told = {"present": meter.present(), "lack": meter.unavailable()}
if told["lack"] is None:
    (counter,) = meter.counters({})
    first, = counter.drain()
    time.sleep(0.5)
    last, = counter.drain()
    gained = (last[1] - first[1]) / (last[0] - first[0])
    told |= {"unit": counter.unit, "name": counter.name, "scope": meter.scope, "last": last[1],
             "gained": gained, "celsius": meter.temperature()}
    meter.close()
print(json.dumps(told))
"""


def test_the_counter_in_joules(library: Path) -> None:
    found = nvml.told(CODE, library, FAKE_WATTS="250")
    assert found["lack"] is None
    assert (found["unit"], found["name"], found["celsius"]) == ("J", "NVIDIA Test 100", 55)
    assert found["gained"] == pytest.approx(250, rel=0.5)  # by the clock, and this machine is busy
    assert "energy counter" in found["scope"]


def test_power_where_the_board_counts_no_joules(library: Path) -> None:
    found = nvml.told(CODE, library, FAKE_NVML="no-counter", FAKE_WATTS="80")
    assert (found["unit"], found["last"]) == ("W", pytest.approx(80, abs=0.01))
    assert "POWER_INSTANT" in found["scope"]


def test_the_mean_of_a_second_where_the_driver_is_old(library: Path) -> None:
    found = nvml.told(CODE, library, FAKE_NVML="no-counter,no-instant", FAKE_WATTS="80")
    assert found["last"] == 80
    assert "mean" in found["scope"]


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"FAKE_NVML": "mig"}, "MIG is on"),
        ({"FAKE_NVML": "unloaded"}, "Driver Not Loaded"),
        ({"FAKE_NVML": "no-counter,no-instant,no-power"}, "neither an energy counter nor power"),
        ({"FAKE_BUS": "0000:99:00.0"}, "NVML"),
        ({"CUDA_VISIBLE_DEVICES": ""}, "cuInit answers 100"),
    ],
)
def test_lacking(env: dict[str, str], words: str, library: Path) -> None:
    found = nvml.told(CODE, library, **env)
    assert found["present"]
    assert words in found["lack"]


def test_of_several_gpus_the_one_that_cuda_calls_0(library: Path) -> None:
    """Found by its place on the bus; as NVML counts it is another."""
    found = nvml.told(CODE, library, FAKE_WATTS="100", FAKE_BUS="0000:41:00.0")
    assert found["gained"] == pytest.approx(200, rel=0.15)


def test_no_driver() -> None:
    if Nvml().present():
        pytest.skip("this machine has NVIDIA's driver")
    assert "libnvidia-ml.so.1 is not found" in str(Nvml().unavailable())
