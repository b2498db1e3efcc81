"""Operators that slide a window: convolutions, fully connected, pooling."""

import math
from typing import Any

from effprof.backends.mcu import fixed, packing
from effprof.backends.mcu.activation import fused_range
from effprof.backends.mcu.graph import Tensor
from effprof.backends.mcu.step import Lowering, Step, struct

_SAME, _VALID = 0, 1
_MANY_PIXELS = 16  # from here on a copy of the weights is repaid several times


def placed(size: int, taps: int, stride: int, dilation: int, padding: int) -> tuple[int, int]:
    """Output size and padding before the first element (`ComputePaddingHeightWidth`)."""
    reach = (taps - 1) * dilation + 1
    if padding == _SAME:
        out = -(-size // stride)
        return out, max((out - 1) * stride + reach - size, 0) // 2
    return (size - reach + stride) // stride, 0


def _window(work: Lowering, x: Tensor, y: Tensor, taps: tuple[int, int]) -> str:
    """The `window_t` of an operator on images, checked against the shapes in the file."""
    padding = work.option("Padding")
    strides = _strides(work)
    dilations = work.option("DilationHFactor", 1), work.option("DilationWFactor", 1)
    if min(*strides, *dilations, *taps) < 1 or padding not in (_SAME, _VALID):
        raise work.refuse(f"has strides {strides}, dilations {dilations}, taps {taps}", "")
    rows = placed(x.shape[1], taps[0], strides[0], dilations[0], padding)
    columns = placed(x.shape[2], taps[1], strides[1], dilations[1], padding)
    if y.shape[:3] != (x.shape[0], rows[0], columns[0]):
        raise work.refuse(f"says its output is {list(y.shape)}", "is the file damaged?")
    low, high = fused_range(work, y)
    values = (
        *x.shape,
        *y.shape[1:],
        *taps,
        *strides,
        *dilations,
        rows[1],
        columns[1],
        x.zero_point,
        y.zero_point,
        low,
        high,
    )
    return struct("window_t", "window", values)


def _images(work: Lowering, *tensors: Tensor) -> None:
    for tensor in tensors:
        if len(tensor.shape) != 4:
            raise work.refuse(
                f"works on {len(tensor.shape)} dimensions, not 4",
                "give the model inputs of four dimensions",
            )


def _scales(work: Lowering, x: Tensor, w: Tensor, y: Tensor, axis: int) -> list[tuple[int, int]]:
    """Factor and shift of every output channel."""
    channels = w.shape[axis]
    if len(w.scales) not in (1, channels) or any(w.zero_points):
        raise work.refuse(
            f"has weights with {len(w.scales)} scales for {channels} channels, or with zero points",
            "quantise weights symmetrically, per tensor or per channel",
        )
    scales = w.scales if len(w.scales) > 1 else w.scales * channels
    return [fixed.multiplier(x.scale * scale / y.scale) for scale in scales]


def _bias(work: Lowering, channels: int) -> Any:
    import numpy as np

    bias = work.optional(2)
    if bias is None:
        return np.zeros(channels, np.int64)
    work.need(bias, "int32")
    if bias.data is None or bias.count != channels:
        raise work.refuse("has a bias that is no constant of one value a channel", "")
    return bias.data.reshape(-1).astype(np.int64)


def _channels(work: Lowering, bias: Any, scales: list[tuple[int, int]]) -> str:
    """The `channels_t` of an operator: one factor for all where they agree."""
    import numpy as np

    step = int(len(set(scales)) > 1)
    kept = scales if step else scales[:1]
    parts = (
        work.constant("bias", "int32_t", _wrapped(bias)),
        work.constant("factor", "int32_t", np.array([f for f, _ in kept], np.int64)),
        work.constant("shift", "int8_t", np.array([s for _, s in kept], np.int64)),
        step,
    )
    return struct("channels_t", "channels", parts)


def _wrapped(values: Any) -> Any:
    """Accumulators wrap at 32 bits, in the reference and here."""
    import numpy as np

    return (values + 2**31) % 2**32 - 2**31 if len(values) else np.zeros(0, np.int64)


def _weights(work: Lowering) -> Tensor:
    work.known(1, "its weights")
    w = work.source(1)
    work.need(w, "int8")
    return w


def conv_2d(work: Lowering) -> Step:
    x, y, w = work.source(0), work.result, _weights(work)
    work.need_int8(x, y)
    _images(work, x, y, w)
    if w.shape[3] != x.shape[3] or w.shape[0] != y.shape[3]:
        raise work.refuse(
            f"has filters {list(w.shape)} on {x.shape[3]} channels (grouped)", "ungroup it"
        )
    folded = _bias(work, w.shape[0]) - x.zero_point * w.data.astype("int64").sum(axis=(1, 2, 3))
    window = _window(work, x, y, (w.shape[1], w.shape[2]))
    scales, k = _scales(work, x, w, y, 0), w.count // w.shape[0]
    # Taps that lie side by side in memory are read as one run.
    runs = (w.shape[1], k // w.shape[1])
    if work.option("DilationWFactor", 1) != 1:
        runs = (w.shape[1] * w.shape[2], w.shape[3])
    kind, channels, weights = _laid(work, folded, w.data.reshape(-1, k), runs, scales)
    padded_bytes = -(-runs[1] // 4) * 4
    call = (
        f"conv_2d{kind}(&window, &channels, {work.place(x)}, {weights}, {work.place(y)}, scratch);"
    )
    pixels, sides = math.prod(y.shape[:3]), (*w.shape[1:3], *_strides(work))
    return work.step(
        [window, channels, call],
        [x],
        scratch_bytes=(4 * runs[0] + 3) * padded_bytes if kind == _DSP else 2 * k,
        macs=y.count * k,
        # Two pixels are read whole before their results are written.
        overwrites=(x.index,) if set(sides) == {1} and y.shape[3] <= x.shape[3] else (),
        worth_fetching=tuple(c.symbol for c in work.constants) if pixels >= _MANY_PIXELS else (),
    )


def _strides(work: Lowering) -> tuple[int, int]:
    return work.option("StrideH"), work.option("StrideW")


def _settled(
    work: Lowering, folded: Any, weights: Any, scales: list[tuple[int, int]]
) -> tuple[Any, Any, list[tuple[int, int]]]:
    bounds = fused_range(work, work.result)
    return packing.settled(folded, weights, scales, work.result.zero_point, bounds)


_DSP = "_dsp"


def _laid(
    work: Lowering,
    folded: Any,
    weights: Any,
    runs: tuple[int, int],
    scales: list[tuple[int, int]],
) -> tuple[str, str, str]:
    """What the kernel of this core reads: its suffix, the `channels_t`, the symbol of the weights.

    `weights`: channels x taps; `runs`: into how many runs of how many taps these fall.
    """
    folded, flat, scales = _settled(work, folded, weights, scales)
    packed = _packed(work, folded, flat.reshape(-1, *runs), scales)
    if packed is None:
        work.kernels.append("conv.c")
        return "", _channels(work, folded, scales), work.constant("weights", "int8_t", flat)
    bias, values = packed
    work.kernels.append("conv_dsp.c")
    channels = _channels_of_four(work, bias, scales)
    return _DSP, channels, work.constant("weights", "int8_t", values)


def _packed(
    work: Lowering, folded: Any, weights: Any, scales: list[tuple[int, int]]
) -> tuple[Any, Any] | None:
    """What the DSP kernels read; None where the core has none or they would not be exact."""
    flat = weights.reshape(len(weights), -1)
    if not work.core.dsp or not packing.short_form(folded, flat, scales):
        return None
    return packing.interleaved(folded, weights)


def _channels_of_four(work: Lowering, bias: Any, scales: list[tuple[int, int]]) -> str:
    """The `channels_t` of a DSP kernel: right shifts, an entry for every channel of the fours."""
    import numpy as np

    full = scales + [(0, -1)] * (len(bias) - len(scales))
    parts = (
        work.constant("bias", "int32_t", _wrapped(bias)),
        work.constant("factor", "int32_t", np.array([f for f, _ in full], np.int64)),
        work.constant("shift", "int8_t", np.array([-s for _, s in full], np.int64)),
        1,
    )
    return struct("channels_t", "channels", parts)


def depthwise_conv_2d(work: Lowering) -> Step:
    x, y, w = work.source(0), work.result, _weights(work)
    work.need_int8(x, y)
    _images(work, x, y, w)
    if w.shape[0] != 1 or w.shape[3] != y.shape[3] or y.shape[3] % x.shape[3]:
        raise work.refuse(f"has filters {list(w.shape)} on {x.shape[3]} channels", "")
    bias, scales = _bias(work, w.shape[3]), _scales(work, x, w, y, 3)
    macs = y.count * w.shape[1] * w.shape[2]
    window = _window(work, x, y, (w.shape[1], w.shape[2]))
    folded = bias - x.zero_point * w.data.astype("int64").sum(axis=(0, 1, 2))
    flat = w.data.reshape(-1, w.shape[3]).T
    settled = _settled(work, folded, flat, scales)
    if _planar(work, x, y, w) and packing.short_form(*settled):
        lines = [window, _channels(work, settled[0], settled[2])]
        weights = work.constant("weights", "int8_t", settled[1].T)
        work.kernels.append("depthwise_3x3.c")
        lines.append(
            f"depthwise_3x3(&window, &channels, {work.place(x)}, {weights}, {work.place(y)},"
            " scratch);"
        )
        plane_bytes = _plane_bytes(y, work.option("StrideH"))
        return work.step(lines, [x], scratch_bytes=plane_bytes, overwrites=(x.index,), macs=macs)
    weights = work.constant("weights", "int8_t", w.data)
    work.kernels.append("depthwise.c")
    call = f"depthwise_conv_2d(&window, &channels, {work.place(x)}, {weights}, {work.place(y)});"
    return work.step([window, _channels(work, bias, scales), call], [x], macs=macs)


def _planar(work: Lowering, x: Tensor, y: Tensor, w: Tensor) -> bool:
    """Whether `depthwise_3x3.c` computes it: the window of nearly every network."""
    strides = _strides(work)
    dilations = work.option("DilationHFactor", 1), work.option("DilationWFactor", 1)
    shape = (w.shape[1:3], x.shape[0], dilations)
    return shape == ((3, 3), 1, (1, 1)) and x.shape[3] == y.shape[3] and strides in ((1, 1), (2, 2))


def _plane_bytes(y: Tensor, stride: int) -> int:
    """Of one channel's input with its border, in 16 bits; rows are the longer side."""
    across, along = sorted(y.shape[1:3])
    return 2 * ((along - 1) * stride + 4 & ~1) * ((across - 1) * stride + 3)


def fully_connected(work: Lowering) -> Step:
    import numpy as np

    x, y, w = work.source(0), work.result, _weights(work)
    work.need_int8(x, y)
    if len(w.shape) != 2 or x.count % w.shape[1] or work.option("WeightsFormat"):
        raise work.refuse(f"has weights {list(w.shape)} on an input of {x.count}", "")
    outs, ins = w.shape
    rows = x.count // ins
    if y.count != rows * outs:
        raise work.refuse(f"says its output is {list(y.shape)}", "is the file damaged?")
    scales = _scales(work, x, w, y, 0)
    if len(w.scales) == 1:  # the reference multiplies these two in single precision
        product = float(np.float32(x.scale) * np.float32(w.scale))
        scales = [fixed.multiplier(product / y.scale)] * outs
    folded = _bias(work, outs) - x.zero_point * w.data.astype(np.int64).sum(axis=1)
    shape = (rows, 1, 1, ins, 1, 1, outs, 1, 1, 1, 1, 1, 1, 0, 0)
    bounds = (x.zero_point, y.zero_point, *fused_range(work, y))
    window = struct("window_t", "window", (*shape, *bounds))
    kind, channels, weights = _laid(work, folded, w.data, (1, ins), scales)
    call = (
        f"fully_connected{kind}(&window, &channels, {work.place(x)}, {weights},"
        f" {work.place(y)}, scratch);"
    )
    return work.step(
        [window, channels, call],
        [x],
        scratch_bytes=2 * (-(-ins // 4) * 4) if kind == _DSP else 0,
        macs=rows * outs * ins,
    )


def pool_2d(work: Lowering) -> Step:
    x, y = work.source(0), work.result
    work.need_int8(x, y)
    _images(work, x, y)
    if (x.scale, x.zero_point, x.shape[3]) != (y.scale, y.zero_point, y.shape[3]):
        raise work.refuse("changes scale or channels; a pool keeps both", "")
    taps = work.option("FilterHeight"), work.option("FilterWidth")
    kind = {"AVERAGE_POOL_2D": "average_pool_2d", "MAX_POOL_2D": "max_pool_2d"}[work.node.type]
    work.kernels.append("pool.c")
    call = f"{kind}(&window, {work.place(x)}, {work.place(y)});"
    return work.step([_window(work, x, y, taps), call], [x])
