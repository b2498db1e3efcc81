"""Energy of a run on a phone's CPU: watts of its cores by its power profile x the time of a run.

A power profile (`power_profile.xml` of Android) states the milliamperes that a core draws at each
frequency, measured by the maker at the battery. It is an average over work, not over matrix
products; hence half of the value either way.
"""

import math

from effprof.base.records import Measurement, Missing, Origin
from effprof.base.work import Device, Work

METRIC = "energy.inference"
BAND = 0.5
SCOPE = "CPU cores alone, by the phone's power profile"


def energy(run: Measurement, work: Work, device: Device) -> Measurement | Missing:
    """Joules an item: the cores that run it, and what is drawn while any core runs."""
    core_w = device.facts.get("cpu_power_busy")
    if core_w is None:
        return Missing(METRIC, "the target states no cpu_power_busy: watts of a busy core")
    threads = device.facts.get("cpu_threads", 1)
    power_w = threads * core_w + device.facts.get("cpu_power_awake", 0.0)
    value_j = power_w * run.value / work.batch
    assert run.low is not None
    assert run.high is not None
    down = math.hypot(math.log(run.value / run.low), math.log(1 - BAND))
    up = math.hypot(math.log(run.high / run.value), math.log(1 + BAND))
    return Measurement(
        METRIC,
        value_j,
        Origin.MODELLED,
        "phone-model:power-profile",
        low=value_j * math.exp(-down),
        high=value_j * math.exp(up),
        scope=SCOPE,
    )
