"""What will be run: every choice made, before a process starts."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from effprof.base.records import Plugin, Quantization
from effprof.base.vocabulary import Means, ScenarioName
from effprof.worker.protocol import Load, Request

TAILS = (0.90, 0.95, 0.99)
LEAST_TRIALS = 6
"""Six processes: their smallest and largest median bound the true one at 97 %."""
MOST_TRIALS = 60
"""One more narrows the interval by less than 1 %: it goes with the root of their number."""
SLICE_S = 0.6
"""Timed part of a trial, where the runs of a p99 ask for no more: ten blocks of 60 ms."""
WARM_UP_S = 0.5
"""At the most: it ends once runs are steady (`worker/loop.py`)."""


@dataclass(frozen=True, slots=True)
class MeterPlan:
    """An energy meter of the target; `lack`: why it cannot be read here."""

    name: str
    plugin: Plugin
    present: bool
    lack: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """`loads` holds file and inputs for each batch, in the order the user gave the batches.

    `backend` is None where nothing runs here. `meters` share the clock's pass; each of
    `disturbing` slows the work and gets a pass of its own. Those of `energy` share one pass, of
    windows that may take `energy_s` together.
    """

    backend: Plugin | None
    loads: Mapping[int, Load]
    options: Mapping[str, Any]
    packages: tuple[str, ...] = ()  # distributions that the backend runs on
    means: Means = "run"
    meters: tuple[Plugin, ...] = ()
    disturbing: tuple[Plugin, ...] = ()
    energy: tuple[MeterPlan, ...] = ()
    energy_s: float = 60.0
    meter_command: str | None = None
    scenario: ScenarioName = "single-stream"
    rate_hz: float | None = None
    deadline_s: float | None = None
    max_batch: int = 1  # queries a server may answer in one run; `loads` has 1 and it
    queue_delay_s: float = 0.0  # how long it may hold one for others to come
    ceiling_s: float = 10.0
    goal: float = 0.01
    seed: int = 0
    silence_s: float = 300.0
    memory_limit_bytes: int | None = None
    python: str = sys.executable
    accelerator: bool = False  # it runs on a GPU: this machine's CPU and its ceilings tell nothing
    quantised: Mapping[str, Quantization] = field(default_factory=dict)  # outputs of whole numbers

    @property
    def batches(self) -> tuple[int, ...]:
        return tuple(self.loads)

    @property
    def threads(self) -> int:
        return int(self.options.get("threads", 1))

    def request(self, job: Any, batch: int, seed: int, **settings: Any) -> Request:
        """A request for one worker; clock jobs carry the meters, others none."""
        return Request(
            job=job,
            backend=self.backend,
            loads=(self.loads[batch],),
            options=dict(self.options),
            meters=self.meters if job in ("time", "serve") else (),
            settings=settings,
            seed=seed,
        )

    def energy_request(self, batch: int, **settings: Any) -> Request:
        """For the worker of the energy pass, under the meters that can be read here."""
        usable = tuple(one.plugin for one in self.energy if not one.lack)
        return replace(self.request("energy", batch, self.seed, **settings), meters=usable)
