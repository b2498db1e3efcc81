from dataclasses import replace as changed
from typing import Any

import pytest
from msgspec.structs import replace

from effprof.history.series import series
from effprof.report.gate import Gate, GateBase
from effprof.report.report import HostPart, ModelPart, ScenarioPart, TargetPart, Tensor
from tests.history.build import kept

BASE = kept(0).report


@pytest.mark.parametrize(
    "change",
    [
        {"model": replace(BASE.model, sha256="1" * 64, size_bytes=7, macs=3)},
        {"host": replace(BASE.host, packages={"onnxruntime": "9"}, os="Linux 9", load=0.5)},
        {"effprof": "9", "created": "2027-01-01T00:00:00Z", "id": "other"},
        {"scenario": replace(BASE.scenario, trials=9, runs=9, seed=9, rate=17.0)},
    ],
)
def test_what_changes_with_a_commit_is_no_other_series(change: dict[str, Any]) -> None:
    assert series(replace(BASE, **change), "p").key == series(BASE, "p").key


@pytest.mark.parametrize(
    "change",
    [
        {"model": ModelPart("n.onnx", "onnx", "0" * 64, 1)},
        {"model": replace(BASE.model, inputs=(Tensor("x", "float32", (1, 9)),))},
        {"target": TargetPart("cloud", "edge", "scripted", "0" * 64)},
        {"target": replace(BASE.target, settings={"threads": 2})},
        {"target": replace(BASE.target, backend="other")},
        {"target": replace(BASE.target, device={"name": "a phone"})},
        {"host": HostPart("cpu", 1, 1, "Linux", "3.11", "1")},
        {"scenario": ScenarioPart("offline", 1, 1, 1, 0, 0)},
        {"scenario": replace(BASE.scenario, batch=8)},
        {"gate": Gate("pass", GateBase("b.onnx", "0" * 64, 1), 0.01, 0.04, ())},
        {"scenario": replace(BASE.scenario, deadline=0.05)},
        {"scenario": replace(BASE.scenario, command=("effprof", "--runtime", "ort==1"))},
        {"scenario": replace(BASE.scenario, command=("effprof", "--rate=9"))},
    ],
)
def test_what_was_chosen_otherwise_is(change: dict[str, Any]) -> None:
    assert series(replace(BASE, **change), "p").key != series(BASE, "p").key


def test_models_of_one_name_in_two_projects_are_two() -> None:
    assert series(BASE, "p").key != series(BASE, None).key
    assert series(BASE, None).key == series(BASE, "").key


def test_no_two_parts_run_together() -> None:
    one = series(BASE, "p")
    assert changed(one, model="a", target="b\nc").key != changed(one, model="a\nb", target="c").key
