"""Fixed-point arithmetic as TensorFlow Lite Micro does it, on Python integers.

Its reference kernels round twice (once in the doubling high multiply, once in the right shift);
every constant and table of the firmware comes from here, so that the C only repeats it.
"""

import math
from collections.abc import Callable

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


def round_half_away(value: float) -> int:
    """C's `round`; Python's own rounds halves to even."""
    return math.floor(value + 0.5) if value >= 0 else math.ceil(value - 0.5)


def multiplier(scale: float) -> tuple[int, int]:
    """A positive factor as a Q31 fraction and a power of two (`QuantizeMultiplier`)."""
    if scale == 0.0:
        return 0, 0
    fraction, exponent = math.frexp(scale)
    mantissa = round_half_away(fraction * 2**31)
    if mantissa == 2**31:
        mantissa, exponent = mantissa // 2, exponent + 1
    return (0, 0) if exponent < -31 else (mantissa, exponent)


def doubling_high(a: int, b: int) -> int:
    """`SaturatingRoundingDoublingHighMul` of 32-bit values."""
    if a == b == INT32_MIN:
        return INT32_MAX
    return (a * b + (1 << 30)) >> 31


def shift_right(value: int, exponent: int) -> int:
    """`RoundingDivideByPOT`: halves away from zero."""
    if exponent == 0:
        return value
    return (value + (value >> 63) + (1 << (exponent - 1))) >> exponent


def wrap(value: int) -> int:
    """The low 32 bits, signed."""
    return (value + 2**31) % 2**32 - 2**31


def scaled(value: int, mantissa: int, exponent: int) -> int:
    """`MultiplyByQuantizedMultiplier`."""
    left, right = max(exponent, 0), max(-exponent, 0)
    return shift_right(doubling_high(wrap(value << left), mantissa), right)


def clamp(value: int, low: int = -128, high: int = 127) -> int:
    return min(max(value, low), high)


def input_radius(integer_bits: int, left_shift: int) -> int:
    """Largest input that a fixed-point function still tells apart (`CalculateInputRadius`)."""
    limit = ((1 << integer_bits) - 1) * (1 << (31 - integer_bits))
    return math.floor(limit / 2.0**left_shift)


def saturating_left(value: int, amount: int, bits: int = 32) -> int:
    return clamp(value << amount, -(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def rescale(value: int, exponent: int) -> int:
    """Saturating multiplication by a power of two (`SaturatingRoundingMultiplyByPOT`)."""
    return saturating_left(value, exponent) if exponent >= 0 else shift_right(value, -exponent)


# gemmlowp's exp(-(2^k)) for k = -2 .. 4, in Q0.31.
_EXP_STEPS = (
    (-2, 1672461947),
    (-1, 1302514674),
    (0, 790015084),
    (1, 290630308),
    (2, 39332535),
    (3, 720401),
    (4, 242),
)


def _exp_quarter(a: int) -> int:
    """exp(a) in Q0.31 for a in [-1/4, 0) of Q0.31."""
    constant, third = 1895147668, 715827883  # exp(-1/8), 1/3
    x = a + (1 << 28)
    x2 = doubling_high(x, x)
    x3 = doubling_high(x2, x)
    x4 = doubling_high(x2, x2)
    x4_over_4 = shift_right(x4, 2)
    tail = shift_right(doubling_high(x4_over_4 + x3, third) + x2, 1)
    return wrap(constant + doubling_high(constant, x + tail))


def exp_negative(a: int, integer_bits: int) -> int:
    """exp(a) in Q0.31 for a <= 0, `integer_bits` before its point (`exp_on_negative_values`)."""
    fraction_bits = 31 - integer_bits
    quarter = 1 << (fraction_bits - 2)
    remainder = (a & (quarter - 1)) - quarter
    result = _exp_quarter(rescale(remainder, integer_bits))
    left = wrap(remainder - a)
    for exponent, factor in _EXP_STEPS:
        if integer_bits > exponent and left & (1 << (fraction_bits + exponent)):
            result = doubling_high(result, factor)
    return INT32_MAX if a == 0 else result


def _half_sum(a: int, b: int) -> int:
    """`RoundingHalfSum`: the division truncates towards zero."""
    total = a + b
    return int((total + (1 if total >= 0 else -1)) / 2)


def _newton(a: int) -> int:
    """1/(half_denominator) by gemmlowp's three Newton steps, in Q2.29; `a` is Q0.31 in [0, 1)."""
    half = _half_sum(a, INT32_MAX)
    x = wrap(1515870810 + doubling_high(half, -1010580540))  # 48/17, -32/17
    for _ in range(3):
        rest = wrap((1 << 29) - doubling_high(half, x))
        x = wrap(x + rescale(doubling_high(x, rest), 2))
    return x


def logistic_positive(a: int, integer_bits: int) -> int:
    """1/(1+exp(-a)) in Q0.31 for a > 0."""
    return rescale(_newton(exp_negative(-a, integer_bits)), 1)


def logistic(a: int, integer_bits: int) -> int:
    if a == 0:
        return 1 << 30
    positive = logistic_positive(abs(a), integer_bits)
    return INT32_MAX - positive if a < 0 else positive


def tanh(a: int, integer_bits: int) -> int:
    """tanh(a) in Q0.31: (1 - e) / (1 + e) of e = exp(-2|a|)."""
    if a == 0:
        return 0
    # exp(-2a): the same bits, read with one integer bit more.
    x = _newton(exp_negative(-abs(a), integer_bits + 1))
    positive = rescale(wrap(x - (1 << 29)), 2)
    return -positive if a < 0 else positive


def table(function: Callable[[int], int]) -> list[int]:
    """The 256 answers of an int8 function, indexed by the input's byte."""
    return [function(byte - 256 if byte > 127 else byte) for byte in range(256)]
