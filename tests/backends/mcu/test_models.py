"""Whole models: every bit of every output is TensorFlow Lite Micro's, on every core."""

from pathlib import Path

import numpy as np
import pytest

from effprof.backends.mcu.build import build
from effprof.backends.mcu.core import CORES
from tests.backends.mcu.running import MEMORY, Machine, Oracle, random_inputs

MODELS = Path(__file__).parents[4] / "shared" / "models"
# The cores that are left to the slow tests share their code with one of these.
USUAL = {
    ("kws", "cortex-m0plus"),
    ("kws", "cortex-m4"),
    ("ad", "cortex-m4"),
    ("ic", "cortex-m4"),
    ("vww", "cortex-m4"),
}


@pytest.mark.parametrize(
    ("name", "core"),
    [
        pytest.param(name, core, marks=[] if (name, core) in USUAL else [pytest.mark.slow])
        for name in ("kws", "vww", "ic", "ad")
        for core in CORES
    ],
)
def test_every_output_is_bit_exact(name: str, core: str, tmp_path: Path) -> None:
    path = MODELS / f"{name}_int8.tflite"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    pytest.importorskip("tflite_micro")
    firmware = build(path, CORES[core], MEMORY, tmp_path)
    machine, oracle = Machine(firmware, CORES[core]), Oracle(path.read_bytes())
    for seed in range(2):
        inputs = random_inputs(firmware, seed)
        for ours, theirs in zip(machine.run(*inputs), oracle.run(*inputs), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert firmware.arena_bytes <= 1.05 * firmware.liveness_bound_bytes
