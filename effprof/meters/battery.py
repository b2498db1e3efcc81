"""A laptop's own battery while it discharges: the power of the whole machine, screen included.

https://docs.kernel.org/power/power_supply_class.html
"""

from collections.abc import Callable, Mapping, Sequence
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
        states = {sysfs.text(battery / "status") for battery in batteries}
        if states != {"Discharging"}:
            told = ", ".join(sorted(filter(None, states))) or "in an unknown state"
            return f"the battery is {told.lower()}, and tells what the work draws only on its own"
        for battery in batteries:
            if not _files(battery):
                return f"{battery} tells neither power nor current and voltage"
            if why := sysfs.why_not(_files(battery), f"sudo chmod a+r {battery}/*_now"):
                return why
        return None

    def counters(self, options: Mapping[str, Any]) -> Sequence[Counter]:
        return [sysfs.Polled(battery.name, "W", _watts(battery)) for battery in self._batteries()]

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


def _files(battery: Path) -> list[Path]:
    power = battery / "power_now"
    if power.exists():
        return [power]
    pair = [battery / "current_now", battery / "voltage_now"]
    return pair if all(path.exists() for path in pair) else []


def _watts(battery: Path) -> Callable[[], float]:
    """Some drivers give the current of a discharging battery a minus."""
    files = _files(battery)
    if len(files) == 1:
        return lambda: abs(sysfs.number(files[0])) / 1e6
    return lambda: abs(sysfs.number(files[0])) / 1e6 * sysfs.number(files[1]) / 1e6
