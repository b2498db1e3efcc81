"""Where every tensor lies in the arena: lifetimes, shared memory, offsets."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from effprof.backends.mcu.graph import Graph
from effprof.backends.mcu.step import Step

ALIGN_BYTES = 8
# Kernels that read words may look this far past a tensor's end; they use nothing of it.
_MARGIN_BYTES = 8


@dataclass(slots=True)
class _Block:
    """Memory of one or more tensors that follow each other in it; alive over steps first..last."""

    size_bytes: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Offsets in bytes. The bound is the most that is alive at once, scratch included."""

    offsets: Mapping[int, int]  # tensor -> offset
    scratch: Mapping[int, int]  # step -> offset
    fetched: Mapping[int, int]  # step -> offset of the copy of its constants
    arena_bytes: int
    bound_bytes: int


def plan(graph: Graph, steps: Sequence[Step]) -> Plan:
    """A static plan; the same graph always gets the same one."""
    blocks, owner = _blocks(graph, steps)
    scratch = {}
    for place, step in enumerate(steps):
        if step.scratch_bytes:
            scratch[place] = len(blocks)
            blocks.append(_Block(aligned(step.scratch_bytes), place, place))
    bound = max(
        sum(b.size_bytes for b in blocks if b.first <= place <= b.last)
        for place in range(-1, len(steps) + 1)
    )
    offsets = _pack(blocks, bound)
    end = max(offset + b.size_bytes for offset, b in zip(offsets, blocks, strict=True))
    fetched = {}
    for place, step in enumerate(steps):
        wanted = aligned(fetched_bytes(step))
        offset = _gap(blocks, offsets, _Block(wanted, place, place))
        if wanted and offset + wanted <= end:
            fetched[place] = offset
    return Plan(
        {tensor: offsets[block] for tensor, block in owner.items()},
        {place: offsets[block] for place, block in scratch.items()},
        fetched,
        end + _MARGIN_BYTES,
        bound,
    )


def fetched_bytes(step: Step) -> int:
    """What the copies of a step's constants take, each aligned."""
    return sum(aligned(c.size_bytes) for c in step.constants if c.symbol in step.worth_fetching)


def aligned(size_bytes: int) -> int:
    return -(-size_bytes // ALIGN_BYTES) * ALIGN_BYTES


def _blocks(graph: Graph, steps: Sequence[Step]) -> tuple[list[_Block], dict[int, int]]:
    """Blocks, and the block of each tensor; a result moves into a source's block where it may."""
    last = dict.fromkeys(graph.inputs, -1)
    for place, step in enumerate(steps):
        last |= dict.fromkeys((*step.results, *step.sources), place)
    last |= dict.fromkeys(graph.outputs, len(steps))
    blocks: list[_Block] = []
    owner: dict[int, int] = {}

    def begin(tensor: int, first: int) -> None:
        owner[tensor] = len(blocks)
        blocks.append(_Block(aligned(graph.tensors[tensor].size_bytes), first, last[tensor]))

    for tensor in graph.inputs:
        begin(tensor, -1)
    for place, step in enumerate(steps):
        for tensor in step.results:
            for source in step.overwrites:
                block = blocks[owner[source]] if source in owner else None
                # Another tensor of the block may outlive the source: block.last says so.
                if block and block.last == place and source not in graph.outputs:
                    owner[tensor] = owner[source]
                    block.last = last[tensor]
                    size = aligned(graph.tensors[tensor].size_bytes)
                    block.size_bytes = max(block.size_bytes, size)
                    break
            else:
                begin(tensor, place)
    return blocks, owner


def _pack(blocks: Sequence[_Block], bound: int) -> list[int]:
    """Offsets by first fit in several orders; the first that reaches the bound, or the best."""
    orders: list[Callable[[int], tuple[float, ...]]] = [
        lambda i: (-blocks[i].size_bytes, blocks[i].first),
        lambda i: (-(blocks[i].last - blocks[i].first), -blocks[i].size_bytes),
        lambda i: (-blocks[i].size_bytes * (1 + blocks[i].last - blocks[i].first),),
        lambda i: (blocks[i].first, -blocks[i].size_bytes),
        lambda i: (-blocks[i].last, -blocks[i].size_bytes),
    ]
    best: list[int] = []
    best_end = 0
    shuffle = random.Random(0)  # noqa: S311 - a plan, not a secret
    tries = 5 + min(200, 20_000 // max(len(blocks), 1))
    for attempt in range(tries):
        indices = list(range(len(blocks)))
        if attempt < len(orders):
            indices.sort(key=orders[attempt])
        else:
            weight = {i: blocks[i].size_bytes * shuffle.uniform(0.5, 1.5) for i in indices}
            indices.sort(key=lambda i: -weight[i])
        offsets = _first_fit(blocks, indices)
        end = max(o + b.size_bytes for o, b in zip(offsets, blocks, strict=True))
        if not best or end < best_end:
            best, best_end = offsets, end
        if best_end <= bound:
            break
    return best


def _first_fit(blocks: Sequence[_Block], order: Sequence[int]) -> list[int]:
    offsets = [0] * len(blocks)
    placed: list[int] = []
    for i in order:
        offsets[i] = _gap([blocks[j] for j in placed], [offsets[j] for j in placed], blocks[i])
        placed.append(i)
    return offsets


def _gap(blocks: Sequence[_Block], offsets: Sequence[int], new: _Block) -> int:
    """The lowest offset at which the new block overlaps none that is alive with it."""
    at = 0
    for offset, other in sorted(zip(offsets, blocks, strict=True), key=lambda pair: pair[0]):
        if other.last < new.first or new.last < other.first:
            continue
        if at + new.size_bytes <= offset:
            break
        at = max(at, offset + other.size_bytes)
    return at
