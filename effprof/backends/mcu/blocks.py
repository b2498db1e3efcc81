"""Blocks of memory with lifetimes, laid so that none overlap while both are alive."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(slots=True)
class Block:
    """Memory of one or more tensors that follow each other in it; alive over steps first..last."""

    size_bytes: int
    first: int
    last: int


def most_alive(blocks: Sequence[Block], steps: int) -> int:
    """Bytes of the blocks that are alive together, at the step where they are most."""
    change = [0] * (steps + 3)  # from step -1, the inputs, to the one after the last, the outputs
    for block in blocks:
        change[block.first + 1] += block.size_bytes
        change[block.last + 2] -= block.size_bytes
    return max(accumulate(change))


def pack(blocks: Sequence[Block], bound: int) -> list[int]:
    """Offsets by first fit in several orders; the first that reaches the bound, or the best."""
    orders: list[Callable[[int], tuple[float, ...]]] = [
        lambda i: (-blocks[i].size_bytes, blocks[i].first),
        lambda i: (-(blocks[i].last - blocks[i].first), -blocks[i].size_bytes),
        lambda i: (-blocks[i].size_bytes * (1 + blocks[i].last - blocks[i].first),),
        lambda i: (blocks[i].first, -blocks[i].size_bytes),
        lambda i: (-blocks[i].last, -blocks[i].size_bytes),
    ]
    beside = _alive_together(blocks)
    best: list[int] = []
    best_end = 0
    shuffle = random.Random(0)  # noqa: S311 - a plan, not a secret
    for attempt in range(tries(beside)):
        indices = list(range(len(blocks)))
        if attempt < len(orders):
            indices.sort(key=orders[attempt])
        else:
            weight = {i: blocks[i].size_bytes * shuffle.uniform(0.5, 1.5) for i in indices}
            indices.sort(key=lambda i: -weight[i])
        offsets = _first_fit(blocks, beside, indices)
        end = max(o + b.size_bytes for o, b in zip(offsets, blocks, strict=True))
        if not best or end < best_end:
            best, best_end = offsets, end
        if best_end <= bound:
            break
    return best


def tries(beside: Sequence[Sequence[int]]) -> int:
    """As many as take about a second, so that a strange graph does not take minutes."""
    return max(1, min(205, 1_000_000 // sum(1 + len(near) for near in beside)))


def _alive_together(blocks: Sequence[Block]) -> list[list[int]]:
    """Of each block, those that may not overlap it."""
    beside: list[list[int]] = [[] for _ in blocks]
    alive: list[int] = []
    for i in sorted(range(len(blocks)), key=lambda i: blocks[i].first):
        alive = [j for j in alive if blocks[j].last >= blocks[i].first]
        for j in alive:
            beside[i].append(j)
            beside[j].append(i)
        alive.append(i)
    return beside


def _first_fit(
    blocks: Sequence[Block], beside: Sequence[Sequence[int]], order: Sequence[int]
) -> list[int]:
    offsets = [-1] * len(blocks)
    for i in order:
        taken = [(offsets[j], blocks[j].size_bytes) for j in beside[i] if offsets[j] >= 0]
        offsets[i] = gap(taken, blocks[i].size_bytes)
    return offsets


def gap(taken: Sequence[tuple[int, int]], size_bytes: int) -> int:
    """The lowest offset with so much room between what is taken, (offset, bytes) each."""
    at = 0
    for offset, length in sorted(taken):
        if at + size_bytes <= offset:
            break
        at = max(at, offset + length)
    return at
