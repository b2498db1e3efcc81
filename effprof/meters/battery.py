"""A laptop's own battery while it discharges: the power of the whole machine, screen included.

https://docs.kernel.org/power/power_supply_class.html
https://docs.kernel.org/admin-guide/abi-testing.html (sysfs-class-power)
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from effprof.meters import sysfs
from effprof.ports import Counter


class Battery:
    metrics: Sequence[str] = sysfs.METRICS
    disturbs = True
    scope = "the whole machine, drawn from its battery"

    def __init__(self) -> None:
        self._folder = sysfs.root() / "class" / "power_supply"

    def present(self) -> bool:
        return bool(self._batteries())

    def unavailable(self) -> str | None:
        batteries = self._batteries()
        if not batteries:
            return f"no battery: {self._folder} shows none of this machine's own"
        if why := _fed(batteries):
            return why
        for battery in batteries:
            if not _files(battery):
                return f"{battery} tells neither power nor current and voltage"
            if why := sysfs.why_not(_files(battery), f"sudo chmod a+r {battery}/*_now"):
                return why
        return None

    def counters(self, options: Mapping[str, Any]) -> Sequence[Counter]:
        """All together: of two, one is drawn from at a time, and the other stands still."""
        batteries = self._batteries()

        def watts() -> float:
            if why := _fed(batteries):
                raise ValueError(why)
            return sum(map(_watts, batteries))

        return [sysfs.Polled(" + ".join(one.name for one in batteries), "W", watts)]

    def temperature(self) -> float | None:
        return None

    def close(self) -> None:
        return

    def _batteries(self) -> list[Path]:
        """Of the machine: a mouse's says `Device` as its scope."""
        try:
            supplies = sorted(self._folder.glob("*"))
        except OSError:
            return []
        return [
            supply
            for supply in supplies
            if sysfs.text(supply / "type") == "Battery" and sysfs.text(supply / "scope") != "Device"
        ]


def _fed(batteries: Sequence[Path]) -> str | None:
    """Why what flows is not what the work draws: a current into a battery has often no sign."""
    states = [sysfs.text(battery / "status") for battery in batteries]
    if "Discharging" in states and "Charging" not in states:
        return None
    told = ", ".join(sorted({*filter(None, states)})) or "in an unknown state"
    return f"the battery is {told.lower()}, and tells what the work draws only on its own"


def _files(battery: Path) -> list[Path]:
    power = battery / "power_now"
    if power.exists():
        return [power]
    pair = [battery / "current_now", battery / "voltage_now"]
    return pair if all(path.exists() for path in pair) else []


def _watts(battery: Path) -> float:
    """Its files are in uW, uA and uV; many drivers give what flows out of it a minus."""
    values = [sysfs.number(path) / 1e6 for path in _files(battery)]
    return abs(math.prod(values))
