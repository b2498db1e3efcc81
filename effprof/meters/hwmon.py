"""Power and energy sensors of the board: INA3221 (Jetson), amd_energy, ACPI power meters.

ina3221   volts x amperes of each rail; `VDD_IN` feeds the other rails and is taken alone
amd_energy  joules of each socket; its cores lie inside
power_meter  the whole machine, by its firmware

https://docs.kernel.org/hwmon/ina3221.html, https://docs.kernel.org/hwmon/acpi_power_meter.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from effprof.meters import sysfs
from effprof.meters.sysfs import Polled
from effprof.ports import Counter

WHOLE_INPUT = "VDD_IN"
UNUSED = ("NC", "sum of shunt voltages")
"""Labels of INA3221 channels that lead nowhere, or add the others up."""


class Hwmon:
    metrics: Sequence[str] = sysfs.METRICS
    disturbs = True

    def __init__(self) -> None:
        self._folder = sysfs.root() / "class" / "hwmon"
        self.scope = "board sensors"

    def present(self) -> bool:
        return bool(self._chips())

    def unavailable(self) -> str | None:
        chips = self._chips()
        if not chips:
            return f"no power sensor: {self._folder} has no {', '.join(KINDS)}"
        sensors, _scope = self._sensors()
        if not sensors:
            return f"{', '.join(map(str, chips))}: no sensor of power or energy in it"
        files = [path for _name, _unit, paths, _value in sensors for path in paths]
        return sysfs.why_not(files, f"sudo chmod a+r {files[0]}")

    def counters(self, options: Mapping[str, Any]) -> Sequence[Counter]:
        sensors, self.scope = self._sensors()
        return [
            Polled(name, "J" if unit == "J" else "W", value)
            for name, unit, _paths, value in sensors
        ]

    def temperature(self) -> float | None:
        return None

    def close(self) -> None:
        return

    def _chips(self) -> list[Path]:
        try:
            folders = sorted(self._folder.glob("hwmon*"))
        except OSError:
            return []
        return [chip for chip in folders if sysfs.text(chip / "name") in KINDS]

    def _sensors(self) -> tuple[list["Sensor"], str]:
        """Of the first kind that has any, all chips of it: kinds overlap, chips do not."""
        chips = self._chips()
        for kind, (read, scope) in KINDS.items():
            mine = [chip for chip in chips if sysfs.text(chip / "name") == kind]
            sensors = [sensor for chip in mine for sensor in read(chip)]
            if sensors:
                sensors = _whole(sensors)
                return sensors, f"{scope}: {', '.join(name for name, *_ in sensors)}"
        return [], ""


Sensor = tuple[str, str, tuple[Path, ...], Callable[[], float]]
"""Name, unit, the files it is read from, and how."""


def _whole(sensors: list[Sensor]) -> list[Sensor]:
    """The rail that feeds all others, alone; else every rail."""
    fed = [sensor for sensor in sensors if sensor[0] == WHOLE_INPUT]
    return fed or sensors


def _ina3221(chip: Path) -> list[Sensor]:
    found = list[Sensor]()
    for volts in sorted(chip.glob("in[0-9]*_input")):
        number = re.sub(r"\D", "", volts.name)
        amperes = chip / f"curr{number}_input"
        label = sysfs.text(chip / f"in{number}_label")
        if amperes.exists() and label not in UNUSED:
            found.append(
                (label or f"rail {number}", "W", (volts, amperes), _product(volts, amperes))
            )
    return found


def _product(millivolts: Path, milliamperes: Path) -> Callable[[], float]:
    return lambda: sysfs.number(millivolts) * sysfs.number(milliamperes) / 1e6


def _scaled(micro: Path) -> Callable[[], float]:
    return lambda: sysfs.number(micro) / 1e6


def _amd(chip: Path) -> list[Sensor]:
    found = list[Sensor]()
    for counter in sorted(chip.glob("energy[0-9]*_input")):
        label = sysfs.text(chip / counter.name.replace("_input", "_label"))
        if label.lower().startswith("esocket"):
            found.append((label, "J", (counter,), _scaled(counter)))
    return found


def _acpi(chip: Path) -> list[Sensor]:
    meters = sorted(chip.glob("power[0-9]*_average"))
    return [(meter.name, "W", (meter,), _scaled(meter)) for meter in meters]


KINDS: dict[str, tuple[Callable[[Path], list[Sensor]], str]] = {
    "ina3221": (_ina3221, "rails of the module"),
    "amd_energy": (_amd, "processor sockets"),
    "power_meter": (_acpi, "the whole machine, by its firmware"),
}
