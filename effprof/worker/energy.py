"""The energy pass: idle, the model loaded and idle, then windows of work, all under the meters.

settings: `idle_s`, `window_s` and `updates` are what each stretch lasts at least, `ceiling_s` what
the windows may take together, `windows` how many. `settle_s` comes before the loaded machine counts
as idle, and is worked before the first window: an instrument's own mean of a second still holds
what was before. `options` go to the meters. What is found is raw: the changes of every counter and
when each stretch began and ended (`measure/levels.py` reads it).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import repeat
from time import perf_counter, sleep
from typing import Any

from effprof.ports import Backend, EnergyMeter
from effprof.worker import jobs, loop
from effprof.worker.loop import Run
from effprof.worker.protocol import Request
from effprof.worker.sampling import FAST_S, SLOW_S, Sampler, Series
from effprof.worker.surroundings import Surroundings
from effprof.worker.sustain import temperature

IDLE_UPDATES = 10
IDLE_PATIENCE = 3
"""Times `idle_s` that a slow counter is waited for while nothing runs."""
LATE_S = 3.0
"""How long the last readings may come after the last window."""
CHUNK_S = 0.02


@dataclass(slots=True)
class Open:
    """A meter with its counters' series; `lack` where it could not be opened."""

    meter: EnergyMeter
    series: list[Series]
    lack: str = ""

    def updates_since(self, start_s: float) -> int:
        """Of its slowest counter, those that never moved aside."""
        moving = [one for one in self.series if len(one.times_s) > 1]
        return min((one.changes_since(start_s) for one in moving), default=0)


def measure(
    request: Request, backend: Backend, meters: Sequence[EnergyMeter], say: jobs.Say
) -> None:
    settings = request.settings
    counters, opened = [], []
    for meter in meters:
        mine, lack = _counters(meter, settings["options"])
        counters.append(mine)
        opened.append(Open(meter, [], lack))
    try:
        with Sampler([one for mine in counters for one in mine]) as sampler:
            left = iter(sampler.series)
            for one, mine in zip(opened, counters, strict=True):
                one.series = [next(left) for _ in mine]
            stretches, host = _stretches(request, backend, opened, sampler, say)
            sampler.reach(stretches[-1]["end"], LATE_S)
    finally:
        for meter in meters:
            meter.close()
    say("phase", name="meters")
    say("found", stretches=stretches, meters=[_told(one) for one in opened], host=host)


def _counters(meter: EnergyMeter, options: Mapping[str, Any]) -> tuple[list[Any], str]:
    """Opened, or why not."""
    try:
        return list(meter.counters(options)), ""
    except (OSError, ValueError, ImportError) as error:
        return [], str(error)


def _stretches(
    request: Request,
    backend: Backend,
    opened: Sequence[Open],
    sampler: Sampler,
    say: jobs.Say,
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    settings = request.settings
    say("phase", name="idle")
    found = [_idle("idle", opened, settings["idle_s"])]
    sampler.interval_s = SLOW_S
    (ready,) = jobs.prepare(request, backend, (), say)
    run, chunk = ready.run, max(1, int(CHUNK_S / ready.run_s))
    say("phase", name="idle")
    sleep(settings["settle_s"])
    sampler.interval_s = FAST_S
    found.append(_idle("idle loaded", opened, settings["idle_s"]))
    sampler.interval_s = SLOW_S
    say("phase", name="run")
    items = jobs.items_a_run(request.loads[0])
    host = Surroundings()
    with loop.quiet():
        _settle(run, chunk, settings["settle_s"])
        found += [_window(run, chunk, items, opened, settings) for _ in range(settings["windows"])]
    return found, host.since()


def _settle(run: Run, chunk: int, seconds: float) -> None:
    until_s = perf_counter() + seconds
    while perf_counter() < until_s:
        for _ in repeat(None, chunk):
            run()


def _idle(name: str, opened: Sequence[Open], least_s: float) -> dict[str, Any]:
    """At least `least_s`, and up to three times that until some counter gave ten updates."""
    start_s = perf_counter()
    while True:
        sleep(SLOW_S)
        taken_s = perf_counter() - start_s
        updates = max((one.updates_since(start_s) for one in opened), default=0)
        if taken_s >= IDLE_PATIENCE * least_s or (taken_s >= least_s and updates >= IDLE_UPDATES):
            return _stretch(name, start_s, 0, opened)


def _window(
    run: Run, chunk: int, items: int, opened: Sequence[Open], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Until the first meter that moves at all has its updates, or its share of the time is up."""
    start_s = perf_counter()
    longest_s = max(settings["window_s"], settings["ceiling_s"] / settings["windows"])
    runs = 0
    while True:
        for _ in repeat(None, chunk):
            run()
        runs += chunk
        taken_s = perf_counter() - start_s
        if taken_s >= settings["window_s"] and (
            taken_s >= longest_s or _decided(opened, start_s, longest_s, settings["updates"])
        ):
            return _stretch("work", start_s, runs * items, opened)


def _decided(opened: Sequence[Open], start_s: float, longest_s: float, wanted: int) -> bool:
    """Whether the first meter that moves has its updates, or cannot have them in time."""
    updates = [one.updates_since(start_s) for one in opened]
    first = next((count for count in updates if count), 0)
    foreseen = first * longest_s / (perf_counter() - start_s)
    return first >= wanted or foreseen < wanted


def _stretch(name: str, start_s: float, items: int, opened: Sequence[Open]) -> dict[str, Any]:
    """`temperatures`: of each meter's own, else of the hottest zone of the machine."""
    end_s = perf_counter()
    return {
        "name": name,
        "start": start_s,
        "end": end_s,
        "items": items,
        "temperatures": [_temperature(one.meter) for one in opened],
    }


def _temperature(meter: EnergyMeter) -> float | None:
    own = meter.temperature()
    return own if own is not None else temperature().get("temperature_celsius")


def _told(one: Open) -> dict[str, Any]:
    return {
        "scope": one.meter.scope,
        "lack": one.lack,
        "series": [asdict(series) for series in one.series],
    }
