"""RAPL: joules of the processor packages and their memory, from the kernel's powercap files.

Zones are told apart by name, not by number: `package-N` and its `dram` are added up. `core` and
`uncore` lie inside the package and `psys` around it, so they would count twice; `intel-rapl-mmio`
shows the packages once more by another road. Counters wrap at `max_energy_range_uj`, within
minutes on a busy server.

https://docs.kernel.org/power/powercap/powercap.html
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from effprof.meters import sysfs
from effprof.ports import Counter


class Rapl:
    metrics: Sequence[str] = sysfs.METRICS
    disturbs = True

    def __init__(self) -> None:
        self._folder = sysfs.root() / "class" / "powercap"
        self.scope = "processor packages"

    def present(self) -> bool:
        return bool(self._links())

    def unavailable(self) -> str | None:
        links = self._links()
        if not links:
            return f"no RAPL: {self._folder} shows no zone"
        if not any(link.exists() for link in links):
            return (
                f"{self._folder} is masked, as container engines do (mount the host's /sys, "
                "read-only, and name it in EFFPROF_SYS)"
            )
        zones = self._zones()
        if not zones:
            names = ", ".join(sorted({sysfs.text(link / "name") for link in links}))
            return f"RAPL shows no package, only {names or 'zones without a name'}"
        counters = [zone / "energy_uj" for zone in zones]
        return sysfs.why_not(counters, f"sudo chmod a+r {self._folder}/intel-rapl*/energy_uj")

    def counters(self, options: Mapping[str, Any]) -> Sequence[Counter]:
        zones = self._zones()
        names = [_name(zone) for zone in zones]
        self.scope = f"{', '.join(names)}; without mainboard, disks, fans and power supply"
        return [
            sysfs.Polled(name, "J", Wrapping(zone).joules)
            for name, zone in zip(names, zones, strict=True)
        ]

    def temperature(self) -> float | None:
        return None

    def close(self) -> None:
        return

    def _links(self) -> list[Path]:
        try:
            return sorted(self._folder.glob("intel-rapl:*"))
        except OSError:
            return []

    def _zones(self) -> list[Path]:
        """Packages and their memory."""
        return [zone for zone in self._links() if _kind(zone) in ("package", "dram")]


def _kind(zone: Path) -> str:
    return sysfs.text(zone / "name").partition("-")[0]


def _name(zone: Path) -> str:
    """`package-0`; of memory with the package it hangs on, `dram-0`."""
    name = sysfs.text(zone / "name")
    return f"dram-{zone.name.split(':')[1]}" if name == "dram" else name


class Wrapping:
    """Joules since it was made, of a counter that starts over at `max_energy_range_uj`."""

    def __init__(self, zone: Path) -> None:
        self._path = zone / "energy_uj"
        self._range = zone / "max_energy_range_uj"
        self._last = sysfs.number(self._path)
        self._gained = 0

    def joules(self) -> float:
        now = sysfs.number(self._path)
        step = now - self._last
        if step < 0:
            step += sysfs.number(self._range)
        if step < 0:
            raise ValueError(f"{self._path} fell from {self._last} to {now}, beyond its range")
        self._last, self._gained = now, self._gained + step
        return self._gained / 1e6
