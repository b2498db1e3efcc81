"""Claim: a device foretold from the others of its class: factor 1.8 (GPU, CPU), 2 (Jetson) at p95.

Method. `effprof/estimators/device_class.py` has three constants for each class of device: the
shares of peak and bandwidth that are reached, and the seconds of a launch. Here they are fitted
anew to published results (`../shared/facts/mlperf_power.csv`: MLPerf Inference with power) of all
devices of the class but one, which is then foretold; each device has its turn. The networks are
laid out layer by layer in `roofline_points.py`. The constants that ship were fitted to all
devices and rounded. What the points hardly tell (what a CPU reaches of its bandwidth, a launch on a
Jetson) moves when it is fitted again from there; the rows `as it ships` hold them against all.

How to read. The error is the factor between foretold and published seconds, whichever is larger. A
class holds few devices and two to four networks, most of them convolutional, and GPUs int8 alone:
of other networks and precisions these errors say nothing. TensorRT's BERT is left out, for it skips
padding and how many tokens it computed was not published. Systems are in MaxQ, which trades speed
for energy: a device at its full power is faster.
"""

import math
from statistics import median

from benchmarks.outcome import Outcome, Row
from benchmarks.roofline_points import RESULTS, factors, fit, foretold_s, left_out, of_kind
from effprof.estimators.device_class import CLASSES

CLAIM = "a device that is not here, foretold from others of its class, within the band that ships"


def run(*, quick: bool) -> Outcome:
    outcome = Outcome("roofline", CLAIM, quick=quick)
    if not RESULTS.is_file():
        outcome.skipped = "no ../shared/facts/mlperf_power.csv to hold it against"
        return outcome
    for kind, ships in CLASSES.items():
        given = of_kind(kind)
        off = factors(ratio for _, ratio in left_out(given, ships))
        devices = len({point.device for point in given})
        what = f"{kind}, {devices} devices"
        p95 = off[math.ceil(0.95 * len(off)) - 1]
        outcome.rows += [
            Row(f"{what}: median factor", median(off), off[0], off[-1], len(off), "1"),
            Row(f"{what}: p95 factor", p95, p95, p95, len(off), "1", limit=ships.band),
        ]
        shipped = factors(foretold_s(point, ships) / point.run_s for point in given)
        outcome.rows += [
            Row(
                f"{kind}, as it ships: median factor",
                median(shipped),
                shipped[0],
                shipped[-1],
                len(shipped),
                "1",
            ),
        ]
        found = fit(given, ships)
        outcome.notes.append(
            f"{kind}: {found.compute_share:.2f} of the peak, {found.memory_share:.2f} of the "
            f"bandwidth, {found.launch_s * 1e6:.1f} µs a launch; ships {ships.compute_share:g}, "
            f"{ships.memory_share:g}, {ships.launch_s * 1e6:g} µs"
        )
    return outcome
