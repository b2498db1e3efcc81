"""Counters polled by a thread while the model runs: every change of each, with its time.

Only changes are kept: how often one moves is how often its instrument updates it. Of a counter that
tells its updates apart itself (`every`) all readings are.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter, sleep
from types import TracebackType
from typing import Self

from effprof.ports import Counter

FAST_S, SLOW_S = 0.001, 0.01
"""Between two polls while idle, where the period of updates is looked for; and beside the work."""


@dataclass(slots=True)
class Series:
    """Changes of one counter, in time order: seconds of `perf_counter` and the value from then on.

    `seen_s`: when it was last read. `lack`: why it is read no more.
    """

    name: str
    unit: str
    times_s: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    seen_s: float = 0.0
    lack: str = ""
    every: bool = False

    def take(self, readings: Sequence[tuple[float, float]]) -> None:
        for time_s, value in readings:
            self.seen_s = max(self.seen_s, time_s)
            if self.every or not self.values or value != self.values[-1]:
                self.times_s.append(time_s)
                self.values.append(value)

    def changes_since(self, start_s: float) -> int:
        """Changes after `start_s`; the first reading is none."""
        count = 0
        for place in range(len(self.times_s) - 1, 0, -1):
            if self.times_s[place] < start_s:
                break
            count += 1
        return count


class Sampler:
    """Polls from entering to leaving; `interval_s` may be changed on the way."""

    def __init__(self, counters: Sequence[Counter]) -> None:
        self.interval_s = FAST_S
        self.series = [
            Series(one.name, one.unit, every=getattr(one, "every", False)) for one in counters
        ]
        self._pairs = list(zip(counters, self.series, strict=True))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def reach(self, time_s: float, patience_s: float) -> None:
        """Waits until every counter was read after `time_s`: an outside meter's lines come late."""
        until_s = perf_counter() + patience_s
        while perf_counter() < until_s:
            if all(one.lack or one.seen_s >= time_s for one in self.series):
                return
            sleep(SLOW_S)

    def _poll(self) -> None:
        while not self._over.wait(self.interval_s):
            for counter, series in self._pairs:
                if series.lack:
                    continue
                try:
                    series.take(counter.drain())
                except (OSError, ValueError) as error:
                    series.lack = str(error)
