"""Weights in the order in which the DSP kernels read them, and when those kernels are exact."""

from collections.abc import Sequence
from typing import Any

from effprof.backends.mcu import fixed

# Requantisation's short form: half and zero point are added before one shift.
_SHIFTS = range(-22, 0)
_SUM_LIMIT, _ODD_LIMIT = 2**29, 2**23


def short_form(bias: Any, weights: Any, scales: Sequence[tuple[int, int]]) -> bool:
    """Whether no channel's sum reaches 2^29 and every right shift is 1..22.

    `bias`: folded, int64, one a channel; `weights`: channels x taps.
    """
    return all(shift in _SHIFTS for _, shift in scales) and _most(bias, weights).max() < _SUM_LIMIT


def settled(
    bias: Any, weights: Any, scales: Sequence[tuple[int, int]], zero: int, bounds: tuple[int, int]
) -> tuple[Any, Any, list[tuple[int, int]]]:
    """Channels that answer the same whatever the input, written so that the short form holds.

    Training leaves dead channels: no weights, a vanishing scale, a bias of 2^30. Requantisation is
    monotone, so a channel whose smallest and largest sum give one answer gives it always.
    """
    bias, weights, settled_scales = bias.copy(), weights.copy(), list(scales)
    low, high = _extremes(bias, weights)
    for channel, (factor, shift) in enumerate(scales):
        ends = int(low[channel]), int(high[channel])
        if (shift in _SHIFTS and max(map(abs, ends)) < _ODD_LIMIT) or max(map(abs, ends)) >= 2**31:
            continue
        first, last = (
            fixed.clamp(fixed.scaled(end, factor, shift) + zero, *bounds) for end in ends
        )
        if first == last:  # a quarter of the sum, exactly
            bias[channel], weights[channel] = 4 * (first - zero), 0
            settled_scales[channel] = 2**30, -1
    return bias, weights, settled_scales


def _most(bias: Any, weights: Any) -> Any:
    """The largest magnitude that each channel's sum can have over all int8 inputs."""
    import numpy as np

    low, high = _extremes(bias, weights)
    return np.maximum(np.abs(high), np.abs(low))


def _extremes(bias: Any, weights: Any) -> tuple[Any, Any]:
    """Smallest and largest sum of each channel."""
    import numpy as np

    wide = weights.astype(np.int64)
    low = bias + np.minimum(127 * wide, -128 * wide).sum(axis=1)
    return low, bias + np.maximum(127 * wide, -128 * wide).sum(axis=1)


def interleaved(bias: Any, weights: Any) -> tuple[Any, Any] | None:
    """Bias and weights of `conv_dsp.c`, or None where an odd channel's sum would not be exact.

    `weights`: channels x runs x taps of a run. Taps are padded to fours and channels too; of every
    four channels and four taps come 16 bytes, tap 0 and 2 before 1 and 3.
    """
    import numpy as np

    channels, runs, taps = weights.shape
    wide = np.zeros((-(-channels // 4) * 4, runs, -(-taps // 4) * 4), np.int64)
    wide[:channels, :, :taps] = weights
    sums = np.zeros(len(wide), np.int64)
    sums[:channels] = bias
    even, odd = wide[0::2], wide[1::2]
    halves = 256 * odd + even
    if (
        halves.min() < -(2**15)
        or _most(sums, wide.reshape(len(wide), -1))[1::2].max() >= _ODD_LIMIT
    ):
        return None
    # pairs of channels x fours x taps -> groups x fours x taps x pairs
    laid = halves.reshape(len(wide) // 4, 2, -1, 4)[..., [0, 2, 1, 3]]
    laid = laid.reshape(*laid.shape[:3], 2, 2).transpose(0, 2, 3, 1, 4)
    mixed = sums.copy()
    mixed[1::2] = 256 * sums[1::2] + sums[0::2]
    return mixed, np.ascontiguousarray(laid.astype("<i2")).view(np.int8).reshape(-1)
