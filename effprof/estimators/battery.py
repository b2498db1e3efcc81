"""What share of a battery an hour of queries takes: energy a query x rate x 3600 s / capacity.

Only the energy of the inferences counts: screen, radio and what the app does besides come on top.
"""

from effprof.base.records import Measurement, Missing, Origin
from effprof.estimators import duty

METRIC = "battery.share_per_hour"
FACT = "battery_energy"


def share_per_hour(
    energy: Measurement | None,
    run_s: float | None,
    batch: int,
    battery_j: float | None,
    duty_hz: float | None,
) -> Measurement | Missing:
    """`energy` is per item; a query is one run of `batch` items that takes `run_s`."""
    if battery_j is None:
        hint = f"add {FACT} under facts: in the target's YAML"
        return Missing(METRIC, "the target states no battery", hint)
    if duty_hz is None:
        return Missing(METRIC, "the target states no duty_cycle, queries a time", "--duty 3600/h")
    if energy is None:
        return Missing(METRIC, "the energy of an inference is not known")
    if run_s is not None and (lack := duty.too_often(METRIC, duty_hz, run_s)):
        return lack
    per_joule = batch * duty_hz * 3600 / battery_j
    ends = [None if end is None else end * per_joule for end in (energy.low, energy.high)]
    return Measurement(
        METRIC,
        energy.value * per_joule,
        Origin.MODELLED,
        energy.source,
        low=ends[0],
        high=ends[1],
        scope=f"inferences alone, at {duty.an_hour(duty_hz)} queries an hour,"
        f" from a battery of {battery_j / 3600:.3g} Wh",
    )
