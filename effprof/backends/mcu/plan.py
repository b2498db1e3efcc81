"""Where every tensor lies in the arena: lifetimes, shared memory, offsets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from effprof.backends.mcu.blocks import Block, gap, most_alive, pack
from effprof.backends.mcu.graph import Graph
from effprof.backends.mcu.step import Step

ALIGN_BYTES = 8
# Kernels that read words may look this far past a tensor's end; they use nothing of it.
_MARGIN_BYTES = 8


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
            blocks.append(Block(aligned(step.scratch_bytes), place, place))
    bound = most_alive(blocks, len(steps))
    offsets = pack(blocks, bound)
    end = max(offset + b.size_bytes for offset, b in zip(offsets, blocks, strict=True))
    fetched = {}
    for place, step in enumerate(steps):
        if not (wanted := aligned(fetched_bytes(step))):
            continue
        beside = zip(offsets, blocks, strict=True)
        taken = [(o, b.size_bytes) for o, b in beside if b.first <= place <= b.last]
        if (offset := gap(taken, wanted)) + wanted <= end:
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


def _blocks(graph: Graph, steps: Sequence[Step]) -> tuple[list[Block], dict[int, int]]:
    """Blocks, and the block of each tensor; a result moves into a source's block where it may."""
    last = dict.fromkeys(graph.inputs, -1)
    for place, step in enumerate(steps):
        last |= dict.fromkeys((*step.results, *step.sources), place)
    last |= dict.fromkeys(graph.outputs, len(steps))
    blocks: list[Block] = []
    owner: dict[int, int] = {}

    def begin(tensor: int, first: int) -> None:
        owner[tensor] = len(blocks)
        blocks.append(Block(aligned(graph.tensors[tensor].size_bytes), first, last[tensor]))

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
