"""Activations: the range a fused one clamps to, and the ones that stand alone as tables."""

import math

from effprof.backends.mcu import fixed
from effprof.backends.mcu.graph import Tensor
from effprof.backends.mcu.step import Lowering, Step

_NONE, _RELU, _RELU_N1_TO_1, _RELU6 = 0, 1, 2, 3


def fused_range(work: Lowering, result: Tensor) -> tuple[int, int]:
    """The quantised bounds of the operator's fused activation."""
    import numpy as np

    kind = work.option("FusedActivationFunction")

    def quantised(value: float) -> int:
        ratio = float(np.float32(value) / np.float32(result.scale))
        return result.zero_point + fixed.round_half_away(ratio)

    low, high = -128, 127
    if kind == _RELU:
        low = max(low, quantised(0.0))
    elif kind == _RELU6:
        low, high = max(low, quantised(0.0)), min(high, quantised(6.0))
    elif kind == _RELU_N1_TO_1:
        low, high = max(low, quantised(-1.0)), min(high, quantised(1.0))
    elif kind != _NONE:
        raise work.refuse(f"has fused activation {kind}", "use ReLU, ReLU6 or none")
    return low, high


def lookup(work: Lowering) -> Step:
    """An int8 function of one int8, as a table of its 256 answers."""
    x, y = work.source(0), work.result
    work.need_int8(x, y)
    answers = {
        "RELU": _relu,
        "RELU6": _relu6,
        "LOGISTIC": _logistic,
        "TANH": _tanh,
        "HARD_SWISH": _hard_swish,
    }[work.node.type](work, x, y)
    table = work.constant("table", "int8_t", answers, "rodata")
    work.kernels.append("lookup.c")
    call = f"lookup_8({x.count}, {table}, {work.place(x)}, {work.place(y)});"
    return work.step([call], [x], overwrites=(x.index,))


def requantise_table(x: Tensor, y: Tensor, low: int = -128) -> list[int]:
    factor, shift = fixed.multiplier(x.scale / y.scale)
    return fixed.table(
        lambda v: fixed.clamp(
            fixed.scaled(v - x.zero_point, factor, shift) + y.zero_point, max(low, -128)
        )
    )


def _relu(work: Lowering, x: Tensor, y: Tensor) -> list[int]:
    return requantise_table(x, y, low=y.zero_point)


def _relu6(work: Lowering, x: Tensor, y: Tensor) -> list[int]:
    """The reference clamps the stored values, so both sides have one scale."""
    import numpy as np

    six = x.zero_point + fixed.round_half_away(float(np.float32(6) / np.float32(x.scale)))
    return fixed.table(lambda v: fixed.clamp(v, x.zero_point, min(six, 127)))


def _logistic(work: Lowering, x: Tensor, y: Tensor) -> list[int]:
    if y.zero_point != -128 or y.scale != 1 / 256:
        raise work.refuse(
            f"has scale {y.scale:g} and zero point {y.zero_point}; a logistic has 1/256 and -128",
            "",
        )
    factor, shift, radius = _q4(x)

    def answer(v: int) -> int:
        v -= x.zero_point
        if abs(v) >= radius:
            return -128 if v < 0 else 127
        raw = fixed.logistic(fixed.scaled(v, factor, shift), 4)
        return fixed.clamp(fixed.shift_right(raw, 23) - 128)

    return fixed.table(answer)


def _tanh(work: Lowering, x: Tensor, y: Tensor) -> list[int]:
    if y.zero_point != 0 or y.scale != 1 / 128:
        raise work.refuse(
            f"has scale {y.scale:g} and zero point {y.zero_point}; a tanh has 1/128 and 0", ""
        )
    factor, shift, radius = _q4(x)

    def answer(v: int) -> int:
        v -= x.zero_point
        if abs(v) >= radius:
            return -128 if v < 0 else 127
        return fixed.clamp(fixed.shift_right(fixed.tanh(fixed.scaled(v, factor, shift), 4), 24))

    return fixed.table(answer)


def _q4(x: Tensor) -> tuple[int, int, int]:
    """Factor and shift from the input's scale to Q4.27; the radius where it saturates."""
    fraction, shift = math.frexp(x.scale * (1 << 27))
    return fixed.round_half_away(fraction * 2**31), shift, fixed.input_radius(4, shift)


def _hard_swish(work: Lowering, x: Tensor, y: Tensor) -> list[int]:
    """The reference works in 16 bits, on single-precision scales."""
    import numpy as np

    fine = np.float32(1 / 128) * np.float32(x.scale)
    factor, shift = _short(float(fine / np.float32(y.scale)))
    relu_factor, relu_shift = _short(float(fine / (np.float32(3) / np.float32(32768))))
    if shift > 0:
        raise work.refuse(
            f"scales {x.scale:g} to {y.scale:g}; the reference refuses to grow by 128", ""
        )

    def answer(v: int) -> int:
        wide = (v - x.zero_point) << 7
        slope = wide
        if relu_shift > 0:
            slope = fixed.saturating_left(slope, relu_shift - 1, 16)
        slope = _high_16(slope, relu_factor)
        if relu_shift > 0:
            slope = fixed.saturating_left(slope, 1, 16)
        if relu_shift < 0:
            slope = fixed.shift_right(slope, -relu_shift)
        slope = (slope + (1 << 15)) >> 1
        product = int(slope * _high_16(wide, factor) / (1 << 15))  # towards zero
        return fixed.clamp(fixed.shift_right(product, -shift) + y.zero_point)

    return fixed.table(answer)


def _short(scale: float) -> tuple[int, int]:
    """A Q15 factor and a power of two (`DownScaleInt32ToInt16Multiplier`)."""
    factor, shift = fixed.multiplier(scale)
    return min((factor + (1 << 15)) >> 16, 32767), shift


def _high_16(a: int, b: int) -> int:
    """`SaturatingRoundingDoublingHighMul` of 16-bit values."""
    return 32767 if a == b == -32768 else (a * b + (1 << 14)) >> 15
