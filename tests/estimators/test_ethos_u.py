"""Arm Ethos-U by Vela itself: what its summary becomes, and what it does not say."""

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from effprof import target
from effprof.base.errors import LackingError, ModelError, UnfinishedError
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.work import Device, Work
from effprof.estimators import vela
from effprof.estimators.ethos_u import EthosU
from effprof.measure.estimate import described
from tests.backends.mcu.models import T, dense, model
from tests.e2e.command import effprof_here
from tests.model import tflite_build

NPU = target.load("corstone-300-u55")
needs_vela = pytest.mark.skipif(
    importlib.util.find_spec("ethosu") is None, reason="ethos-u-vela is not installed"
)


def estimate(path: Path) -> Sequence[Measurement | Missing | Caution]:
    work = Work("tflite", "int8", 1, path.stat().st_size, 1, 1, 1, path=str(path))
    return EthosU().estimate(work, described(NPU, None), {})


def figures(found: Sequence[Measurement | Missing | Caution]) -> dict[str, Measurement]:
    return {one.metric: one for one in found if isinstance(one, Measurement)}


def missing(found: Sequence[Measurement | Missing | Caution]) -> dict[str, Missing]:
    return {one.metric: one for one in found if isinstance(one, Missing)}


@needs_vela
def test_the_summary_is_read_and_every_figure_is_modelled_by_vela(tmp_path: Path) -> None:
    found = estimate(dense(tmp_path / "m.tflite"))
    had = figures(found)
    assert {*had, *missing(found)} == set(EthosU.metrics)
    assert all(one.origin is Origin.MODELLED for one in had.values())
    assert all(one.source.startswith("vela ") for one in had.values())
    cycles, mean = had["compute.cycles"], had["latency.mean"]
    assert mean.value == pytest.approx(cycles.value / 500e6)
    assert (mean.low, mean.high) == (mean.value / 2, mean.value * 2)
    assert "energy.inference" in missing(found)


@needs_vela
def test_operators_on_the_cpu_are_named_and_leave_no_upper_end(tmp_path: Path) -> None:
    tensors = [T((1, 16, 16, 8)), T((1, 16, 16, 8)), T((1, 16, 16, 8), "float32", None)]
    add = {"table": "AddOptions", "fusedActivationFunction": 0}
    ops = [("ADD", add, [0, 0], [1]), ("DEQUANTIZE", None, [1], [2])]
    path = tmp_path / "m.tflite"
    path.write_bytes(model(ops, tensors, [0], [2]))
    found = estimate(path)
    (said,) = [one for one in found if isinstance(one, Caution)]
    assert said.code == "falls-back-to-cpu"
    assert "DEQUANTIZE (1)" in said.text
    assert figures(found)["latency.mean"].high is None
    assert figures(found)["throughput.items"].low is None


@needs_vela
def test_a_model_without_an_operator_for_the_npu_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no operator of it runs on the NPU") as said:
        estimate(tflite_build.network(tmp_path / "m.tflite"))
    assert "-t tinyml" in said.value.hint


@needs_vela
@pytest.mark.parametrize("kept", [0.5, 0.0])
def test_a_damaged_model_is_the_request_s_fault(kept: float, tmp_path: Path) -> None:
    path = dense(tmp_path / "m.tflite")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)] or b"not a model at all")
    with pytest.raises(ModelError, match="Vela does not compile this model"):
        vela.compiled(path, tmp_path, [])


@needs_vela
def test_what_takes_too_long_is_unfinished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vela, "DEADLINE_S", 0.0)
    with pytest.raises(UnfinishedError, match="did not end"):
        estimate(dense(tmp_path / "m.tflite"))


@needs_vela
@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (("--batch", "4"), "this is a batch of 4", "--batch 1"),
        (("--precision", "fp32"), "runs int8 models, this is fp32", "int8 .tflite"),
    ],
)
def test_what_it_has_no_figure_for_is_refused_before_any_work(
    words: tuple[str, ...], said: str, hint: str, tmp_path: Path
) -> None:
    path = tflite_build.network(tmp_path / "m.tflite")
    done = effprof_here("measure", path, "-t", "corstone-300-u55", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert hint in done.stderr


def test_without_the_package_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(LackingError) as told:
        EthosU().lacks(Device("corstone-300-u55", {}))
    assert told.value.exit_code == 3
    assert "effprof[ethos-u]" in told.value.hint


@needs_vela
def test_a_target_that_does_not_name_the_npu_is_refused() -> None:
    assert EthosU().lacks(Device("x", {})) == "facts.npu: is not there"


@needs_vela
def test_from_the_command_line_to_the_report(tmp_path: Path) -> None:
    saved = tmp_path / "r.json"
    path = dense(tmp_path / "m.tflite")
    done = effprof_here("measure", path, "-t", "corstone-300-u55", "--time", 0.2, "--json", saved)
    assert done.returncode == 0, done.stderr
    assert "Network summary" not in done.stdout + done.stderr
    report = json.loads(saved.read_text())
    assert report["metrics"]["compute.cycles"]["origin"] == "modelled"
