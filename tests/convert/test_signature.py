"""A .tflite without a signature gets one: the quantiser calibrates by it alone."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from effprof.convert import children
from tests.conftest import SHARED
from tests.model.tflite_build import Graph


@pytest.fixture
def step() -> Any:
    """The step's own file, as its process loads it."""
    path = Path(children.__file__).with_name("quantise_tflite.py")
    spec = importlib.util.spec_from_file_location("quantise_tflite", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sums(folder: Path, *names: str) -> Path:
    """Adds its two inputs, which may be called alike."""
    graph = Graph()
    x, y, z = (graph.tensor(name, [1, 4]) for name in names)
    graph.add("ADD", [x, y], [z])
    return graph.file(folder / "sums.tflite", [x, y], [z])


def test_inputs_and_outputs_are_named_as_their_tensors(step: Any, tmp_path: Path) -> None:
    path = sums(tmp_path, "a", "b", "sum")
    signed = step._signed(path, tmp_path)  # noqa: SLF001
    told = Interpreter(signed).get_signature_list()
    assert told == {"serving_default": {"inputs": ["a", "b"], "outputs": ["sum"]}}
    runner = Interpreter(signed).get_signature_runner()
    a, b = np.arange(8, dtype=np.float32).reshape(2, 1, 4)
    assert (runner(a=a, b=b)["sum"] == a + b).all()


def test_two_of_one_name_are_told_apart(step: Any, tmp_path: Path) -> None:
    signed = step._signed(sums(tmp_path, "x", "x", ""), tmp_path)  # noqa: SLF001
    told = Interpreter(signed).get_signature_list()
    assert told == {"serving_default": {"inputs": ["x:0", "x:1"], "outputs": ["tensor_2"]}}


def test_a_file_that_has_one_is_left_alone(step: Any, tmp_path: Path) -> None:
    signed = step._signed(sums(tmp_path, "a", "b", "sum"), tmp_path)  # noqa: SLF001
    other = tmp_path / "other"
    other.mkdir()
    assert step._signed(Path(signed), other) == signed  # noqa: SLF001


def test_the_weights_of_a_real_one_stay(step: Any, tmp_path: Path) -> None:
    path = SHARED / "models" / "kws_float.tflite"
    if not path.exists():
        pytest.skip("the models beside the project are not here")
    before, after = (Interpreter(str(one)) for one in (path, step._signed(path, tmp_path)))  # noqa: SLF001
    x = np.random.default_rng(0).normal(size=(1, 49, 10, 1)).astype(np.float32)
    answers = []
    for one in (before, after):
        one.allocate_tensors()
        one.set_tensor(one.get_input_details()[0]["index"], x)
        one.invoke()
        answers.append(one.get_tensor(one.get_output_details()[0]["index"]))
    assert (answers[0] == answers[1]).all()
