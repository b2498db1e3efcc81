"""Arrays from their description: seeded values, or items of a file."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from effprof.base.records import Feed, Values

Array = NDArray[Any]


def arrays(feeds: Sequence[Feed], seed: int, first_item: int = 0) -> dict[str, Array]:
    """One array an input, C-contiguous, of the feed's shape and dtype.

    Every input draws from a generator of its own, so that adding one does not change the others.
    """
    return {
        feed.name: _array(feed, np.random.default_rng([seed, place]), first_item)
        for place, feed in enumerate(feeds)
    }


def items(feeds: Sequence[Feed]) -> int:
    """How many items the files of these feeds hold; 1 when none comes from a file of items."""
    counts = [len(array) for feed in feeds if (array := _many(feed)) is not None]
    return min(counts, default=1)


def _array(feed: Feed, rng: np.random.Generator, first_item: int) -> Array:
    if feed.values.kind == "file":
        return _from_file(feed, first_item)
    made = _made(feed, rng)
    return np.ascontiguousarray(made).reshape(feed.shape)


def _made(feed: Feed, rng: np.random.Generator) -> Array:
    values, shape = feed.values, feed.shape
    if feed.dtype in ("str", "object"):
        return np.full(shape, "effprof", dtype=object)
    dtype = np.dtype(feed.dtype)
    match values.kind:
        case "zeros":
            return np.zeros(shape, dtype)
        case "ones":
            return np.ones(shape, dtype)
        case "constant":
            return np.full(shape, values.low, dtype)
    return _random(values, dtype, shape, rng)


def _random(
    values: Values, dtype: np.dtype[Any], shape: tuple[int, ...], rng: np.random.Generator
) -> Array:
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        return rng.integers(
            int(values.low), max(int(values.high), int(values.low) + 1), shape
        ).astype(dtype)
    span = np.float32(values.high - values.low)
    drawn = rng.random(shape, np.float32) * span + np.float32(values.low)
    return drawn.astype(dtype, copy=False)


def _open(values: Values) -> Array:
    loaded = np.load(values.path, allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        return loaded
    with loaded:
        return np.asarray(loaded[values.key])


def _many(feed: Feed) -> Array | None:
    """The array of a feed whose first axis counts items, else nothing."""
    if feed.values.kind != "file" or not feed.shape:
        return None
    array = _open(feed.values)
    return array if array.ndim == len(feed.shape) and array.shape[1:] == feed.shape[1:] else None


def _from_file(feed: Feed, first_item: int) -> Array:
    """The feed's shape from its file: `first_item` on, starting again where the items end."""
    array = _open(feed.values)
    if array.shape != feed.shape:
        chosen = (first_item + np.arange(feed.shape[0])) % len(array)
        array = array[chosen]
    return np.ascontiguousarray(array)
