"""Whether the inputs of a run fit in this machine's memory: known before a worker starts."""

import math
from collections.abc import Mapping

from effprof.base.errors import InputError
from effprof.base.quantity import show
from effprof.base.records import Feed
from effprof.model.dims import shape_text
from effprof.model.inputs import Given


def refuse_too_large(feeds: Mapping[int, tuple[Feed, ...]], given: Given, free_bytes: int) -> None:
    """InputError that names the largest where they are more than `free_bytes` together.

    A file is read whole, so what was given counts with all its items.
    """
    arrays = {name: (shape, given.dtypes[name]) for name, shape in given.shapes.items()}
    for fed in feeds.values():
        made = {one.name: (one.shape, one.dtype) for one in fed if one.name not in arrays}
        _refuse(made | arrays, free_bytes)


def _refuse(tensors: Mapping[str, tuple[tuple[int, ...], str]], free_bytes: int) -> None:
    sizes = {name: _bytes(*tensor) for name, tensor in tensors.items()}
    if sum(sizes.values()) <= free_bytes:
        return
    name = max(sizes, key=lambda one: sizes[one])
    shape, dtype = tensors[name]
    raise InputError(
        f"input {name}: {shape_text(shape)} of {dtype} is {show(sizes[name], 'B')}, "
        f"this machine has {show(free_bytes, 'B')} of memory to give",
        hint="fewer items, or a smaller --batch, --dim or --shape",
    )


def _bytes(shape: tuple[int, ...], dtype: str) -> int:
    import numpy as np

    return math.prod(shape) * np.dtype(dtype).itemsize
