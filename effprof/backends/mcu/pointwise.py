"""Operators on elements: sums, products, softmax, means, changes of type."""

import math

from effprof.backends.mcu import fixed
from effprof.backends.mcu.activation import fused_range, requantise_table
from effprof.backends.mcu.graph import Tensor
from effprof.backends.mcu.step import Lowering, Step, struct


def pairwise(work: Lowering) -> Step:
    """ADD, SUB and MUL, with broadcasting over up to four dimensions."""
    a, b, y = work.source(0), work.source(1), work.result
    work.need_int8(a, b, y)
    low, high = fused_range(work, y)
    product = work.node.type == "MUL"
    if product:
        inner = [(0, 0), (0, 0)]
        outer = fixed.multiplier(a.scale * b.scale / y.scale)
    else:
        twice = 2 * max(a.scale, b.scale)
        inner = [fixed.multiplier(a.scale / twice), fixed.multiplier(b.scale / twice)]
        outer = fixed.multiplier(twice / ((1 << 20) * y.scale))
        if outer[1] > 0:
            raise work.refuse(f"makes scale {y.scale:g} of {a.scale:g} and {b.scale:g}", "")
    sizes, steps = _broadcast(work, a, b, y)
    values = (
        a.zero_point,
        b.zero_point,
        y.zero_point,
        low,
        high,
        *inner[0],
        *inner[1],
        *outer,
        -1 if work.node.type == "SUB" else 1,
        sizes,
        *steps,
    )
    work.kernels.append("pairwise.c")
    # The kernel for one long run in the short form, where the last shift allows it.
    alike = sizes[:3] == [1, 1, 1] and -22 <= outer[1] <= -1 and steps[0][3] == steps[1][3] == 1
    name = "mul" if product else "add_alike" if alike else "add"
    call = f"{name}(&pair, {work.place(a)}, {work.place(b)}, {work.place(y)});"
    over = tuple(t.index for t in (a, b) if t.shape == y.shape)
    return work.step([struct("pairwise_t", "pair", values), call], [a, b], overwrites=over)


def _broadcast(
    work: Lowering, a: Tensor, b: Tensor, y: Tensor
) -> tuple[list[int], tuple[list[int], list[int]]]:
    """Four sizes and the steps of both operands; equal shapes are one run."""
    if a.shape == b.shape == y.shape:
        return [1, 1, 1, y.count], ([0, 0, 0, 1], [0, 0, 0, 1])
    if len(y.shape) > 4:
        raise work.refuse("broadcasts over more than four dimensions", "")
    sizes = [1] * (4 - len(y.shape)) + list(y.shape)
    both = []
    for t in (a, b):
        shape = [1] * (4 - len(t.shape)) + list(t.shape)
        if len(shape) != 4 or any(n not in (1, m) for n, m in zip(shape, sizes, strict=True)):
            raise work.refuse(f"has an operand of {list(t.shape)} for {list(y.shape)}", "")
        steps = [math.prod(shape[i + 1 :]) for i in range(4)]
        both.append([s if n > 1 else 0 for s, n in zip(steps, shape, strict=True)])
    return sizes, (both[0], both[1])


def softmax(work: Lowering) -> Step:
    x, y = work.source(0), work.result
    work.need_int8(x, y)
    if y.zero_point != -128 or y.scale != 1 / 256 or x.shape != y.shape or not x.shape:
        raise work.refuse(
            f"has scale {y.scale:g} and zero point {y.zero_point}; a softmax has 1/256 and -128", ""
        )
    real = min(float(work.option("Beta", 0.0)) * x.scale * (1 << 26), 2**31 - 1.0)
    if not real > 1:
        raise work.refuse(f"has the beta {work.option('Beta')}", "a softmax of beta 1 is usual")
    factor, shift = fixed.multiplier(real)
    smallest = min(fixed.input_radius(5, shift), 255)
    exponentials = [
        fixed.exp_negative(fixed.scaled(-below, factor, shift), 5) for below in range(smallest + 1)
    ]
    width = x.shape[-1]
    if width * 2**19 >= 2**32:
        raise work.refuse(f"has rows of {width}", "the reference's sum has 12 integer bits")
    table = work.constant("exponentials", "int32_t", exponentials, "rodata")
    work.kernels.append("softmax.c")
    lines = [
        struct("softmax_t", "row", (x.count // width, width, smallest)),
        f"softmax(&row, {table}, {work.place(x)}, {work.place(y)});",
    ]
    return work.step(lines, [x], overwrites=(x.index,))


def mean(work: Lowering) -> Step:
    """Over axes that lie side by side, as a global mean's do."""
    x, y = work.source(0), work.result
    work.need_int8(x, y)
    rank = len(x.shape)
    given = [int(a) for a in work.known(1, "its axes").reshape(-1)]
    axes = sorted({a + rank if a < 0 else a for a in given})
    if not axes or axes[0] < 0 or axes[-1] >= rank or axes[-1] - axes[0] + 1 != len(axes):
        raise work.refuse(f"is over the axes {given}", "mean over axes that lie side by side")
    count = math.prod(x.shape[axes[0] : axes[-1] + 1])
    outer, inner = math.prod(x.shape[: axes[0]]), math.prod(x.shape[axes[-1] + 1 :])
    if y.count != outer * inner:
        raise work.refuse(f"says its output is {list(y.shape)}", "is the file damaged?")
    factor, shift = fixed.multiplier(x.scale / y.scale)
    less = min(count.bit_length() - 1, 32, 31 + shift)
    factor, shift = (factor << less) // count, shift - less
    values = (outer, count, inner, x.zero_point, y.zero_point, factor, shift)
    work.kernels.append("mean.c")
    call = f"mean(&over, {work.place(x)}, {work.place(y)});"
    return work.step([struct("mean_t", "over", values), call], [x])


def quantize(work: Lowering) -> Step:
    x, y = work.source(0), work.result
    work.need_int8(y)
    work.need(x, "float32", "int8", "uint8")
    work.kernels.append("lookup.c")
    if x.dtype == "float32":
        table = work.constant("edges", "uint32_t", _edges(y), "rodata")
        bits = f"(const uint32_t *){work.place(x)}"
        call = f"quantize_float({x.count}, {table}, {bits}, {work.place(y)});"
        return work.step([call], [x], overwrites=(x.index,))
    answers = requantise_table(x, y)
    if x.dtype == "uint8":
        factor, shift = fixed.multiplier(x.scale / y.scale)
        answers = [
            fixed.clamp(fixed.scaled(v - x.zero_point, factor, shift) + y.zero_point)
            for v in range(256)
        ]
    table = work.constant("table", "int8_t", answers, "rodata")
    call = f"lookup_8({x.count}, {table}, {work.place(x)}, {work.place(y)});"
    return work.step([call], [x], overwrites=(x.index,))


def _edges(y: Tensor) -> list[int]:
    """Smallest float, as ordered bits, that quantises to -127, -126 ... 127."""
    import numpy as np

    scale = np.float32(y.scale)

    def code(ordered: int) -> int:
        bits = ordered ^ (0x80000000 if ordered & 0x80000000 else 0xFFFFFFFF)
        value = np.array([bits], np.uint32).view(np.float32)[0]
        with np.errstate(over="ignore"):
            ratio = float(value / scale)
        ratio = min(max(ratio, -1e6), 1e6)
        return fixed.clamp(fixed.round_half_away(ratio) + y.zero_point)

    # Ordered bits of -inf and +inf bound every number that is one.
    least, most = 0xFFFFFFFF ^ 0xFF800000, 0x80000000 ^ 0x7F800000
    edges = []
    for answer in range(-127, 128):
        low, high = least, most
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if code(middle) >= answer else (middle + 1, high)
        edges.append(low if code(low) >= answer else 0xFFFFFFFF)
    return edges


def dequantize(work: Lowering) -> Step:
    """256 floats: no core needs a floating-point unit for it."""
    import numpy as np

    x, y = work.source(0), work.result
    work.need_int8(x)
    work.need(y, "float32")
    values = np.array(fixed.table(lambda v: v - x.zero_point), np.float32) * np.float32(x.scale)
    table = work.constant("floats", "uint32_t", values.astype(np.float32).view(np.uint32), "rodata")
    work.kernels.append("lookup.c")
    call = f"lookup_32({x.count}, {table}, {work.place(x)}, (uint32_t *){work.place(y)});"
    return work.step([call], [x])
