"""Arrays from descriptions."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.base.records import Feed, Plugin, Recast, Values
from effprof.worker import feed
from effprof.worker.protocol import Load, Request, decode, encode


def one(dtype: str = "float32", shape: tuple[int, ...] = (2, 3), **values: Any) -> feed.Array:
    values.setdefault("kind", "random")
    return feed.arrays([Feed("x", dtype, shape, Values(**values))], seed=7)["x"]


def test_random_is_seeded_and_inside_its_range() -> None:
    array = one(low=-2, high=5)
    assert array.dtype == np.float32
    assert array.shape == (2, 3)
    assert ((array >= -2) & (array <= 5)).all()
    assert (array == one(low=-2, high=5)).all()


@given(st.integers(-100, 100), st.integers(1, 300))
def test_integers_stay_below_the_bound(low: int, span: int) -> None:
    array = one("int64", (50,), low=low, high=low + span)
    assert low <= array.min()
    assert array.max() < low + span


def test_every_input_has_a_generator_of_its_own() -> None:
    x = Feed("x", "float32", (4,), Values("random"))
    y = Feed("y", "float32", (4,), Values("random"))
    both = feed.arrays([x, y], seed=0)
    assert (both["x"] == feed.arrays([x], seed=0)["x"]).all()
    assert (both["x"] != both["y"]).any()


@pytest.mark.parametrize(("kind", "value"), [("zeros", 0), ("ones", 1), ("constant", 16000)])
def test_fixed_values(kind: str, value: int) -> None:
    assert (one("int64", (3,), kind=kind, low=16000) == value).all()


def test_a_scalar_has_no_axis() -> None:
    assert one("int64", (), kind="constant", low=16000).shape == ()


def test_items_of_a_file_go_round(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, x=np.arange(10, dtype=np.float32).reshape(5, 2))
    spec = Feed("x", "float32", (2, 2), Values("file", path=str(path), key="x"))
    assert feed.arrays([spec], 0, first_item=4)["x"].tolist() == [[8, 9], [0, 1]]


def test_a_file_of_the_very_shape_is_taken_whole(tmp_path: Path) -> None:
    path = tmp_path / "h.npy"
    np.save(path, np.ones((2, 1, 4), np.float32))
    spec = Feed("h", "float32", (2, 1, 4), Values("file", path=str(path)))
    assert feed.arrays([spec], 0, first_item=3)["h"].shape == (2, 1, 4)


def test_a_pickled_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    spec = Feed("x", "float32", (1,), Values("file", path=str(path)))
    with pytest.raises(ValueError, match="allow_pickle"):
        feed.arrays([spec], 0)


def test_a_request_survives_the_wire() -> None:
    feeds = (Feed("x", "int64", (1, 2), Values("random", 0, 9, why="indexes 9 rows")),)
    request = Request(
        "time", Plugin("a:B", "/a.py"), (Load("m.onnx", feeds),), {"threads": 2}, (), {"s": 1.5}, 3
    )
    assert decode(encode(request)) == request


def test_a_recast_input_holds_the_originals_values() -> None:
    """Drawn by the original's name, axes moved, then quantised: round to even, saturated."""
    plain = Feed("x", "float32", (2, 3, 4), Values("random", -2, 2))
    moved = replace(plain, name="y_nhwc", recast=Recast("x", (0, 2, 1), "float32"))
    whole = replace(plain, name="q", recast=Recast("x", (0, 2, 1), "int8", 0.01, -3))
    made = feed.arrays([plain, moved, whole], seed=7)
    assert moved.run_shape == (2, 4, 3)
    assert (made["y_nhwc"] == made["x"].transpose(0, 2, 1)).all()
    assert made["q"].dtype == np.int8
    assert made["q"].flags.c_contiguous
    real = (made["q"].astype(float) + 3) * 0.01
    inside = np.clip(made["y_nhwc"], -1.25, 1.30)
    assert np.abs(real - inside).max() <= 0.0051


def test_a_recast_feed_travels() -> None:
    recast = Recast("x", (0, 2, 1), "int8", 0.5, 3)
    feeds = (Feed("y", "float32", (1, 2, 3), Values("random"), recast),)
    request = Request("time", None, (Load("m.tflite", feeds),))
    assert decode(encode(request)) == request
