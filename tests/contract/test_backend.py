"""What every backend must do; the scripted one passes it first. A new backend adds one line."""

import gc
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from effprof import target
from effprof.backends.litert import LiteRt
from effprof.backends.mcu.plugin import Mcu
from effprof.backends.onnxruntime import OnnxRuntime
from effprof.backends.tflm import TfLiteMicro
from effprof.backends.torch import Torch
from effprof.ports import Arrays, Backend, Refusal, Session
from tests.backends.mcu.models import dense
from tests.conftest import EXAMPLES
from tests.model import tflite_build
from tests.scripted import Scripted

OPTIONS: Mapping[str, Any] = {"threads": 1}


@dataclass(frozen=True)
class Case:
    """A backend, a model it takes, inputs of one run, and a file it must refuse."""

    backend: Backend
    model: Callable[[Path], Path]
    arrays: Arrays
    format: str
    options: Mapping[str, Any] = field(default_factory=lambda: OPTIONS)


def _script(folder: Path) -> Path:
    path = folder / "model.json"
    path.write_text(json.dumps({"run_s": 0}))
    return path


CASES = {
    "scripted": Case(Scripted(), _script, {"x": np.zeros((1, 4), np.float32)}, "scripted"),
    "onnxruntime": Case(
        OnnxRuntime(),
        lambda _folder: EXAMPLES / "student.onnx",
        {"image": np.zeros((1, 1, 8, 8), np.float32)},
        "onnx",
    ),
    "torch": Case(
        Torch(),
        lambda _folder: EXAMPLES / "student.onnx",
        {"image": np.zeros((1, 1, 8, 8), np.float32)},
        "onnx",
    ),
    "litert": Case(
        LiteRt(),
        lambda folder: tflite_build.network(folder / "m.tflite"),
        {"x": np.ones((1, 8, 8, 3), np.float32)},
        "tflite",
    ),
    "mcu": Case(
        Mcu(),
        lambda folder: dense(folder / "m.tflite"),
        {"in0": np.zeros((1, 64), np.int8)},
        "tflite",
        {"threads": 1, "board": target.load("nucleo-l4r5zi").plain_facts()},
    ),
    "tflm": Case(
        TfLiteMicro(),
        lambda folder: dense(folder / "m.tflite"),
        {"in0": np.zeros((1, 64), np.int8)},
        "tflite",
    ),
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    if isinstance(found.backend, TfLiteMicro):  # it has wheels for Linux on x86-64 alone
        pytest.importorskip("tflite_micro")
    if isinstance(found.backend, Torch):  # gigabytes that no lock of ours holds
        for name in Torch.packages:
            pytest.importorskip(name)
    return found


@pytest.fixture
def session(case: Case, tmp_path: Path) -> Iterator[Session]:
    case.backend.start()
    loaded = case.backend.load(str(case.model(tmp_path)), case.options)
    yield loaded
    loaded.close()


def test_it_is_here_and_names_its_formats(case: Case) -> None:
    assert case.backend.unavailable() is None
    assert case.format in case.backend.formats


def test_it_takes_its_own_format_and_says_why_not_another(case: Case) -> None:
    about = {"opset": 17, "precision": "fp32"}
    assert case.backend.refuses({"format": case.format, **about}, case.options) is None


def test_start_names_packages_and_versions(case: Case) -> None:
    packages = case.backend.start()
    assert packages
    assert all(isinstance(version, str) for version in packages.values())


def test_settings_go_into_a_report(session: Session) -> None:
    assert json.loads(json.dumps(dict(session.settings), allow_nan=False))
    assert session.settings["threads"] == 1


def test_a_run_gives_every_output_by_name(session: Session, case: Case) -> None:
    outputs = session.run(case.arrays)
    assert outputs
    assert all(isinstance(array, np.ndarray) for array in outputs.values())


def test_runs_are_repeatable(session: Session, case: Case) -> None:
    once = {name: np.array(array) for name, array in session.run(case.arrays).items()}
    again = session.run(case.arrays)
    for name, array in once.items():
        np.testing.assert_array_equal(array, again[name])


def test_a_bound_run_needs_nothing_and_can_be_repeated(session: Session, case: Case) -> None:
    session.run(case.arrays)
    run = session.bind(case.arrays)
    for _ in range(3):
        run()


def test_operators_are_times_or_a_reason(case: Case, tmp_path: Path) -> None:
    case.backend.start()
    found = case.backend.operators(str(case.model(tmp_path)), case.options, case.arrays, 0.05)
    if isinstance(found, str):
        assert found
        return
    assert all(one.latency_s >= 0 for one in found)
    assert len({(one.name, one.type) for one in found}) == len(found)


def test_onnxruntime_says_whose_fault_it_is(tmp_path: Path) -> None:
    backend = OnnxRuntime()
    backend.start()
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"\x08\x08nothing")
    with pytest.raises(Refusal) as refusal:
        backend.load(str(bad), OPTIONS)
    assert refusal.value.kind == "request"
    session = backend.load(str(EXAMPLES / "student.onnx"), OPTIONS)
    with pytest.raises(Refusal) as refusal:
        session.run({"image": np.zeros((1, 1, 9, 9), np.float32)})
    assert refusal.value.kind == "request"


def test_onnxruntime_computes_the_same_bound_as_unbound_whatever_becomes_of_the_arrays() -> None:
    """A bound value borrows memory: once it was freed, runs wrote into whatever came there."""
    backend = OnnxRuntime()
    backend.start()
    session: Any = backend.load(str(EXAMPLES / "student.onnx"), OPTIONS)
    arrays = {"image": np.random.default_rng(0).random((64, 1, 8, 8), np.float32)}
    expected = np.array(session.run(arrays)["logits"])
    run: Any = session.bind(arrays)
    del arrays
    gc.collect()
    others = [np.full((64, size), 7, np.float32) for size in (10, 64) for _ in range(50)]
    run()
    np.testing.assert_array_equal(run.args[0].get_outputs()[0].numpy(), expected)
    assert all((other == 7).all() for other in others)
