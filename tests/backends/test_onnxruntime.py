"""What is peculiar to ONNX Runtime: whose fault an error of its own is, in words for its reader."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from effprof.backends.onnxruntime import OnnxRuntime, OnnxSession, translated
from effprof.base.records import OperatorTime
from effprof.ports import Arrays, Refusal
from tests.e2e import bad_models


def _newer_format(path: Path) -> Path:
    model = onnx.load(str(bad_models.relu(path)))
    model.ir_version = 99
    onnx.save(model, str(path))
    return path


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda path: bad_models.relu(path, opset=99), "it is of opset 99, the newest"),
        (_newer_format, "Unsupported model IR version: 99, max supported"),
        (bad_models.unknown_operator, "star.trek:Teleport"),
    ],
)
def test_a_model_that_is_too_new(build: Callable[[Path], Path], said: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        OnnxSession(str(build(tmp_path / "m.onnx")), {})
    assert refusal.value.kind == "request"
    assert refusal.value.message.startswith("ONNX Runtime does not support this model: ")
    assert said in refusal.value.message
    assert str(tmp_path) not in refusal.value.message
    assert "::" not in refusal.value.message  # no C++ signatures
    assert "effprof setup onnxruntime==" in refusal.value.hint


@pytest.mark.parametrize(
    ("build", "arrays", "said"),
    [
        (bad_models.fails_at_run_time, {"x": np.zeros(3, np.float32)}, "Reshape node"),
        (bad_models.looks_too_far, {"row": np.array([7])}, "idx=7 must be within"),
    ],
)
def test_an_operator_that_fails_is_no_bad_request(
    build: Callable[[Path], Path], arrays: Arrays, said: str, tmp_path: Path
) -> None:
    """Whatever the runtime calls it: the inputs were as declared, so a report says how it ended."""
    with pytest.raises(Refusal, match="the model failed while running") as refusal:
        OnnxSession(str(build(tmp_path / "m.onnx")), {}).run(arrays)
    assert refusal.value.kind == "failed"
    assert said in refusal.value.message
    assert "::" not in refusal.value.message


def test_inputs_that_do_not_fit_are_a_bad_request(tmp_path: Path) -> None:
    session = OnnxSession(str(bad_models.relu(tmp_path / "m.onnx")), {})
    with pytest.raises(Refusal, match="refuses these inputs") as refusal:
        session.run({"x": np.zeros((1, 5), np.float32)})
    assert refusal.value.kind == "request"


@pytest.mark.parametrize(("seconds", "wanted"), [(1e-9, 2), (1.0, 2002)])
def test_operators_of_a_slow_model_are_timed_once(
    seconds: float, wanted: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its second run is the one: a model of a minute must not take five under the profiler."""
    runs = []

    def counted(session: OnnxSession, arrays: Arrays) -> dict[str, Any]:
        runs.append(1)
        return run(session, arrays)

    run = OnnxSession.run
    monkeypatch.setattr(OnnxSession, "run", counted)
    monkeypatch.setattr("effprof.backends.onnxruntime.perf_counter", lambda: 1.0)
    model = bad_models.relu(tmp_path / "m.onnx")
    times = OnnxRuntime().operators(str(model), {}, {"x": np.zeros((1, 4), np.float32)}, seconds)
    assert len(runs) == wanted
    assert [one.type for one in times if isinstance(one, OperatorTime)] == ["Relu"]


@pytest.mark.parametrize(
    "said",
    [
        "Non-zero status code returned while running Conv node. Status Message: std::bad_alloc",
        "Failed to allocate memory for requested buffer of size 4096",
        "CUDA failure 2: out of memory ; GPU=0",
        "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED",
    ],
)
def test_a_run_without_room_is_out_of_memory_whoever_says_so(said: str) -> None:
    from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

    with pytest.raises(Refusal, match=r"^out of memory") as refusal, translated():
        raise RuntimeException(f"[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : {said}")
    assert refusal.value.kind == "failed"
