"""Two models in turn: blocks of both, as many of each, both clocks in every reading."""

from itertools import groupby

from effprof.worker import paired


def test_models_take_turns_in_drawn_order() -> None:
    order: list[str] = []
    runs = [lambda: order.append("a"), lambda: order.append("b")]
    taken = paired.blocks(runs, [0.001, 0.001], 0.2, seed=1)
    turns = ["".join(name for name, _ in groupby(order))]
    assert len(taken[0]) == len(taken[1]) >= paired.LEAST_TURNS
    assert turns[0] not in ("ab" * len(taken[0]), "ba" * len(taken[0]))


def test_the_order_follows_the_seed() -> None:
    def drawn(seed: int) -> str:
        order: list[str] = []
        runs = [lambda: order.append("a"), lambda: order.append("b")]
        paired.blocks(runs, [0.001, 0.001], 0.2, seed)
        return "".join(order)

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_every_reading_has_both_clocks() -> None:
    (taken,) = paired.blocks([lambda: sum(range(2000))], [20e-6], 0.05, seed=0)
    for block in taken:
        assert block.runs_per_reading == 10
        assert len(block.wall_ns) == len(block.each_cpu_ns) >= 1
        assert min(block.wall_ns) > 0


def test_a_slow_model_still_gets_its_turns() -> None:
    calls: list[int] = []
    (taken,) = paired.blocks([lambda: calls.append(1)], [10.0], 1.0, seed=0)
    assert [len(block.wall_ns) for block in taken] == [1] * paired.LEAST_TURNS
    assert len(calls) == 2 * paired.LEAST_TURNS
