"""Weights in the order in which the DSP kernels read them, and when those kernels are exact."""

from collections.abc import Sequence
from typing import Any

# Requantisation's short form: half and zero point are added before one shift.
_SHIFTS = range(-22, 0)
_SUM_LIMIT, _ODD_LIMIT = 2**29, 2**23


def short_form(bias: Any, weights: Any, scales: Sequence[tuple[int, int]]) -> bool:
    """Whether no channel's sum reaches 2^29 and every right shift is 1..22.

    `bias`: folded, int64, one a channel; `weights`: channels x taps.
    """
    return all(shift in _SHIFTS for _, shift in scales) and _most(bias, weights).max() < _SUM_LIMIT


def _most(bias: Any, weights: Any) -> Any:
    """The largest magnitude that each channel's sum can have over all int8 inputs."""
    import numpy as np

    wide = weights.astype(np.int64)
    high = bias + np.maximum(127 * wide, -128 * wide).sum(axis=1)
    low = bias + np.minimum(127 * wide, -128 * wide).sum(axis=1)
    return np.maximum(np.abs(high), np.abs(low))


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
