"""Operators that only move data: reshape, pad, concatenation, transpose, slice, resize."""

import math
from collections.abc import Sequence

from effprof.backends.mcu import fixed
from effprof.backends.mcu.graph import ITEM_BYTES, Tensor
from effprof.backends.mcu.step import Lowering, Step, struct


def reshape(work: Lowering) -> Step:
    """The same bytes: nothing is executed where the memory can be shared, else they are copied."""
    x, y = work.source(0), work.result
    if x.count != y.count or x.dtype != y.dtype:
        raise work.refuse(f"makes {list(y.shape)} of {list(x.shape)}", "is the file damaged?")
    return work.step([], [x], overwrites=(x.index,))


def copied(x: str, y: str, size_bytes: int) -> str:
    """A reshape whose input lives on, or is a constant, is a copy."""
    return f"__builtin_memcpy({y}, {x}, {size_bytes});"


def _steps(shape: Sequence[int]) -> list[int]:
    return [math.prod(shape[i + 1 :]) for i in range(len(shape))]


def _copy(
    work: Lowering, x: Tensor, sizes: Sequence[int], steps: tuple[Sequence[int], Sequence[int]]
) -> tuple[str, str]:
    """Parameters and function of a strided copy; runs that follow each other are one."""
    wide = ITEM_BYTES.get(x.dtype, 0)
    if wide not in (1, 4):
        raise work.refuse(f"moves {x.dtype}", "int8 and float32 are moved")
    runs: list[list[int]] = []
    for size, source, target in zip(sizes, *steps, strict=True):
        if size == 1:
            continue
        last = runs[-1] if runs else None
        if last and last[1] == size * source and last[2] == size * target:
            runs[-1] = [last[0] * size, source, target]
        else:
            runs.append([size, source, target])
    runs = [[1, 0, 0]] * (6 - len(runs)) + (runs or [])
    if not any(r[0] > 1 for r in runs):
        runs[-1] = [1, 1, 1]
    work.kernels.append("copy.c")
    parts = [[r[i] for r in runs] for i in range(3)]
    return struct("copy_t", "layout", parts), "copy_8" if wide == 1 else "copy_32"


def transpose(work: Lowering) -> Step:
    x, y = work.source(0), work.result
    order = [int(v) for v in work.known(1, "its permutation").reshape(-1)]
    rank = len(x.shape)
    order = [v + rank if v < 0 else v for v in order]
    if sorted(order) != list(range(rank)) or y.shape != tuple(x.shape[v] for v in order):
        raise work.refuse(f"permutes {list(x.shape)} by {order}", "is the file damaged?")
    source = _steps(x.shape)
    block, name = _copy(work, x, y.shape, ([source[v] for v in order], _steps(y.shape)))
    return work.step([block, f"{name}(&layout, {_typed(work, x)}, {_typed(work, y)});"], [x])


def _typed(work: Lowering, tensor: Tensor, offset: int = 0) -> str:
    kind = "uint32_t" if ITEM_BYTES[tensor.dtype] == 4 else "int8_t"
    const = "const " if tensor.data is not None else ""
    where = f"({const}{kind} *){work.place(tensor)}"
    return f"{where} + {offset}" if offset else where


def pad(work: Lowering) -> Step:
    x, y = work.source(0), work.result
    work.need_int8(x, y)
    pads = work.known(1, "its paddings").reshape(-1, 2).tolist()
    shape = tuple(n + a + b for n, (a, b) in zip(x.shape, pads, strict=False))
    if len(pads) != len(x.shape) or shape != y.shape or any(v < 0 for p in pads for v in p):
        raise work.refuse(f"pads {list(x.shape)} by {pads}", "is the file damaged?")
    value = y.zero_point
    if work.node.type == "PADV2":
        value = int(work.known(2, "its value").reshape(-1)[0])
    steps = _steps(y.shape)
    offset = sum(a * s for (a, _), s in zip(pads, steps, strict=True))
    block, name = _copy(work, x, x.shape, (_steps(x.shape), steps))
    lines = [
        block,
        f"fill_8({y.count}, {fixed.clamp(value)}, {work.place(y)});",
        f"{name}(&layout, {_typed(work, x)}, {_typed(work, y, offset)});",
    ]
    return work.step(lines, [x])


def concatenation(work: Lowering) -> Step:
    y = work.result
    parts = [work.source(i) for i in range(len(work.node.inputs))]
    rank = len(y.shape)
    axis = work.option("Axis")
    axis = axis + rank if axis < 0 else axis
    if not 0 <= axis < rank or work.option("FusedActivationFunction"):
        raise work.refuse(f"joins along axis {axis}", "")
    steps, offset, lines = _steps(y.shape), 0, []
    for place, x in enumerate(parts):
        same = len(x.shape) == rank and all(
            n == m for i, (n, m) in enumerate(zip(x.shape, y.shape, strict=True)) if i != axis
        )
        if not same or x.dtype != y.dtype or x.scales != y.scales or x.zero_point != y.zero_point:
            raise work.refuse(f"joins input {place} of another shape or scale", "requantise it")
        block, name = _copy(work, x, x.shape, (_steps(x.shape), steps))
        move = f"{name}(&layout, {_typed(work, x)}, {_typed(work, y, offset * steps[axis])});"
        lines.append(f"{{ {block} {move} }}")
        offset += x.shape[axis]
    if offset != y.shape[axis]:
        raise work.refuse(f"says its output is {list(y.shape)}", "is the file damaged?")
    return work.step(lines, parts)


def strided_slice(work: Lowering) -> Step:
    x, y = work.source(0), work.result
    rank = len(x.shape)
    begins, ends, strides = (
        [int(v) for v in work.known(i, what).reshape(-1)]
        for i, what in ((1, "its begin"), (2, "its end"), (3, "its strides"))
    )
    if work.option("EllipsisMask") or work.option("NewAxisMask") or work.option("Offset"):
        raise work.refuse("has an ellipsis, a new axis or an offset", "slice without them")
    if not len(begins) == len(ends) == len(strides) == rank or 0 in strides:
        raise work.refuse(f"slices {rank} dimensions by {begins}, {ends}, {strides}", "")
    sizes, offset, source, steps = [], 0, [], _steps(x.shape)
    for i, (size, stride) in enumerate(zip(x.shape, strides, strict=True)):
        bit = 1 << i
        shrink = bool(work.option("ShrinkAxisMask") & bit)
        taken = range(size)[
            slice(
                None if work.option("BeginMask") & bit and not shrink else begins[i],
                None if work.option("EndMask") & bit else _end(begins[i], ends[i], shrink),
                1 if shrink else stride,
            )
        ]
        if not taken:
            raise work.refuse(f"leaves nothing of dimension {i}", "")
        sizes.append(len(taken))
        offset += taken[0] * steps[i]
        source.append(taken.step * steps[i])
    if y.count != math.prod(sizes):
        raise work.refuse(f"says its output is {list(y.shape)}", "is the file damaged?")
    block, name = _copy(work, x, sizes, (source, _steps(sizes)))
    return work.step(
        [block, f"{name}(&layout, {_typed(work, x, offset)}, {_typed(work, y)});"], [x]
    )


def _end(begin: int, end: int, shrink: bool) -> int | None:
    """Where a dimension that shrinks to one element ends: just past its begin."""
    if not shrink:
        return end
    return None if begin == -1 else begin + 1


def resize_nearest(work: Lowering) -> Step:
    import numpy as np

    x, y = work.source(0), work.result
    work.need_int8(x, y)
    if (
        len(x.shape) != 4
        or len(y.shape) != 4
        or (x.shape[0], x.shape[3])
        != (
            y.shape[0],
            y.shape[3],
        )
    ):
        raise work.refuse(f"makes {list(y.shape)} of {list(x.shape)}", "")
    tables = []
    for what, axis in (("rows", 1), ("columns", 2)):
        near = _nearest(work, x.shape[axis], y.shape[axis])
        tables.append(work.constant(what, "uint16_t", np.array(near), "rodata"))
    work.kernels.append("copy.c")
    lines = [
        struct("resize_t", "sizes", (*x.shape, *y.shape[1:3])),
        f"resize_nearest(&sizes, {tables[0]}, {tables[1]}, {work.place(x)}, {work.place(y)});",
    ]
    return work.step(lines, [x])


def _nearest(work: Lowering, size: int, out: int) -> list[int]:
    """Which input each output takes, in the reference's single precision."""
    import numpy as np

    if size > 65535:
        raise work.refuse(f"resizes {size} rows or columns", "")
    align, half = bool(work.option("AlignCorners")), bool(work.option("HalfPixelCenters"))
    one = np.float32(1)
    scale = (
        np.float32(size - 1) / np.float32(out - 1)
        if align and out > 1
        else np.float32(size) * one / np.float32(out)
    )
    found = []
    for place in range(out):
        at = float((np.float32(place) + np.float32(0.5 if half else 0)) * scale)
        near = fixed.round_half_away(at) if align else math.floor(at)
        found.append(max(min(near, size - 1), 0))
    return found
