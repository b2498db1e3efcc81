"""Answers against labels and a reference."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from effprof.base.errors import InputError
from effprof.base.records import Measurement, Missing
from effprof.convert import Tensor
from effprof.measure.asked import Asked
from effprof.measure.assess import wanted_items
from effprof.measure.plan import Plan
from effprof.measure.prepare import prepare
from effprof.measure.quality import accuracy, against, outputs, read_labels, restored, spoiled
from effprof.target import load
from effprof.worker.feed import arrays


def value(found: Measurement | Missing) -> float:
    assert isinstance(found, Measurement)
    return found.value


def one_hot(classes: list[int]) -> dict[str, np.ndarray]:
    return {"y": np.eye(4, dtype=np.float32)[classes]}


def test_accuracy_is_a_share_with_wilsons_interval() -> None:
    found = accuracy(one_hot([0, 1, 2, 3] * 25), np.array([0, 1, 2, 0] * 25))
    assert isinstance(found, Measurement)
    assert (found.value, found.n) == (0.75, 100)
    assert found.low == pytest.approx(0.657, abs=1e-3)
    assert found.high == pytest.approx(0.825, abs=1e-3)


def test_all_right_is_not_certainty() -> None:
    found = accuracy(one_hot([0] * 20), np.zeros(20, int))
    assert isinstance(found, Measurement)
    assert found.high == 1
    assert found.low is not None
    assert 0.8 < found.low < 1


def test_no_row_of_classes_is_missing() -> None:
    assert isinstance(accuracy({"y": np.zeros((5, 3, 7))}, np.zeros(5, int)), Missing)
    assert isinstance(accuracy({"y": np.zeros(5)}, np.zeros(5, int)), Missing)


def test_nan_is_no_class_that_two_models_could_agree_on() -> None:
    spoilt = {"y": np.full((3, 4), np.nan)}
    for found in (accuracy(spoilt, np.zeros(3, int)), *against(spoilt, spoilt, 3)):
        assert isinstance(found, Missing)
    agreement, *_ = against(one_hot([0, 1, 2]), spoilt, 3)
    assert isinstance(agreement, Missing)
    assert "NaN" in agreement.reason


def test_against_itself_and_against_another() -> None:
    ours = one_hot([0, 1, 2])
    agreement, cosine, error = against(ours, ours, 3)
    assert value(agreement) == pytest.approx(1)
    assert value(cosine) == pytest.approx(1)
    assert value(error) == 0
    agreement, cosine, error = against(ours, one_hot([0, 1, 3]), 3)
    assert value(agreement) == pytest.approx(2 / 3)
    assert value(cosine) == pytest.approx(2 / 3)
    assert value(error) == 1


def test_nothing_in_common_or_not_finite_is_missing() -> None:
    assert all(isinstance(one, Missing) for one in against(one_hot([0]), {"z": np.ones(1)}, 1))
    bad = {"y": np.full((1, 4), np.nan, np.float32)}
    _, cosine, error = against(bad, one_hot([0]), 1)
    assert isinstance(cosine, Missing)
    assert isinstance(error, Missing)


@pytest.mark.parametrize(
    ("labels", "items", "said"),
    [
        (np.zeros((3, 2), int), 3, "whole number an item"),
        (np.zeros(3), 3, "whole number an item"),
        (np.zeros(4, int), 3, "4 labels for 3 items"),
        (np.zeros(3, int), None, "nothing to label"),
    ],
)
def test_labels_that_do_not_fit(
    labels: np.ndarray, items: int | None, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "labels.npy"
    np.save(path, labels)
    with pytest.raises(InputError, match=said):
        read_labels(path, items)


def test_outputs_go_by_the_originals_names() -> None:
    answered = {"Identity:0": np.ones(3), "left_over": np.zeros(3)}
    tensors = (Tensor("Identity:0", "logits", "float32"),)
    assert list(restored(answered, tensors)) == ["logits"]
    moved = np.arange(24).reshape(1, 2, 3, 4)
    back = restored(
        {"y": moved.transpose(0, 2, 3, 1)}, (Tensor("y", "y", "float32", (0, 2, 3, 1)),)
    )
    assert (back["y"] == moved).all()
    assert restored(answered, ()) is answered


def test_only_nan_that_the_reference_has_not_is_the_conversions() -> None:
    bad, good = np.array([np.nan, 1.0]), np.array([0.0, 1.0])
    assert spoiled({"a": bad, "b": bad, "c": good}, {"a": good, "b": bad, "c": good}) == ["a"]


def test_labels_that_are_no_npy(tmp_path: Path) -> None:
    np.savez(tmp_path / "labels.npz", labels=np.zeros(3, int))
    os.mkfifo(tmp_path / "pipe.npy")
    for name, said in {"labels.npz": "no .npy array", "pipe.npy": "not a regular file"}.items():
        with pytest.raises(InputError, match=said):
            read_labels(tmp_path / name, 3)


def test_made_values_are_new_ones_for_each_run(student: Path, tmp_path: Path) -> None:
    plan = prepare(Asked(model=student, target=load("edge")), tmp_path).plan
    with outputs(plan, 3) as (found, items), outputs(plan, 3) as (again, _):
        (logits,) = found.values()
        assert items == 3
        assert len(logits) == 3
        assert len(np.unique(np.asarray(logits), axis=0)) == 3
        assert all((np.asarray(again[name]) == one).all() for name, one in found.items())
    with outputs(plan, 5, ceiling_s=1e-9) as (first, items):  # no second one begins
        assert items == 1
        assert (np.asarray(next(iter(first.values())))[0] == first_of(plan)).all()


def first_of(plan: Plan) -> np.ndarray:
    """The answer to the very values that are timed."""
    import onnxruntime

    path, feeds = plan.loads[1].path, plan.loads[1].feeds
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    logits: np.ndarray = np.asarray(session.run(None, arrays(feeds, plan.seed))[0])[0]
    return logits


@pytest.mark.parametrize(("runs", "items"), [(10_000, 16), (3, 3), (0, 1)])
def test_how_many_made_items(student: Path, tmp_path: Path, runs: int, items: int) -> None:
    prepared = prepare(Asked(model=student, target=load("edge")), tmp_path)
    assert wanted_items(prepared, runs) == items
    assert wanted_items(replace(prepared, items=500), runs) == 500
