"""Reading .tflite files: what they declare, what is counted, and that nothing in them harms."""

import random
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from effprof.base.errors import InputError, ModelError
from effprof.base.records import Quantization, Values
from effprof.model.count import count
from effprof.model.dims import settle
from effprof.model.inputs import make_feeds, read_given
from effprof.model.model import Counts, Model, Shape
from effprof.model.open import open_model
from effprof.model.tflite import facts, operators, reader
from effprof.worker import feed
from tests.conftest import SHARED
from tests.model import tflite_build as build

KNOWN = {  # file -> multiply-accumulates: the reference networks of MLPerf Tiny
    "kws_int8": 2_656_768,
    "kws_float": 2_656_768,
    "vww_int8": 7_489_664,
    "ic_int8": 12_501_632,
    "ad_int8": 264_192,
}


def _open(path: Path) -> Model:
    """As `open_model`, in this process: a child for each test would take a second."""
    declared = facts.facts(reader.load(str(path)))
    return Model(path, path.name, "tflite", "", path.stat().st_size, declared)


def _count(model: Model, shapes: Mapping[str, Shape]) -> Counts:
    return operators.count(reader.load(str(model.path)), shapes)


def test_what_a_file_declares(tmp_path: Path) -> None:
    model = open_model(build.network(tmp_path / "m.tflite"))
    assert model.format == "tflite"
    assert model.precision == model.facts.activations == "fp32"
    assert model.parameters == 4 * 27 + 4 + 20
    assert model.facts.weight_bytes == 4 * 132 + 8
    assert count(model, {"x": (1, 8, 8, 3)}).macs == 4 * 4 * 4 * 27 + 5 * 4
    assert [(spec.name, spec.dtype, spec.shape) for spec in (*model.inputs, *model.outputs)] == [
        ("x", "float32", ("?", 8, 8, 3)),
        ("scores", "float32", ("?", 5)),
    ]


def test_operators_are_counted_at_the_batch_that_is_run(tmp_path: Path) -> None:
    model = _open(build.network(tmp_path / "m.tflite"))
    for batch in (1, 7):
        counts = _count(model, dict(settle(model, {}, {}, batch).shapes))
        assert counts.macs == batch * (4 * 4 * 4 * 27 + 5 * 4)
        assert counts.weight_bytes == 4 * 132 + 8
        assert [one.output_shapes[0] for one in counts.operators] == [
            (batch, 4, 4, 4),
            (batch, 4),
            (batch, 5),
            (batch, 5),
        ]
        assert counts.outputs[0].shape == (batch, 5)


def test_a_fixed_batch_of_one_may_grow_and_no_other_axis(tmp_path: Path) -> None:
    model = _open(build.network(tmp_path / "m.tflite", open_batch=False))
    settled = settle(model, {}, {}, 8)
    assert settled.shapes == {"x": (8, 8, 8, 3)}
    assert settled.batch == 8
    with pytest.raises(InputError):
        settle(model, {}, {"x": (1, 9, 9, 3)})


def test_names_come_from_the_only_signature(tmp_path: Path) -> None:
    graph = build.Graph()
    x, y = graph.tensor("serving_default_x:0", (1, 4)), graph.tensor("PartitionedCall:0", (1, 4))
    graph.add("RELU", [x], [y])
    graph.signature("serving_default", {"image": x}, {"scores": y})
    model = _open(graph.file(tmp_path / "m.tflite", [x], [y]))
    assert [spec.name for spec in (*model.inputs, *model.outputs)] == ["image", "scores"]
    graph.signature("other", {"image": x}, {"scores": y})
    model = _open(graph.file(tmp_path / "m.tflite", [x], [y]))
    assert model.inputs[0].name == "serving_default_x:0"
    assert "2 signatures (serving_default, other)" in model.facts.notices[0]


def test_two_inputs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    graph = build.Graph()
    a, b, y = (graph.tensor(name, (1, 4)) for name in ("x", "x", "y"))
    graph.add("ADD", [a, b], [y], schema.AddOptionsT())
    model = _open(graph.file(tmp_path / "m.tflite", [a, b], [y]))
    assert [spec.name for spec in model.inputs] == ["x:0", "x:1"]


def test_quantised_inputs_are_fed_real_numbers_as_whole_ones(tmp_path: Path) -> None:
    model = _open(build.quantised(tmp_path / "m.tflite"))
    assert (model.precision, model.facts.activations) == ("int8", "int8")
    assert model.inputs[0].quantization == Quantization(0.5, -10)
    fed = make_feeds(model, settle(model, {}, {})).feeds[0]
    assert (fed.values.low, fed.values.high) == (-59, 69)
    for values, expected in (
        (Values("zeros"), -10),
        (Values("ones"), -8),
        (Values("constant", 2.0), -6),
        (Values("constant", 1e9), 127),
    ):
        array = feed.arrays([replace(fed, values=values)], 0)["x"]
        assert array.dtype == np.int8
        assert (array == expected).all()


def test_a_file_of_reals_is_quantised_and_one_of_whole_numbers_taken_as_it_is(
    tmp_path: Path,
) -> None:
    model = _open(build.quantised(tmp_path / "m.tflite"))
    for array, expected in (
        (np.array([[0.0, 0.5, -1.0, 100]], np.float32), [-10, -9, -12, 127]),
        (np.array([[1, 2, 3, 4]], np.int8), [1, 2, 3, 4]),
    ):
        path = tmp_path / f"{array.dtype}.npy"
        np.save(path, array)
        given = read_given(model, [f"x={path}"], None)
        fed = make_feeds(model, settle(model, {}, {}, None, given.shapes), given).feeds
        np.testing.assert_array_equal(feed.arrays(fed, 0)["x"][0], expected)
    np.save(tmp_path / "x.npy", np.zeros((1, 4), np.int32))
    with pytest.raises(InputError, match="int32, but input x takes int8"):
        read_given(model, [f"x={tmp_path / 'x.npy'}"], None)


def test_an_index_is_bound_by_its_table_and_what_was_taken_off_on_the_way(tmp_path: Path) -> None:
    model = _open(build.embedding(tmp_path / "m.tflite"))
    hint = model.facts.hints["tokens"]
    assert (hint.kind, hint.low, hint.high) == ("index", 1, 12)
    assert "11 rows of table" in hint.why
    counts = _count(model, {"tokens": (1, 6)})
    assert counts.macs == 0
    assert counts.operators[1].weight_bytes == 6 * 8 * 4  # the rows it picks, not the table


def test_a_custom_operator_is_named_and_its_work_unknown(tmp_path: Path) -> None:
    model = _open(build.custom(tmp_path / "m.tflite"))
    assert model.facts.custom == ("MagicWand",)
    counts = _count(model, {"x": (1, 4)})
    assert counts.macs is None
    assert counts.unknown == ("MagicWand x 1: what a custom operator does is not in the file",)


def test_weights_of_fewer_bits_than_what_is_computed_are_said(tmp_path: Path) -> None:
    graph = build.Graph()
    x, y = graph.tensor("x", (1, 4)), graph.tensor("y", (1, 3))
    dense = graph.weight("dense", np.ones((3, 4), np.int8), scale=0.125)
    graph.add("FULLY_CONNECTED", [x, dense, -1], [y], schema.FullyConnectedOptionsT())
    model = _open(graph.file(tmp_path / "m.tflite", [x], [y]))
    assert (model.precision, model.facts.activations) == ("int8", "fp32")
    assert "weights alone are int8 (dynamic range)" in model.facts.notices[0]


def test_widened_weights_count_as_they_are_stored(tmp_path: Path) -> None:
    graph = build.Graph()
    x, wide, y = (graph.tensor(n, s) for n, s in (("x", (1, 4)), ("wide", (3, 4)), ("y", (1, 3))))
    half = graph.weight("half", np.ones((3, 4), np.float16))
    graph.add("DEQUANTIZE", [half], [wide], schema.DequantizeOptionsT())
    graph.add("FULLY_CONNECTED", [x, wide, -1], [y], schema.FullyConnectedOptionsT())
    model = _open(graph.file(tmp_path / "m.tflite", [x], [y]))
    counts = _count(model, {"x": (1, 4)})
    assert [one.type for one in counts.operators] == ["FULLY_CONNECTED"]
    assert (counts.macs, counts.weight_bytes) == (12, 24)


@pytest.mark.parametrize("name", KNOWN)
def test_reference_networks_have_the_macs_they_are_known_for(name: str) -> None:
    path = SHARED / "models" / f"{name}.tflite"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    model = _open(path)
    counts = _count(model, dict(settle(model, {}, {}).shapes))
    assert counts.macs == KNOWN[name]
    assert counts.unknown == ()


def _examined(path: Path) -> None:
    """Everything the child does with a file, in this process: only a ModelError may come of it."""
    with suppress(ModelError):
        found = reader.load(str(path))
        declared = facts.facts(found)
        sizes = {
            spec.name: tuple(2 if isinstance(dim, str) else dim for dim in spec.shape)
            for spec in declared.inputs
        }
        operators.count(found, sizes)


@pytest.mark.parametrize("make", [build.network, build.quantised, build.embedding])
def test_a_damaged_file_ends_as_a_model_error_or_not_at_all(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    whole = make(tmp_path / "m.tflite").read_bytes()
    rng = random.Random(0)
    path = tmp_path / "bad.tflite"
    for _ in range(200):
        held = bytearray(whole)
        for _ in range(rng.choice((1, 2, 16))):
            place = rng.randrange(8, len(held) - 4)
            held[place : place + 4] = rng.choice((b"\xff\xff\xff\x7f", b"\0" * 4, rng.randbytes(4)))
        path.write_bytes(held[: rng.randrange(8, len(held))] if rng.random() < 0.1 else held)
        _examined(path)


@pytest.mark.parametrize("make", [build.network, build.quantised, build.embedding])
def test_a_file_that_is_cut_off_is_said_in_our_own_words(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    whole = make(tmp_path / "m.tflite").read_bytes()
    path = tmp_path / "cut.tflite"
    told = set()
    for length in range(8, len(whole) - 8, 37):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelError) as caught:
            reader.load(str(path))
        assert caught.value.hint
        told.add(caught.value.message)
    assert "the file is cut off or damaged: what it refers to lies outside it" in told
    for parser in ("buffer", "unpack", "attribute", "NoneType", "offset"):
        assert not any(parser in one for one in told)


def test_tables_shared_into_a_bomb_are_refused(tmp_path: Path) -> None:
    """Many operators that are all the one of many inputs: small as a file, large when walked."""
    graph = build.Graph()
    x, y = graph.tensor("x", (1, 4)), graph.tensor("y", (1, 4))
    graph.add("ADD_N", [x] * 2000, [y])
    for _ in range(500):
        graph.add("ADD_N", [x], [y])
    path = graph.file(tmp_path / "m.tflite", [x], [y])
    assert open_model(path).format == "tflite"
    held = bytearray(path.read_bytes())
    table = schema.Model.GetRootAs(held, 0).Subgraphs(0)._tab  # noqa: SLF001  the vector itself is wanted
    start = table.Vector(table.Offset(10))  # the field `operators`
    first = table.Indirect(start)
    for place in range(start, start + 4 * 501, 4):
        struct.pack_into("<i", held, place, first - place)
    path.write_bytes(held)
    with pytest.raises(ModelError, match="holds more than it does"):
        open_model(path)
