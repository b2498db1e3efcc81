"""Memory and busy time of a GPU, through nvidia-ml-py over a driver library of the test's own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return nvml.build(tmp_path_factory.mktemp("nvml"))


def told(library: Path, mode: str = "") -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={
            **os.environ,
            "LD_LIBRARY_PATH": str(library),
            "CUDA_VISIBLE_DEVICES": "0",
            "FAKE_NVML": mode,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded


def test_what_this_process_holds_and_how_busy_the_gpu_was(library: Path) -> None:
    found = told(library)
    assert found["memory.device"] == [700 * 2**20, "this process, its context included"]
    assert found["utilization.gpu"][0] == 0.42


def test_where_processes_are_not_seen_the_board_tells(library: Path) -> None:
    value, scope = told(library, "no-processes")["memory.device"]
    assert value == 100 * 2**20
    assert "whole board" in scope


def test_without_a_driver_both_are_missing() -> None:
    if Gpu().unavailable() is None:
        pytest.skip("this machine has NVIDIA's driver")
    meter = Gpu()
    for phase in ("start", "end"):
        meter.mark(phase)
    assert {one.metric for one in meter.readings(1)} == set(meter.metrics)
