"""Claim: watts of a CPU without a counter are within a factor of 2.1; from one reading, 1.5.

Method. `../shared/facts/mlperf_power.csv` has published runs with the whole system's watts; those
whose model ran on the CPU alone are taken. "by core" is what `effprof/estimators/cpu_power.py`
gives every core busy: its own table's watts where it knows the processor, the average server's
elsewhere. "calibrated": the watts of one published run of a system stand for a reading of its wall
meter while busy, and foretell every other run of that system; each takes its turn.

How to read. The error is the factor between foretold and published, whichever is larger. A board
with its power supply is no share of a server: the average is not meant for it, and is stated here
to show how far off it is. The claim of 2.1 was found elsewhere, on 96 points with RAPL as
reference; these are few, and other machines.
"""

import csv
import math
from collections import defaultdict
from statistics import median

from benchmarks.outcome import Outcome, Row
from benchmarks.published import SHARED
from effprof.estimators.cpu_power import (
    AVERAGE,
    BAND_FACTOR,
    CALIBRATED_FACTOR,
    MICROARCHITECTURES,
    Cores,
)

CLAIM = "watts of a busy CPU: by core within a factor of 2.1, from one reading within 1.5"
RESULTS = SHARED / "facts" / "mlperf_power.csv"
SYSTEMS: dict[str, tuple[str, int, Cores]] = {
    "rpi4-": ("Raspberry Pi 4", 4, MICROARCHITECTURES["raspberry-pi-4"]),
    "orin-tflite": ("Orin, its CPU", 12, AVERAGE),
    "nvidia_orin_maxq-reference-cpu": ("Orin in MaxQ, its CPU", 12, AVERAGE),
    "amd_ryzen_workstation-reference-cpu": ("Ryzen 9 7950X workstation", 16, AVERAGE),
}
"""How a platform's name begins: what it is, its cores, the watts the estimator has for them."""


def run(*, quick: bool) -> Outcome:
    outcome = Outcome("cpu_power", CLAIM, quick=quick)
    if not RESULTS.is_file():
        outcome.skipped = "no ../shared/facts/mlperf_power.csv to hold it against"
        return outcome
    found = systems()
    by_core, calibrated, known = list[float](), list[float](), list[float]()
    for start, watts in found.items():
        name, cores, of_one = SYSTEMS[start]
        factors = [_factor(cores * of_one.busy_w, one) for one in watts]
        others = [_factor(a, b) for i, a in enumerate(watts) for j, b in enumerate(watts) if i != j]
        calibrated += others
        (by_core if of_one is AVERAGE else known).extend(factors)
        least, most = min(watts), max(watts)
        outcome.notes.append(
            f"{name}: {least:.1f} to {most:.1f} W published, {cores * of_one.busy_w:.1f} W by core"
        )
    outcome.rows += _rows("by core, processor known", known, BAND_FACTOR)
    outcome.rows += _rows("by core, average server", by_core, None)
    outcome.rows += _rows("calibrated by another run", calibrated, CALIBRATED_FACTOR)
    return outcome


def systems() -> dict[str, list[float]]:
    """Watts of the whole system by run, by the beginning of its platform's name."""
    found = defaultdict[str, list[float]](list)
    with RESULTS.open(newline="") as lines:
        for row in csv.DictReader(lines):
            start = next((one for one in SYSTEMS if row["platform"].startswith(one)), None)
            if start and row["derived_system_W"]:
                found[start].append(float(row["derived_system_W"]))
    return found


def _factor(foretold_w: float, published_w: float) -> float:
    return max(foretold_w / published_w, published_w / foretold_w)


def _rows(what: str, factors: list[float], limit: float | None) -> list[Row]:
    factors = sorted(factors)
    p90 = factors[math.ceil(0.9 * len(factors)) - 1]
    least, most = factors[0], factors[-1]
    return [
        Row(f"{what}: median", median(factors), least, most, len(factors), "1"),
        Row(f"{what}: p90", p90, p90, p90, len(factors), "1", limit=limit),
    ]
