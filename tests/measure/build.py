"""Answers of workers, made by hand: what the steps after the launch are tested on."""

from collections.abc import Sequence
from typing import Any

from effprof.base.records import Block, Ending, Feed, Plugin, Values
from effprof.measure.launch import Answer
from effprof.measure.plan import Plan
from effprof.measure.trial import Trial
from effprof.worker.protocol import Load

FEEDS = (Feed("x", "float32", (1, 4), Values("random")),)
LOAD = Load("model.json", FEEDS)


def plan(**changes: Any) -> Plan:
    settings: dict[str, Any] = {
        "backend": Plugin("scripted:Scripted"),
        "loads": {1: LOAD},
        "options": {"threads": 2},
    }
    return Plan(**settings | changes)


def answer(blocks: Sequence[Block], **changes: Any) -> Answer:
    settings: dict[str, Any] = {
        "ending": Ending.OK,
        "loaded": {
            "load_ns": 20_000_000,
            "first_ns": 1_000_000,
            "warmup_runs": 10,
            "outputs": [{"name": "y", "dtype": "float32", "shape": [1, 2], "finite": True}],
        },
        "found": {"readings": [], "host": {"wall_s": 1.0, "cores": 2.0, "others_cpu_s": 0.0}},
        "blocks": {0: tuple(blocks)},
    }
    return Answer(**settings | changes)


def block(wall_us: Sequence[float], runs_per_reading: int = 1) -> Block:
    """CPU time is half of the wall time of two threads: one core's worth."""
    wall_ns = [int(us * 1000) for us in wall_us]
    return Block(wall_ns, sum(wall_ns), runs_per_reading)


def trial(*blocks: Block, batch: int = 1, **changes: Any) -> Trial:
    return Trial.of(batch, answer(blocks, **changes))


def failed(ending: Ending, detail: str = "", kind: str = "", batch: int = 1) -> Trial:
    return Trial.of(batch, Answer(ending=ending, detail=detail, kind=kind))
