"""Blocks of the arena: nothing that lives at once overlaps, and no plan beats the bound."""

import random

from effprof.backends.mcu.blocks import Block, most_alive, pack, tries


def blocks(count: int, steps: int, longest: int) -> list[Block]:
    rng = random.Random(count)
    made = []
    for _ in range(count):
        first = rng.randrange(-1, steps)
        last = min(steps, first + rng.randrange(longest))
        made.append(Block(8 * rng.randrange(1, 100), first, last))
    return made


def overlaps(a: Block, at: int, b: Block, there: int) -> bool:
    together = a.first <= b.last and b.first <= a.last
    return together and at < there + b.size_bytes and there < at + a.size_bytes


def test_what_is_alive_together_lies_apart() -> None:
    for count in (1, 2, 7, 40):
        made = blocks(count, 20, 6)
        bound = most_alive(made, 20)
        alive = [sum(b.size_bytes for b in made if b.first <= s <= b.last) for s in range(-1, 21)]
        assert bound == max(alive)
        offsets = pack(made, bound)
        assert max(o + b.size_bytes for o, b in zip(offsets, made, strict=True)) >= bound
        pairs = ((i, j) for i in range(count) for j in range(i))
        assert not any(overlaps(made[i], offsets[i], made[j], offsets[j]) for i, j in pairs)


def test_a_graph_of_thousands_of_steps_gets_fewer_tries() -> None:
    chain = [Block(8, step, step + 1) for step in range(4096)]
    assert max(pack(chain, 16)) == 8
    crowd = [[0] * 2000] * 2000
    assert tries(crowd) == 1
    assert tries([[1], [0]]) == 205
