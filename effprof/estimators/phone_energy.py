"""Energy of a run on a phone's CPU: watts of its cores by its power profile x the time of a run.

A power profile (`power_profile.xml` of Android) states the milliamperes that a core draws at each
frequency, measured by the maker at the battery. It is an average over work, not over matrix
products; hence half of the value either way.
"""

import math

from effprof.base.records import Measurement, Missing, Origin
from effprof.base.work import Device, Work

METRIC = "energy.inference"
BANDS = {"profile": (0.5, 1.5), "stand-in": (1 / 3, 3.0)}
"""Of the watts: the phone's own profile, or that of another phone's core of the same kind."""
SCOPE = "CPU cores alone"


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
    basis = device.texts.get("cpu_power_basis", "profile")
    low, high = BANDS[basis]
    down = math.hypot(math.log(run.value / run.low), math.log(low))
    up = math.hypot(math.log(run.high / run.value), math.log(high))
    return Measurement(
        METRIC,
        value_j,
        Origin.MODELLED,
        f"phone-model:power-{basis}",
        low=value_j * math.exp(-down),
        high=value_j * math.exp(up),
        scope=SCOPE,
    )
