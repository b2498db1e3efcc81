"""Shapes at sizes a file was not written for, held against what LiteRT itself makes of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from effprof.model.tflite import reader
from effprof.model.tflite.shapes import infer
from tests.model.tflite_build import Graph, conv_options


def _with(options: Any, **fields: Any) -> Any:
    for name, value in fields.items():
        setattr(options, name, value)
    return options


def _int32(graph: Graph, name: str, *values: int) -> int:
    return graph.weight(name, np.array(values, np.int32))


def _scalar(graph: Graph, name: str, value: int) -> int:
    return graph.weight(name, np.array(value, np.int32))


def _pool(size: int, stride: int, *, valid: bool) -> Any:
    return _with(
        schema.Pool2DOptionsT(),
        padding=int(valid),
        strideW=stride,
        strideH=stride,
        filterWidth=size,
        filterHeight=size,
    )


def _strided(**masks: int) -> Any:
    return _with(schema.StridedSliceOptionsT(), **masks)


# name -> inputs beside x (1, 6, 8, 4), shape of the output as the file states it, options
Case = tuple[str, Callable[[Graph, int], list[int]], tuple[int, ...], Any]
CASES: dict[str, Case] = {
    "unary": ("TANH", lambda _, x: [x], (1, 6, 8, 4), None),
    "broadcast": (
        "ADD",
        lambda g, x: [x, g.weight("w", np.ones((8, 1), np.float32))],
        (1, 6, 8, 4),
        schema.AddOptionsT(),
    ),
    "conv": (
        "CONV_2D",
        lambda g, x: [
            x,
            g.weight("w", np.ones((3, 3, 3, 4), np.float32)),
            g.weight("b", np.ones(3, np.float32)),
        ],
        (1, 2, 3, 3),
        conv_options(2, valid=True),
    ),
    "pool": ("MAX_POOL_2D", lambda _, x: [x], (1, 3, 4, 4), _pool(3, 2, valid=False)),
    "valid pool": ("AVERAGE_POOL_2D", lambda _, x: [x], (1, 2, 3, 4), _pool(3, 2, valid=True)),
    "reshape": (
        "RESHAPE",
        lambda g, x: [x, _int32(g, "s", -1, 12, 16)],
        (1, 12, 16),
        schema.ReshapeOptionsT(),
    ),
    "transpose": (
        "TRANSPOSE",
        lambda g, x: [x, _int32(g, "p", 0, 3, 1, 2)],
        (1, 4, 6, 8),
        schema.TransposeOptionsT(),
    ),
    "mean": (
        "MEAN",
        lambda g, x: [x, _int32(g, "a", 1, -1)],
        (1, 8),
        schema.ReducerOptionsT(),
    ),
    "mean kept": (
        "MEAN",
        lambda g, x: [x, _int32(g, "a", 1, 2)],
        (1, 1, 1, 4),
        _with(schema.ReducerOptionsT(), keepDims=True),
    ),
    "pad": (
        "PAD",
        lambda g, x: [x, g.weight("p", np.array([[0, 0], [1, 2], [0, 3], [0, 0]], np.int32))],
        (1, 9, 11, 4),
        schema.PadOptionsT(),
    ),
    "concatenation": (
        "CONCATENATION",
        lambda _, x: [x, x],
        (1, 6, 8, 8),
        _with(schema.ConcatenationOptionsT(), axis=-1),
    ),
    "expand": (
        "EXPAND_DIMS",
        lambda g, x: [x, _scalar(g, "a", -1)],
        (1, 6, 8, 4, 1),
        schema.ExpandDimsOptionsT(),
    ),
    "arg max": (
        "ARG_MAX",
        lambda g, x: [x, _scalar(g, "a", 3)],
        (1, 6, 8),
        _with(schema.ArgMaxOptionsT(), outputType=2),
    ),
    "pack": (
        "PACK",
        lambda _, x: [x, x],
        (1, 2, 6, 8, 4),
        _with(schema.PackOptionsT(), axis=1, valuesCount=2),
    ),
    "gather": (
        "GATHER",
        lambda g, x: [x, _int32(g, "i", 0, 2, 1)],
        (1, 6, 3, 4),
        _with(schema.GatherOptionsT(), axis=2),
    ),
    "slice": (
        "SLICE",
        lambda g, x: [x, _int32(g, "b", 0, 1, 0, 2), _int32(g, "n", -1, 3, -1, 2)],
        (1, 3, 8, 2),
        schema.SliceOptionsT(),
    ),
    "strided slice": (
        "STRIDED_SLICE",
        lambda g, x: [
            x,
            _int32(g, "b", 0, 1, 0, 2),
            _int32(g, "e", 0, -1, 0, 3),
            _int32(g, "s", 1, 2, 3, 1),
        ],
        (1, 2, 3),
        _strided(beginMask=1, endMask=5, shrinkAxisMask=8),
    ),
    "tile": (
        "TILE",
        lambda g, x: [x, _int32(g, "m", 1, 2, 1, 3)],
        (1, 12, 8, 12),
        schema.TileOptionsT(),
    ),
    "resize": (
        "RESIZE_BILINEAR",
        lambda g, x: [x, _int32(g, "s", 12, 16)],
        (1, 12, 16, 4),
        schema.ResizeBilinearOptionsT(),
    ),
    "space to depth": (
        "SPACE_TO_DEPTH",
        lambda _, x: [x],
        (1, 3, 4, 16),
        _with(schema.SpaceToDepthOptionsT(), blockSize=2),
    ),
    "matmul": (
        "BATCH_MATMUL",
        lambda g, x: [x, g.weight("w", np.ones((6, 8, 5), np.float32))],
        (1, 6, 4, 5),
        _with(schema.BatchMatMulOptionsT(), adjX=True),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_batch_makes_the_shapes_that_litert_makes(name: str, tmp_path: Path) -> None:
    kind, taken, stated, options = CASES[name]
    graph = Graph()
    x = graph.tensor("x", (1, 6, 8, 4))
    inputs = taken(graph, x)
    dtype = "int32" if kind == "ARG_MAX" else "float32"
    y = graph.tensor("y", stated, dtype, signature=(-1, *stated[1:]))
    graph.add(kind, inputs, [y], options)
    path = graph.file(tmp_path / "m.tflite", [x], [y])
    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    for batch in (1, 5):
        interpreter = Interpreter(str(path), experimental_op_resolver_type=plain)
        interpreter.resize_tensor_input(x, [batch, 6, 8, 4])
        interpreter.allocate_tensors()
        interpreter.set_tensor(x, np.zeros((batch, 6, 8, 4), np.float32))
        interpreter.invoke()
        found = infer(reader.load(str(path)).main, {x: (batch, 6, 8, 4)})[y]
        assert found == interpreter.get_tensor(y).shape
    assert stated == infer(reader.load(str(path)).main, {x: (1, 6, 8, 4)})[y]


def test_an_operator_without_a_rule_makes_shapes_nobody_knows(tmp_path: Path) -> None:
    graph = Graph()
    x, y = graph.tensor("x", (1, 4)), graph.tensor("y", (1, 4))
    graph.add("SEGMENT_SUM", [x], [y])
    main = reader.load(str(graph.file(tmp_path / "m.tflite", [x], [y]))).main
    assert infer(main, {x: (3, 4)})[y] is None
    assert infer(main, {x: (1, 4)})[y] == (1, 4)
