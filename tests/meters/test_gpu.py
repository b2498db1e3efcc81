"""Memory and busy time of a GPU, through nvidia-ml-py over a driver library of the test's own."""

from pathlib import Path

import pytest

from effprof.meters.gpu import Gpu
from tests.meters import nvml

CODE = """
import json
from effprof.meters.gpu import Gpu
meter = Gpu()
for phase in ("start", "loaded", "warm", "end"):
    meter.mark(phase)
print(json.dumps({one.metric: [getattr(one, "value", None), getattr(one, "scope", None)]
                  for one in meter.readings(1)}))
"""


def test_what_this_process_holds_and_how_busy_the_gpu_was(library: Path) -> None:
    found = nvml.told(CODE, library)
    assert found["memory.device"] == [700 * 2**20, "this process, its context included"]
    assert found["utilization.gpu"][0] == 0.42


def test_where_processes_are_not_seen_the_board_tells(library: Path) -> None:
    value, scope = nvml.told(CODE, library, FAKE_NVML="no-processes")["memory.device"]
    assert value == 100 * 2**20
    assert "whole board" in scope


def test_without_a_driver_both_are_missing() -> None:
    if Gpu().unavailable() is None:
        pytest.skip("this machine has NVIDIA's driver")
    meter = Gpu()
    for phase in ("start", "end"):
        meter.mark(phase)
    assert {one.metric for one in meter.readings(1)} == set(meter.metrics)
