"""Operators one by one: every bit is TensorFlow Lite Micro's, in hypothesis's shapes and scales.

Inputs, weights and outputs are drawn so that every rounding and both ends of the range are met. A
build takes most of the time, so that examples are few here and many under the mark `slow`.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from effprof.backends.mcu.build import build
from effprof.backends.mcu.core import CORES
from tests.backends.mcu.models import T, model
from tests.backends.mcu.running import MEMORY, Machine, Oracle, random_inputs

pytest.importorskip("tflite_micro")
pytest.importorskip("ziglang")

Operator = tuple[str, dict[str, Any] | None, list[int], list[int]]
Case = tuple[list[Operator], list[T], list[int]]


def few(count: int) -> Any:
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),  # a case is small as it is drawn
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def holds(case: Case, cores: tuple[str, ...]) -> None:
    """Outputs on every core against the oracle's, on three random inputs."""
    operators, tensors, inputs = case
    outputs = [operator[3][0] for operator in operators]
    content = model(operators, tensors, inputs, outputs)
    oracle = Oracle(content, len(outputs))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.tflite"
        path.write_bytes(content)
        for core in cores:
            firmware = build(path, CORES[core], MEMORY, Path(folder) / core)
            machine = Machine(firmware, CORES[core])
            for seed in range(3):
                given_inputs = random_inputs(firmware, seed)
                theirs = oracle.run(*given_inputs)
                for ours, want in zip(machine.run(*given_inputs), theirs, strict=True):
                    np.testing.assert_array_equal(ours, want, err_msg=f"{core} {operators}")


scales = st.floats(0.004, 0.4)
zeros = st.sampled_from([-128, -128, -5, 0, 3, 127])
activations = st.sampled_from([0, 0, 1, 1, 2, 3])


def tensor(draw: Any, shape: list[int]) -> T:
    return T(shape, scale=draw(scales), zero=draw(zeros))


def constant(draw: Any, shape: tuple[int, ...], axis: int, per_channel: bool) -> T:
    seed = draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    reach = draw(st.sampled_from([3, 40, 127]))
    values = rng.integers(-reach, reach + 1, shape)
    count = shape[axis] if per_channel else 1
    return T(shape, data=values, scale=rng.uniform(0.0005, 0.02, count), axis=axis)


def bias(draw: Any, channels: int, x: T, w: T) -> T:
    reach = draw(st.sampled_from([0, 50, 3000, 2**22]))
    values = np.random.default_rng(channels).integers(-reach, reach + 1, channels)
    return T([channels], "int32", data=values, scale=float(x.scale) * np.asarray(w.scale))


def result(draw: Any, shape: list[int], x: T, w: T, taps: int) -> T:
    """An output whose scale makes sums of so many products fill its range, more or less."""
    full = float(np.max(w.scale)) * float(x.scale) * 40 * 40 * taps**0.5
    return T(
        shape,
        scale=max(full / 127 * draw(st.sampled_from([0.2, 1, 4, 90])), 1e-6),
        zero=draw(zeros),
    )


def out_size(size: int, taps: int, stride: int, dilation: int, padding: int) -> int:
    reach = (taps - 1) * dilation + 1
    return -(-size // stride) if padding == 0 else (size - reach) // stride + 1


@st.composite
def windows(draw: Any, kind: str) -> Case:
    """A convolution, depthwise convolution or pool of any window that fits its image."""
    taps = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    if kind == "DEPTHWISE_CONV_2D":
        taps = draw(st.sampled_from([(3, 3), (3, 3), (3, 3), taps]))
    stride = draw(st.sampled_from([(1, 1), (1, 1), (2, 2), (2, 1), (3, 2)]))
    dilation = draw(st.sampled_from([(1, 1), (1, 1), (1, 1), (2, 1), (1, 2)]))
    if "POOL" in kind or stride != (1, 1):
        dilation = (1, 1)
    padding = draw(st.sampled_from([0, 1]))
    size = [
        draw(st.integers((t - 1) * d + 1, (t - 1) * d + 8))
        for t, d in zip(taps, dilation, strict=True)
    ]
    batch, channels = draw(st.sampled_from([1, 1, 2])), draw(st.integers(1, 9))
    out = [
        out_size(n, t, s, d, padding)
        for n, t, s, d in zip(size, taps, stride, dilation, strict=True)
    ]
    x = tensor(draw, [batch, *size, channels])
    options: dict[str, Any] = {
        "padding": padding,
        "strideH": stride[0],
        "strideW": stride[1],
        "fusedActivationFunction": draw(activations),
    }
    if "POOL" in kind:
        options |= {"table": "Pool2DOptions", "filterHeight": taps[0], "filterWidth": taps[1]}
        y = T([batch, *out, channels], scale=x.scale, zero=x.zero)
        return [(kind, options, [0], [1])], [x, y], [0]
    options |= {"dilationHFactor": dilation[0], "dilationWFactor": dilation[1]}
    if kind == "CONV_2D":
        outs = draw(st.integers(1, 9))
        w = constant(draw, (outs, *taps, channels), 0, draw(st.booleans()))
        options["table"], depth = "Conv2DOptions", taps[0] * taps[1] * channels
    else:
        times = draw(st.sampled_from([1, 1, 1, 2, 3]))
        outs = channels * times
        w = constant(draw, (1, *taps, outs), 3, draw(st.booleans()))
        options |= {"table": "DepthwiseConv2DOptions", "depthMultiplier": times}
        depth = taps[0] * taps[1]
    y = result(draw, [batch, *out, outs], x, w, depth)
    return [(kind, options, [0, 1, 2], [3])], [x, w, bias(draw, outs, x, w), y], [0]


@st.composite
def dense(draw: Any) -> Case:
    rows, ins, outs = draw(st.integers(1, 3)), draw(st.integers(1, 70)), draw(st.integers(1, 11))
    x, w = tensor(draw, [rows, ins]), constant(draw, (outs, ins), 0, draw(st.booleans()))
    y = result(draw, [rows, outs], x, w, ins)
    options = {"table": "FullyConnectedOptions", "fusedActivationFunction": draw(activations)}
    return [("FULLY_CONNECTED", options, [0, 1, 2], [3])], [x, w, bias(draw, outs, x, w), y], [0]


@st.composite
def pairs(draw: Any, kind: str) -> Case:
    """Two operands of one shape, or one broadcast; the second may be a constant."""
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    other = [draw(st.sampled_from([n, n, 1])) for n in shape]
    other = other[draw(st.integers(0, len(other) - 1)) :] if draw(st.booleans()) else shape
    a, b, y = tensor(draw, shape), tensor(draw, other), tensor(draw, shape)
    if draw(st.booleans()):
        a.scale = b.scale
    inputs = [0, 1]
    if draw(st.booleans()):
        b.data, inputs = np.random.default_rng(1).integers(-128, 128, other), [0]
    if kind == "MUL":
        y.scale = max(float(y.scale), float(a.scale) * float(b.scale))
    options = {"table": f"{kind.title()}Options", "fusedActivationFunction": draw(activations)}
    return [(kind, options, [0, 1], [2])], [a, b, y], inputs


@st.composite
def functions(draw: Any, kind: str) -> Case:
    x = tensor(draw, [1, 256])
    fixed = {"LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0)}
    y = tensor(draw, [1, 256])
    if kind in fixed:
        y.scale, y.zero = fixed[kind]
    if kind == "RELU6":
        x.scale = max(float(x.scale), 6 / (127 - x.zero) if x.zero < 127 else 0.3)
        y.scale, y.zero = x.scale, x.zero
        if 6 / float(x.scale) + x.zero > 127:
            x.zero = y.zero = -128
            x.scale = y.scale = 0.05
    return [(kind, None, [0], [1])], [x, y], [0]


@st.composite
def layouts(draw: Any) -> Case:
    """What only moves data, and the tables, in one model: each operator on an input of its own."""
    operators: list[Operator] = []
    tensors: list[T] = []
    inputs: list[int] = []

    def given_tensor(t: T, known: bool = False) -> int:
        tensors.append(t)
        if not known:
            inputs.append(len(tensors) - 1)
        return len(tensors) - 1

    def made(kind: str, options: dict[str, Any] | None, sources: list[int], y: T) -> None:
        tensors.append(y)
        operators.append((kind, options, sources, [len(tensors) - 1]))

    def numbers(values: Any) -> int:
        values = np.array(values, np.int32)
        return given_tensor(T(values.shape, "int32", data=values, scale=None), known=True)

    def alike(x: T, shape: Any) -> T:
        return T(list(shape), x.dtype, x.scale, x.zero)

    shape = [draw(st.integers(1, 4)) for _ in range(4)]
    x = tensor(draw, shape)

    pads = [[draw(st.integers(0, 2)), draw(st.integers(0, 2))] for _ in shape]
    grown = [n + a + b for n, (a, b) in zip(shape, pads, strict=True)]
    made("PAD", {"table": "PadOptions"}, [given_tensor(x), numbers(pads)], alike(x, grown))

    order = draw(st.permutations(range(4)))
    turned = [shape[i] for i in order]
    options: dict[str, Any] = {"table": "TransposeOptions"}
    made("TRANSPOSE", options, [given_tensor(alike(x, shape)), numbers(order)], alike(x, turned))

    axis = draw(st.integers(0, 3))
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        part = list(shape)
        part[axis] = draw(st.integers(1, 3))
        parts.append(part)
    joined = list(shape)
    joined[axis] = sum(part[axis] for part in parts)
    options = {"table": "ConcatenationOptions", "axis": axis - draw(st.sampled_from([0, 4]))}
    sources = [given_tensor(alike(x, part)) for part in parts]
    made("CONCATENATION", options, sources, alike(x, joined))

    ranges = [range(n)[:: draw(st.sampled_from([1, 1, 2, -1]))] for n in shape]
    begins = [r[0] for r in ranges]
    ends = [r[-1] + (1 if r.step > 0 else -1) for r in ranges]
    masks = sum(1 << i for i, r in enumerate(ranges) if r.step < 0)
    options = {"table": "StridedSliceOptions", "beginMask": 0, "endMask": masks}
    cut = [numbers(begins), numbers(ends), numbers([r.step for r in ranges])]
    y = alike(x, [len(r) for r in ranges])
    made("STRIDED_SLICE", options, [given_tensor(alike(x, shape)), *cut], y)

    new = [draw(st.integers(1, 9)), draw(st.integers(1, 9))]
    align, half = draw(st.sampled_from([(False, False), (True, False), (False, True)]))
    options = {
        "table": "ResizeNearestNeighborOptions",
        "alignCorners": align,
        "halfPixelCenters": half,
    }
    y = alike(x, [shape[0], *new, shape[3]])
    sources = [given_tensor(alike(x, shape)), numbers(new)]
    made("RESIZE_NEAREST_NEIGHBOR", options, sources, y)

    keep = draw(st.booleans())
    y = tensor(draw, [shape[0], 1, 1, shape[3]] if keep else [shape[0], shape[3]])
    if draw(st.booleans()):
        y.scale, y.zero = x.scale, x.zero
    options = {"table": "ReducerOptions", "keepDims": keep}
    made("MEAN", options, [given_tensor(alike(x, shape)), numbers([1, 2])], y)

    rows = tensor(draw, [draw(st.integers(1, 3)), draw(st.integers(1, 40))])
    probabilities = T(rows.shape, scale=1 / 256, zero=-128)
    options = {"table": "SoftmaxOptions", "beta": draw(st.sampled_from([1.0, 0.5, 3.0]))}
    made("SOFTMAX", options, [given_tensor(rows)], probabilities)

    made("QUANTIZE", None, [given_tensor(tensor(draw, [1, 99]))], tensor(draw, [1, 99]))
    real = T([1, 200], "float32", scale=None)
    made("QUANTIZE", None, [given_tensor(real)], tensor(draw, [1, 200]))
    made("DEQUANTIZE", None, [given_tensor(tensor(draw, [1, 99]))], T([1, 99], "float32", None))
    flat = alike(x, [int(np.prod(shape))])
    made("RESHAPE", {"table": "ReshapeOptions"}, [given_tensor(alike(x, shape))], flat)
    return operators, tensors, inputs


@st.composite
def tables(draw: Any) -> Case:
    """Every activation that stands alone, in one model, over all 256 inputs."""
    operators: list[Operator] = []
    tensors: list[T] = []
    for kind in FUNCTIONS:
        ((_, options, _, _),), (x, y), _ = draw(functions(kind))
        operators.append((kind, options, [len(tensors)], [len(tensors) + 1]))
        tensors += [x, y]
    return operators, tensors, list(range(0, len(tensors), 2))


FUNCTIONS = ("RELU", "RELU6", "LOGISTIC", "TANH", "HARD_SWISH")
WINDOWS = ("CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "MAX_POOL_2D")
CASES: dict[str, Any] = {
    **{kind: windows(kind) for kind in WINDOWS},
    **{kind: pairs(kind) for kind in ("ADD", "SUB", "MUL")},
    "FULLY_CONNECTED": dense(),
    "layouts": layouts(),
    "tables": tables(),
}
OFTEN = ("CONV_2D", "DEPTHWISE_CONV_2D")  # of many kernels, chosen by shape and by weights


def check(name: str, examples: int, cores: tuple[str, ...]) -> None:
    def one(case: Case) -> None:
        holds(case, cores)

    drawn: Any = given
    few(examples)(drawn(CASES[name])(one))()


@pytest.mark.parametrize("name", CASES)
def test_a_few_cases_of(name: str) -> None:
    check(name, 2 if name in OFTEN else 1, ("cortex-m0plus", "cortex-m4"))


def test_a_mean_of_one_scale_on_both_sides_is_rounded_not_truncated() -> None:
    options = {"table": "ReducerOptions", "keepDims": False}
    sides = [T([2, 1, 3, 40], scale=0.05, zero=3), T([2, 40], scale=0.05, zero=3)]
    axes = T([2], "int32", data=np.array([1, 2]))
    holds(([("MEAN", options, [0, 1], [2])], [sides[0], axes, sides[1]], [0]), ("cortex-m4",))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", CASES)
def test_many_cases_on_every_core_of(name: str) -> None:
    check(name, 40 if name in OFTEN else 12, tuple(CORES))
