"""PyTorch by way of onnx2torch, where both are installed: they are gigabytes."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx.helper import make_node

from effprof.backends.torch import Torch
from effprof.model.count import count
from effprof.model.open import open_model
from effprof.ports import Refusal
from effprof.worker.serve import runs_by_batch
from tests.conftest import EXAMPLES
from tests.e2e.command import effprof_here, report_of
from tests.model import build

OPTIONS = {"threads": 1, "device": "cpu"}
MODEL = EXAMPLES / "student.onnx"
IMAGES = {"image": np.random.default_rng(0).random((4, 1, 8, 8), np.float32)}


def needed() -> None:
    for name in Torch.packages:
        pytest.importorskip(name, reason=f"{name} is not installed")


@pytest.fixture
def backend() -> Torch:
    needed()
    made = Torch()
    made.start()
    return made


def test_it_answers_as_onnx_runtime_does(backend: Torch) -> None:
    session = backend.load(str(MODEL), OPTIONS)
    (expected,) = onnxruntime.InferenceSession(str(MODEL)).run(None, IMAGES)
    np.testing.assert_allclose(session.run(IMAGES)["logits"], expected, rtol=1e-4, atol=1e-4)
    assert session.settings == {"threads": 1, "device": "cpu", "execution_mode": "eager"}
    assert session.readings() == ()


def test_calls_of_several_batches_live_side_by_side(backend: Torch) -> None:
    session = backend.load(str(MODEL), OPTIONS)
    whole = session.run(IMAGES)["logits"]
    for size, run in enumerate(runs_by_batch(session, IMAGES, {"image": 0}, 4), start=1):
        answered: Any = run()
        np.testing.assert_allclose(answered.numpy(), whole[:size], rtol=1e-4, atol=1e-5)


def test_operators_are_those_of_the_graph(backend: Torch) -> None:
    found = backend.operators(str(MODEL), OPTIONS, IMAGES, 0.05)
    assert not isinstance(found, str)
    graph = count(open_model(MODEL), {"image": (4, 1, 8, 8)}, {}).operators
    named = {one.name for one in graph}
    assert {one.name for one in found} >= {one.name for one in graph if one.macs}
    assert {one.name for one in found} <= named
    assert all(one.latency_s > 0 for one in found)


def test_the_users_folder_is_left_as_it_is(backend: Torch, tmp_path: Path) -> None:
    """Given a path, onnx2torch writes a file beside the model."""
    (tmp_path / "m.onnx").write_bytes(MODEL.read_bytes())
    tmp_path.chmod(0o555)
    try:
        backend.load(str(tmp_path / "m.onnx"), OPTIONS).run(IMAGES)
        assert [one.name for one in tmp_path.iterdir()] == ["m.onnx"]
    finally:
        tmp_path.chmod(0o755)


def test_an_operator_it_has_not_is_named(backend: Torch, tmp_path: Path) -> None:
    strange = build.model(
        [make_node("Det", ["x"], ["y"])],
        [build.tensor("x", [2, 2])],
        [build.tensor("y", [])],
    )
    path = build.save(strange, tmp_path / "strange.onnx")
    with pytest.raises(Refusal, match="Det") as refusal:
        backend.load(str(path), OPTIONS)
    assert refusal.value.kind == "request"


def test_outputs_that_it_would_lose_are_refused(backend: Torch, tmp_path: Path) -> None:
    split = build.model(
        [make_node("Split", ["x"], ["a", "b"], axis=1)],
        [build.tensor("x", [1, 4])],
        [build.tensor("a", [1, 2]), build.tensor("b", [1, 2])],
        opset=12,
    )
    path = build.save(split, tmp_path / "split.onnx")
    with pytest.raises(Refusal, match="loses the output a"):
        backend.load(str(path), OPTIONS)


def test_a_report_holds_its_answers_against_onnx_runtime() -> None:
    needed()
    report = report_of(MODEL, "-t", "torch-cpu", "--time", 0.5, "--threads", 1, "--no-energy")
    assert report["target"]["backend"] == "torch"
    assert report["metrics"]["quality.cosine"]["value"] == pytest.approx(1)
    assert report["metrics"]["quality.cosine"]["source"].startswith("the original, ONNX Runtime")
    assert {"torch", "onnx2torch"} <= set(report["host"]["packages"])


def test_without_them_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert Torch().unavailable() == "torch is not installed (pip install torch onnx2torch)"


def test_what_it_cannot_take_is_refused_before_a_worker_starts() -> None:
    backend = Torch()
    assert backend.refuses({"format": "onnx"}, OPTIONS) is None
    assert "this is tflite" in str(backend.refuses({"format": "tflite"}, OPTIONS))
    assert "cpu or cuda" in str(backend.refuses({"format": "onnx"}, {"device": "tpu"}))


def test_a_gpu_that_is_not_there_is_exit_code_3_whatever_is_installed(student: Path) -> None:
    backend = Torch()
    if backend.no_device({"device": "cuda"}) is None:
        pytest.skip("this machine has a GPU")
    assert backend.no_device({"device": "cpu"}) is None
    done = effprof_here("measure", student, "-t", "torch")
    assert done.returncode == 3
    assert "no NVIDIA driver" in done.stderr
