"""Runs without a pause for minutes, counted bucket by bucket: what is left once a device is hot."""

from collections.abc import Callable, Mapping
from itertools import repeat
from pathlib import Path
from time import perf_counter_ns

from effprof.worker.loop import Clock, Run, runs_per_reading
from effprof.worker.surroundings import Surroundings

ZONES = Path("/sys/class/thermal")

Reader = Callable[[], Mapping[str, float]]


def series(
    run: Run,
    run_s: float,
    seconds: float,
    bucket_s: float,
    *,
    clock: Clock = perf_counter_ns,
    open_window: Callable[[], Reader] = lambda: Surroundings().since,
) -> list[dict[str, float]]:
    """One row a bucket until `seconds` are over: start, seconds, runs, and what the machine told.

    A bucket ends with the run under way, so a run longer than it is a bucket of its own. Counters
    of the machine are read between two buckets.
    """
    several = runs_per_reading(run_s)
    rows = list[dict[str, float]]()
    began = clock()
    while clock() - began < seconds * 1e9:
        since = open_window()
        start, runs = clock(), 0
        until = start + bucket_s * 1e9
        now = start
        while now < until:
            for _ in repeat(None, several):
                run()
            runs += several
            now = clock()
        row = {"start": (start - began) / 1e9, "seconds": (now - start) / 1e9, "runs": float(runs)}
        rows.append(row | _kept(since()) | temperature())
    return rows


def _kept(seen: Mapping[str, float]) -> dict[str, float]:
    names = ("others_cpu_s", "steal_s", "cores", "frequency_min_hz", "frequency_max_hz")
    return {name: seen[name] for name in names if name in seen}


def temperature(zones: Path = ZONES) -> dict[str, float]:
    """The hottest zone the system tells of, in degrees Celsius; nothing where it tells of none."""
    seen = list[float]()
    for path in zones.glob("thermal_zone*/temp"):
        try:
            seen.append(int(path.read_text()) / 1000)  # millidegrees, as the kernel writes them
        except (OSError, ValueError):
            continue
    sound = [value for value in seen if -40 <= value <= 150]  # others are sensors that are off
    return {"temperature_celsius": max(sound)} if sound else {}
