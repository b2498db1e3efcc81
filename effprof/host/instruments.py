"""Instruments this machine shows for energy and power; looked at, never opened for long.

Seeing one here does not mean that effprof reads it: that takes a meter.
"""

import ctypes.util
import os
from dataclasses import dataclass
from pathlib import Path

from effprof.host.files import text


@dataclass(frozen=True, slots=True)
class Instrument:
    """`readable`: by this user."""

    name: str
    path: str
    readable: bool


def energy(root: Path = Path("/")) -> tuple[Instrument, ...]:
    """Energy and power counters: RAPL, hwmon sensors, NVIDIA's management library."""
    return (*_powercap(root), *_hwmon(root), *_nvml())


def _powercap(root: Path) -> list[Instrument]:
    zones = sorted((root / "sys/class/powercap").glob("*:*"))
    found = []
    for zone in zones:
        counter = zone / "energy_uj"
        if counter.exists():
            found.append(_instrument(f"RAPL {text(zone / 'name').strip() or zone.name}", counter))
    return found


def _hwmon(root: Path) -> list[Instrument]:
    """INA chips of the Jetson boards give power; some board sensors count energy."""
    found = []
    for chip in sorted((root / "sys/class/hwmon").glob("hwmon*")):
        name = text(chip / "name").strip() or chip.name
        sensors = [*chip.glob("energy[0-9]*_input"), *chip.glob("power[0-9]*_input")]
        found += [_instrument(f"hwmon {name} {sensor.name}", sensor) for sensor in sorted(sensors)]
    return found


def _nvml() -> list[Instrument]:
    library = ctypes.util.find_library("nvidia-ml")
    return [Instrument("NVML (NVIDIA GPU)", library, readable=True)] if library else []


def _instrument(name: str, path: Path) -> Instrument:
    return Instrument(name, str(path), os.access(path, os.R_OK))
