from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.base.errors import InputError
from effprof.base.records import TensorSpec
from effprof.model.dims import batch_axes, resolve, settle
from effprof.model.model import Facts, Model, Shape
from effprof.model.symbols import parts

SILERO = {"input": ("?", "?"), "state": (2, "?", 128), "sr": ()}
BERT = {"ids": ("batch", "sequence"), "mask": ("batch", "sequence")}


def _model(inputs: Mapping[str, Shape], outputs: Shape = ("?",)) -> Model:
    specs = tuple(TensorSpec(name, "float32", shape) for name, shape in inputs.items())
    facts = Facts(inputs=specs, outputs=(TensorSpec("y", "float32", outputs),))
    return Model(Path("m.onnx"), "m.onnx", "onnx", "", 1, facts)


def test_a_symbolic_batch_becomes_one_and_says_so() -> None:
    settled = settle(_model({"x": ("batch_size", 3, 8, 8)}), {}, {})
    assert settled.shapes == {"x": (1, 3, 8, 8)}
    assert settled.batch == 1
    assert settled.notices == ("batch_size left open: a batch of 1",)


@pytest.mark.parametrize("name", ["batch", "N", "bs", "b", "Batch_Size", "unk__214", "?", "s0"])
def test_open_first_axes_are_a_batch(name: str) -> None:
    assert batch_axes((TensorSpec("x", "float32", (name, 4)),)) == {"x": 0}


@pytest.mark.parametrize("name", ["sequence_length", "time", "T", "num_frames", "height", "tokens"])
def test_other_first_axes_are_not(name: str) -> None:
    assert batch_axes((TensorSpec("x", "float32", (name, 4)),)) == {}


def test_a_batch_is_found_wherever_it_stands() -> None:
    specs = [TensorSpec("x", "float32", shape) for shape in ((2, "batch", 8),)]
    assert batch_axes(specs) == {"x": 1}


def test_unresolved_dimensions_print_every_flag() -> None:
    with pytest.raises(InputError) as error:
        settle(_model(BERT), {}, {})
    assert "--dim sequence=16" in error.value.hint
    assert error.value.hint.count("--dim") == 1
    with pytest.raises(InputError) as error:
        settle(_model(SILERO), {}, {})
    assert "--shape input=1xN --shape state=2xNx128" in error.value.hint


def test_the_printed_flags_settle_it() -> None:
    model = _model(SILERO)
    settled = settle(model, {}, {"input": (1, 512), "state": (2, 1, 128)})
    assert settled.shapes == {"input": (1, 512), "state": (2, 1, 128), "sr": ()}
    assert settled.notices == ()


def test_a_symbol_gets_its_size_everywhere() -> None:
    settled = settle(_model(BERT), {"sequence": 12}, {})
    assert settled.shapes == {"ids": (1, 12), "mask": (1, 12)}
    settled = settle(_model(BERT), {}, {"ids": (4, 12)})
    assert settled.shapes["mask"] == (4, 12)
    assert settled.batch == 4


def test_sums_of_symbols_are_worked_out() -> None:
    model = _model(
        {"ids": ("batch", "seq"), "mask": ("batch", "past + seq"), "p": ("batch", "past")}
    )
    assert settle(model, {"seq": 1, "past": 7}, {}).shapes["mask"] == (1, 8)
    assert resolve(model, {"seq": 1}, {}).flags == ("--dim past=16",)


@pytest.mark.parametrize(
    ("dims", "shapes", "word"),
    [
        ({"sequense": 4}, {}, "did you mean sequence"),
        ({}, {"idz": (1, 2)}, "did you mean ids"),
        ({}, {"ids": (1, 2, 3)}, "batchxsequence"),
        ({"sequence": 8}, {"ids": (1, 9)}, "batchxsequence"),
    ],
)
def test_what_does_not_fit_is_refused(
    dims: dict[str, int], shapes: dict[str, tuple[int, ...]], word: str
) -> None:
    with pytest.raises(InputError) as error:
        settle(_model(BERT), dims, shapes)
    assert word in error.value.hint


def test_a_fixed_size_is_not_changed() -> None:
    with pytest.raises(InputError, match="224"):
        settle(_model({"x": (1, 3, 224, 224)}), {}, {"x": (1, 3, 256, 224)})


def test_a_batch_is_set() -> None:
    assert settle(_model(BERT), {"sequence": 2}, {}, 8).shapes["ids"] == (8, 2)
    assert settle(_model({"x": (8, 3)}, (8, 2)), {}, {}, 8).batch == 8


def test_a_fixed_batch_is_named() -> None:
    with pytest.raises(InputError, match="fixed batch of 1"):
        settle(_model({"x": (1, 3)}, (1, 2)), {}, {}, 8)
    with pytest.raises(InputError, match="batch of 0"):
        settle(_model(BERT), {"sequence": 2}, {}, 0)


def test_arrays_settle_what_is_open_but_not_the_batch() -> None:
    settled = settle(_model(BERT), {}, {}, None, {"ids": (100, 12), "mask": (100, 12)})
    assert settled.shapes["ids"] == (1, 12)
    assert settle(_model({"x": (1, 12)}), {}, {}, None, {"x": (100, 12)}).shapes["x"] == (1, 12)
    timed = settle(_model({"x": ("time", 12)}), {}, {}, None, {"x": (100, 12)})
    assert timed.shapes["x"] == (100, 12)


def test_an_unknown_rank_asks_for_a_shape() -> None:
    model = _model({"x": ("...",)})
    assert resolve(model, {}, {}).flags == ("--shape x=1xN",)
    assert settle(model, {}, {"x": (1, 2, 3)}).shapes["x"] == (1, 2, 3)


_NAMES = st.sampled_from(["batch", "seq", "?", "h", 1, 3, "seq + h"])


@given(st.lists(st.lists(_NAMES, max_size=4).map(tuple), min_size=1, max_size=3), st.integers(1, 9))
def test_every_open_size_is_settled_or_flagged(shapes: list[Shape], size: int) -> None:
    model = _model({f"x{place}": shape for place, shape in enumerate(shapes)})
    found = resolve(model, {}, {})
    left = [dim for shape in found.shapes.values() for dim in shape if isinstance(dim, str)]
    assert bool(left) == bool(found.flags)
    for name, axis in found.batch_axes.items():
        assert found.shapes[name][axis] == 1
    symbols = {"seq": size, "h": size}
    wanted = {part for shape in shapes for dim in shape for part in parts(str(dim))}
    used = {name: size for name in symbols if name in wanted}
    done = resolve(model, used, {})
    assert not [dim for shape in done.shapes.values() for dim in shape if dim in ("seq", "h")]
