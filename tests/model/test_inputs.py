from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from effprof.base.errors import InputError, ModelError
from effprof.base.records import TensorSpec
from effprof.model.dims import settle
from effprof.model.inputs import Fed, described, make_feeds, read_given
from effprof.model.model import Facts, Hint, Model

X = TensorSpec("x", "float32", ("batch", 4))
IDS = TensorSpec("a/ids:0", "int64", ("batch", "sequence"))


def _model(*specs: TensorSpec) -> Model:
    facts = Facts(inputs=specs, hints={IDS.name: Hint("index", "table", 0, 30)})
    return Model(Path("m.onnx"), "m.onnx", "onnx", "", 1, facts)


def _fed(model: Model, words: list[str], source: Path | None = None, **dims: int) -> Fed:
    given = read_given(model, words, source, source)
    return make_feeds(model, settle(model, dims, {}, None, given.shapes), given)


def _saved(path: Path, array: object) -> Path:
    np.save(path, np.asarray(array))
    return path


def test_values_are_made_where_none_are_given() -> None:
    fed = _fed(_model(X, IDS), [], sequence=3)
    assert [feed.shape for feed in fed.feeds] == [(1, 4), (1, 3)]
    assert [feed.values.high for feed in fed.feeds] == [1, 30]
    assert fed.items is None
    assert described(fed.feeds[1], 7) == "random in [0, 30), table, seed 7"


def test_a_word_wins_over_the_default() -> None:
    fed = _fed(_model(X), ["x=random:-1:1"])
    assert (fed.feeds[0].values.low, fed.feeds[0].values.high) == (-1, 1)
    assert _fed(_model(X), ["x=zeros"]).feeds[0].values.kind == "zeros"


def test_rows_are_items(tmp_path: Path) -> None:
    path = _saved(tmp_path / "a.npy", np.zeros((10, 4), np.float32))
    fed = _fed(_model(X), [f"x={path}"])
    assert (fed.items, fed.feeds[0].shape) == (10, (1, 4))
    assert _fed(_model(X), [f"x={path}"], batch=4).feeds[0].shape == (4, 4)
    fixed = _model(TensorSpec("x", "float32", (1, 4)))
    assert _fed(fixed, [f"x={path}"]).items == 10


def test_an_array_settles_open_sizes(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a_ids_0=np.zeros((5, 7), "i8"))
    fed = _fed(_model(IDS), [], tmp_path / "a.npz")
    assert (fed.items, fed.feeds[0].shape) == (5, (1, 7))


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.zeros((2, 4)), "float64, but input x takes float32"),
        (np.zeros((2, 5), np.float32), "5 where x has 4"),
        (np.zeros((4,), np.float32), "1 dimensions"),
        (np.full((1, 4), np.nan, np.float32), "NaN"),
        (np.zeros((0, 4), np.float32), "shape 0x4"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, array: object, word: str) -> None:
    path = _saved(tmp_path / "a.npy", array)
    with pytest.raises(InputError, match=word) as error:
        _fed(_model(X), [f"x={path}"])
    assert error.value.hint


@pytest.mark.parametrize(
    ("dtype", "values", "said"),
    [
        ("uint8", "300", "uint8 ends at 0 and 255"),
        ("uint8", "random:-5:500", "uint8 ends at 0 and 255"),
        ("int64", "random:0:1e30", "int64 ends at"),
        ("int64", "2.7", "is not whole"),
        ("int32", "random:0:0.5", "is not whole"),
        ("int4", "3", "values of type int4 cannot be made"),
        ("string", "ones", "values of type string cannot be made"),
    ],
)
def test_numbers_that_the_type_cannot_hold_are_refused(dtype: str, values: str, said: str) -> None:
    model = _model(TensorSpec("x", dtype, (1, 4)))
    with pytest.raises(InputError, match=said) as error:
        _fed(model, [f"x={values}"])
    assert error.value.hint


@pytest.mark.parametrize("values", ["255", "random:0:256", "random", "zeros"])
def test_all_that_the_type_holds_is_taken(values: str) -> None:
    assert _fed(_model(TensorSpec("x", "uint8", (1, 4))), [f"x={values}"]).feeds


def test_fewer_rows_than_a_batch_are_refused(tmp_path: Path) -> None:
    path = _saved(tmp_path / "a.npy", np.zeros((3, 4), np.float32))
    with pytest.raises(InputError, match="shape 3x4"):
        _fed(_model(X), [f"x={path}"], batch=8)


def test_arrays_must_hold_as_many_items(tmp_path: Path) -> None:
    y = TensorSpec("y", "float32", ("batch", 4))
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 4), "f"), y=np.zeros((2, 4), "f"))
    with pytest.raises(InputError, match="x has 3, y has 2"):
        _fed(_model(X, y), [], tmp_path / "a.npz")


def test_unknown_and_missing_names(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no input xx"):
        _fed(_model(X), ["xx=zeros"])
    np.savez(tmp_path / "a.npz", xx=np.zeros((1, 4), "f"))
    with pytest.raises(InputError) as error:
        _fed(_model(X), [], tmp_path / "a.npz")
    assert error.value.hint == "did you mean x?"
    np.savez(tmp_path / "b.npz", x=np.zeros((1, 4), "f"))
    with pytest.raises(InputError, match="no array for a/ids:0"):
        _fed(_model(X, IDS), [], tmp_path / "b.npz")
    with pytest.raises(InputError, match="no such file"):
        _fed(_model(X), [], tmp_path / "none.npz")


def test_a_folder_of_arrays(tmp_path: Path) -> None:
    _saved(tmp_path / "x.npy", np.zeros((6, 4), np.float32))
    assert _fed(_model(X), [], tmp_path).items == 6


def test_an_onnx_test_data_set(tmp_path: Path) -> None:
    arrays: list[NDArray[Any]] = [np.zeros((1, 4), np.float32), np.ones((1, 9), np.int64)]
    for place, array in enumerate(arrays):
        tensor = onnx.numpy_helper.from_array(array)
        (tmp_path / f"input_{place}.pb").write_bytes(tensor.SerializeToString())
    fed = _fed(_model(X, IDS), [], tmp_path)
    assert [feed.shape for feed in fed.feeds] == [(1, 4), (1, 9)]
    assert np.load(fed.feeds[1].values.path).sum() == 9
    with pytest.raises(InputError, match="2 tensors"):
        _fed(_model(X), [], tmp_path)
    (tmp_path / "input_1.pb").write_bytes(b"\xff\xff")
    with pytest.raises(ModelError, match="TensorProto"):
        _fed(_model(X, IDS), [], tmp_path)
