"""Arrays from their description: seeded values, or items of a file."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from effprof.base.records import Feed, Recast, Values

Array = NDArray[Any]


def arrays(feeds: Sequence[Feed], seed: int, first_item: int = 0) -> dict[str, Array]:
    """One array an input, C-contiguous, as the model takes it.

    Every input draws from a generator of its own, by its name in the original model: another model
    with an input of that name gets the same values, wherever it stands.
    """
    return {feed.name: _made_for(feed, seed, first_item) for feed in feeds}


def _made_for(feed: Feed, seed: int, first_item: int) -> Array:
    name = feed.recast.name if feed.recast else feed.name
    made = _array(feed, _generator(name, seed), first_item)
    return _recast(made, feed.recast) if feed.recast else made


def _recast(array: Array, recast: Recast) -> Array:
    """Axes moved and values quantised: round to nearest even, saturated, as the runtimes do."""
    if recast.axes:
        array = array.transpose(recast.axes)
    dtype = np.dtype(recast.dtype or array.dtype)
    if recast.scale:
        limits = np.iinfo(dtype)
        whole = np.rint(array / np.float32(recast.scale)) + recast.zero_point
        array = np.clip(whole, limits.min, limits.max)
    return np.ascontiguousarray(array, dtype)


def _generator(name: str, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, crc32(name.encode())])


def _array(feed: Feed, rng: np.random.Generator, first_item: int) -> Array:
    if feed.values.kind == "file":
        return _from_file(feed, first_item)
    made = _made(feed, rng)
    return np.ascontiguousarray(made).reshape(feed.shape)


def _made(feed: Feed, rng: np.random.Generator) -> Array:
    values, shape = feed.values, feed.shape
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


@cache
def _open(path: str, key: str) -> Array:
    """Read once in a worker's life: a pass over all items asks for every batch."""
    loaded = np.load(path, allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        return loaded
    with loaded:
        return np.asarray(loaded[key])


def _from_file(feed: Feed, first_item: int) -> Array:
    """The feed's shape from its file: `first_item` on, starting again where the items end."""
    array = _open(feed.values.path, feed.values.key)
    if array.shape != feed.shape:
        chosen = (first_item + np.arange(feed.shape[0])) % len(array)
        array = array[chosen]
    return np.ascontiguousarray(array)
