"""What share of a battery an hour of queries takes: energy a query x rate x 3600 s / capacity.

Only the energy of the inferences counts: screen, radio and what the app does besides come on top.
"""

from effprof.base.quantity import show
from effprof.base.records import Measurement, Missing, Origin

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
    if run_s is not None and duty_hz * run_s > 1:
        most = show(1 / run_s, "1/s")
        reason = f"a duty of {show(duty_hz, '1/s')} is more than the device manages ({most})"
        return Missing(METRIC, reason, f"--duty {0.9 / run_s:.2g}/s")
    per_joule = batch * duty_hz * 3600 / battery_j
    ends = [None if end is None else end * per_joule for end in (energy.low, energy.high)]
    return Measurement(
        METRIC,
        energy.value * per_joule,
        Origin.MODELLED,
        energy.source,
        low=ends[0],
        high=ends[1],
        scope=f"inferences alone, at {duty_hz * 3600:.4g} queries an hour,"
        f" from a battery of {battery_j / 3600:.3g} Wh",
    )
