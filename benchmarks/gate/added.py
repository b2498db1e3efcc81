"""A model, and models that take 3, 5 and 10 % longer: chains of equal layers, more of them."""

from functools import cache
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.child import CACHE
from effprof.gate.pairs import together_once
from effprof.gate.run import calm
from effprof.measure.asked import Asked
from effprof.measure.plan import Plan
from effprof.measure.prepare import prepare
from effprof.target import load

FOLDER = CACHE / "gate"
SHARES = (0.0, 0.03, 0.05, 0.10)
LAYERS = 100
WIDTH, ROWS = 128, 32
"""A layer is a product of 32x128 and 128x128: about 20 us, and two threads share it."""


def made() -> dict[float, Path]:
    """The files by the share they are to take longer; the layers to add are found by timing."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    base = _file(LAYERS)
    each = _layer_share(base)
    return {share: base if not share else _file(LAYERS + round(share / each)) for share in SHARES}


def _layer_share(base: Path) -> float:
    """What one layer more takes, as a share of the base: of a fifth more layers, two workers."""
    more = LAYERS // 5
    plans = (plan(base, 1), plan(_file(LAYERS + more), 1))
    found = [together_once(plans, flip, 0) for flip in (False, True)]
    ratios = [
        median(_cpu_ns(candidate)) / median(_cpu_ns(first))
        for first, candidate in (one for one in found if isinstance(one, tuple))
    ]
    return (median(ratios) - 1) / more


def _cpu_ns(blocks: object) -> list[float]:
    assert isinstance(blocks, tuple)
    return [median(block.each_cpu_ns) / block.runs_per_reading for block in blocks]


@cache
def plan(model: Path, threads: int) -> Plan:
    """As `effprof gate --threads` makes it: no thread spins while it waits."""
    asked = Asked(model=model, target=load("edge"), threads=threads)
    return calm(prepare(asked, FOLDER)).plan


def _file(layers: int) -> Path:
    """A chain of orthogonal matrices, so that values neither grow nor die out."""
    path = FOLDER / f"chain-{layers}.onnx"
    if path.exists():
        return path
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    square, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((WIDTH, WIDTH)))
    nodes = [
        helper.make_node("MatMul", [f"v{at}", "weight"], [f"v{at + 1}"]) for at in range(layers)
    ]
    shape = [ROWS, WIDTH]
    graph = helper.make_graph(
        nodes,
        "chain",
        [helper.make_tensor_value_info("v0", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(f"v{layers}", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(square.astype(np.float32), "weight")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path
