"""What the machine did besides: a benchmark's figures are read beside it."""

import os
import time
from typing import Any

from effprof.host import describe


class Witness:
    """CPU time of everyone else between its making and `told`; own children must be reaped."""

    def __init__(self) -> None:
        self._began_s = time.perf_counter()
        self._own_s = _own_s()
        self._machine = _machine_s()

    def told(self) -> dict[str, Any]:
        host = describe()
        seconds = time.perf_counter() - self._began_s
        capacity_s = seconds * (os.cpu_count() or 1)
        busy_s, stolen_s = (
            after - before for before, after in zip(self._machine, _machine_s(), strict=True)
        )
        others_s = max(0.0, busy_s - (_own_s() - self._own_s))
        return {
            "cpu": host.cpu,
            "cores": host.cores,
            "os": host.os,
            "python": host.python,
            "load": host.load,
            "others' CPU": f"{others_s / capacity_s:.0%}",
            "stolen": f"{stolen_s / capacity_s:.1%}",
            "took": f"{seconds:.0f} s",
            "on": time.strftime("%Y-%m-%d"),
        }


def _own_s() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _machine_s() -> tuple[float, float]:
    """Busy and stolen seconds of all CPUs since boot."""
    import psutil

    seen = psutil.cpu_times()._asdict()
    busy = sum(seen.get(key, 0.0) for key in ("user", "nice", "system", "irq", "softirq"))
    return busy, seen.get("steal", 0.0)
