"""Power and energy sensors of the board: INA3221 (Jetson), amd_energy, ACPI power meters.

ina3221   volts x amperes of each rail, but for those that another rail feeds
amd_energy  joules of each socket; its cores lie inside
power_meter  the whole machine, by its firmware

https://docs.kernel.org/hwmon/ina3221.html, https://docs.kernel.org/hwmon/acpi_power_meter.html
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from effprof.meters import sysfs
from effprof.meters.sysfs import Polled
from effprof.ports import Counter

CHANNELS = (1, 2, 3)
"""Of an INA3221. in4 to in7 are microvolts at its shunts, and curr4 adds its currents up."""
WHOLE_INPUT = ("VDD_IN", "POM_5V_IN")
"""What feeds every other rail of the module, by its label on most of the Jetsons that have it."""
FED_BY = {"VDDQ_VDD2_1V8AO": "VIN_SYS_5V0"}
"""Rails inside another: NVIDIA Jetson Linux Developer Guide, power monitors of the AGX Orin."""
UNUSED = "NC"


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
    """Each watt once: the rail that feeds all others alone; else those that no other feeds."""
    names = {name for name, *_ in sensors}
    whole = [sensor for sensor in sensors if sensor[0] in WHOLE_INPUT]
    return whole or [sensor for sensor in sensors if FED_BY.get(sensor[0]) not in names]


def _ina3221(chip: Path) -> list[Sensor]:
    """A channel that is switched off has its files still, and they cannot be read."""
    found = list[Sensor]()
    for number in CHANNELS:
        volts, amperes = chip / f"in{number}_input", chip / f"curr{number}_input"
        label = sysfs.text(chip / f"in{number}_label")
        on = sysfs.text(chip / f"in{number}_enable") != "0"
        if on and label != UNUSED and volts.exists() and amperes.exists():
            name = label or f"rail {number}"
            found.append((name, "W", (volts, amperes), _product(volts, amperes)))
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
