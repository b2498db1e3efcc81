"""Queries, queue and batches, with a clock of our own: nothing sleeps long, nothing is raced."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from effprof.worker import serve
from effprof.worker.loop import Run
from tests.scripted import ScriptedSession


class Server:
    """A clock that gains a microsecond a look, and runs that take `us` microseconds a query."""

    def __init__(self, most: int, us: int) -> None:
        self.now_ns, self.taken = 0, list[int]()
        self.runs = [self._run(size, us) for size in range(1, most + 1)]

    def __call__(self) -> int:
        self.now_ns += 1000
        return self.now_ns

    def _run(self, size: int, us: int) -> Run:
        def run() -> None:
            self.taken.append(size)
            self.now_ns += us * size * 1000

        return run


def answered(server: Server, due_us: Sequence[int], delay_us: int = 0) -> serve.Served:
    offsets = [us * 1000 for us in due_us]
    return serve.answer(server.runs, offsets, delay_us * 1000, clock=server)


def test_arrivals_are_seeded_growing_and_of_the_rate() -> None:
    offsets = serve.arrivals(1000, 5000, seed=3)
    assert offsets == serve.arrivals(1000, 5000, seed=3)
    assert offsets == sorted(offsets)
    assert offsets[-1] / 1e9 == pytest.approx(5, rel=0.1)


def test_latency_counts_from_the_scheduled_arrival() -> None:
    """Three queries due at once: the second and third wait for those before them."""
    served = answered(Server(1, 100), [0, 0, 0])
    assert served.batches == [1, 1, 1]
    assert [round(ns / 1e5) for ns in served.block.wall_ns] == [1, 2, 3]
    assert [round(ns / 1e5) for ns in served.queue_ns] == [0, 1, 2]


def test_a_free_server_takes_all_that_wait_and_no_more_than_the_most() -> None:
    """The first comes alone; five come while it runs; the last when all is quiet again."""
    server = Server(4, 100)
    served = answered(server, [10, 20, 30, 40, 50, 60, 1000])
    assert served.batches == server.taken == [1, 4, 1, 1]
    assert served.queue_ns[6] < 10_000


def test_a_batch_is_held_until_it_is_full_or_its_oldest_has_waited_enough() -> None:
    server = Server(3, 10)
    served = answered(server, [0, 20, 40, 200, 220, 900], delay_us=100)
    assert served.batches == [3, 2, 1]  # full at 40; at 300 two of three; alone at 1000
    assert [round(ns / 1e4) for ns in served.queue_ns] == [4, 2, 0, 10, 8, 10]


def test_a_query_is_answered_once_whatever_comes_together() -> None:
    rng = np.random.default_rng(1)
    due = np.cumsum(rng.exponential(40, 300)).astype(int).tolist()
    for most, delay in ((1, 0), (4, 0), (8, 150)):
        served = answered(Server(most, 30), due, delay)
        assert sum(served.batches) == len(due) == len(served.block.wall_ns)
        assert max(served.batches) <= most
        queued = np.asarray(served.queue_ns)
        assert (queued >= 0).all()
        assert (np.asarray(served.block.wall_ns) > queued).all()


class Seen(ScriptedSession):
    """Keeps the shapes of what it ran."""

    def __init__(self) -> None:
        super().__init__({"run_s": 0})
        self.shapes = list[dict[str, tuple[int, ...]]]()

    def run(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        self.shapes.append({name: array.shape for name, array in arrays.items()})
        return super().run(arrays)


def test_each_batch_gets_a_call_on_the_first_items_of_the_inputs_that_carry_it() -> None:
    seen = Seen()
    whole: dict[str, Any] = {
        "x": np.zeros((3, 4), np.float32),
        "y": np.zeros((2, 3)),
        "scale": np.ones(1),
    }
    runs = serve.runs_by_batch(seen, whole, {"x": 0, "y": 1}, 3)
    assert len(runs) == 3
    assert [(one["x"], one["y"], one["scale"]) for one in seen.shapes] == [
        ((size, 4), (2, size), (1,)) for size in (1, 2, 3)
    ]


def test_the_largest_batch_that_is_bound_already_is_not_made_again() -> None:
    seen = Seen()

    def full() -> None:
        return

    runs = serve.runs_by_batch(seen, {"x": np.zeros((3, 4), np.float32)}, {"x": 0}, 3, full)
    assert [one["x"] for one in seen.shapes] == [(1, 4), (2, 4)]
    assert (len(runs), runs[-1]) == (3, full)
