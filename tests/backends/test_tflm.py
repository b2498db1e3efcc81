"""TensorFlow Lite Micro on this machine: its arena, and its answers against the emulator's."""

from pathlib import Path

import numpy as np
import pytest

from effprof import target
from effprof.backends.mcu.plugin import Mcu
from effprof.backends.tflm import SOURCE, TfLiteMicro
from effprof.ports import Refusal
from tests.backends.mcu.models import dense
from tests.conftest import SHARED
from tests.model import tflite_build

pytest.importorskip("tflite_micro")


@pytest.mark.parametrize(
    ("name", "arena_bytes"), [("kws", 24272), ("vww", 103680), ("ic", 55984), ("ad", 3984)]
)
def test_the_arena_of_published_models(name: str, arena_bytes: int) -> None:
    path = SHARED / "models" / f"{name}_int8.tflite"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    settings = TfLiteMicro().load(str(path), {}).settings
    assert settings["arena_bytes"] == pytest.approx(arena_bytes, rel=0.02)
    assert settings["arena_of"] == SOURCE


def test_its_answers_are_those_of_the_firmware(tmp_path: Path) -> None:
    path = str(dense(tmp_path / "m.tflite"))
    arrays = {"in0": np.random.default_rng(1).integers(-128, 128, (1, 64)).astype(np.int8)}
    board = target.load("nucleo-l4r5zi").plain_facts()
    theirs = Mcu().load(path, {"threads": 1, "board": board}).run(arrays)
    ours = TfLiteMicro().load(path, {}).run(arrays)
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name])


def test_a_float_model_runs_too(tmp_path: Path) -> None:
    session = TfLiteMicro().load(str(tflite_build.network(tmp_path / "m.tflite")), {})
    (output,) = session.run({"x": np.ones((1, 8, 8, 3), np.float32)}).values()
    assert output.dtype == np.float32
    assert np.isfinite(output).all()


def test_what_it_prints_does_not_leak(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    TfLiteMicro().load(str(dense(tmp_path / "m.tflite")), {})
    assert capfd.readouterr() == ("", "")


def test_inputs_of_another_shape_are_the_request_s_fault(tmp_path: Path) -> None:
    session = TfLiteMicro().load(str(dense(tmp_path / "m.tflite")), {})
    with pytest.raises(Refusal) as refusal:
        session.run({"in0": np.zeros((2, 64), np.int8)})
    assert refusal.value.kind == "request"
