"""What a phone says of itself: its properties, its battery, its heat."""

import re
from collections.abc import Mapping
from typing import Any

LIGHT = 1
"""Thermal status from which Android slows the phone down: none, light, moderate, severe ..."""
_PROPERTY = re.compile(r"^\[([^\]]+)\]: \[(.*)\]$", re.MULTILINE)
_BATTERY = re.compile(r"^  (level|scale|temperature|status|voltage): (-?[0-9]+)\s*$", re.MULTILINE)
_STATUS = re.compile(r"^\s*Thermal Status: ([0-9]+)", re.MULTILINE)
_TEMPERATURE = re.compile(
    r"Temperature\{mValue=(-?[0-9]+(?:\.[0-9]+)?), mType=([0-9]+), mName=([^,}]*), mStatus=[0-9]+\}"
)
_SKIN = "3"
_CURRENT = "Current temperatures from HAL:"


def device(getprop: str) -> dict[str, Any]:
    """Name, SoC and Android version, from `getprop`, as the report tells them."""
    known = dict(_PROPERTY.findall(getprop))
    maker, model = known.get("ro.product.manufacturer", ""), known.get("ro.product.model", "")
    soc = " ".join(known[key] for key in ("ro.soc.manufacturer", "ro.soc.model") if known.get(key))
    named = {
        "name": _clean(f"{maker} {model}".strip() or "an Android phone"),
        "soc": _clean(soc or known.get("ro.board.platform", "")),
        "android": _clean(known.get("ro.build.version.release", "")),
        "abi": _clean(known.get("ro.product.cpu.abi", "")),
    }
    return {key: value for key, value in named.items() if value}


def battery(dumpsys: str) -> dict[str, Any]:
    """`dumpsys battery`: level as a share, temperature in degrees Celsius; what it tells."""
    known = {key: int(value) for key, value in reversed(_BATTERY.findall(dumpsys))}
    told: dict[str, Any] = {}
    if "level" in known and known.get("scale", 100) > 0:
        told["battery_level"] = known["level"] / known.get("scale", 100)
    if "temperature" in known:
        told["battery_celsius"] = known["temperature"] / 10
    return told


def heat(dumpsys: str) -> dict[str, Any]:
    """`dumpsys thermalservice`: its status, 0 for none, and the warmest skin in Celsius."""
    told: dict[str, Any] = {}
    if status := _STATUS.search(dumpsys):
        told["thermal_status"] = int(status[1])
    now = dumpsys.partition(_CURRENT)[2] or dumpsys
    skin = [float(value) for value, kind, _ in _TEMPERATURE.findall(now) if kind == _SKIN]
    if skin:
        told["skin_celsius"] = max(skin)
    return told


def hottest(*states: Mapping[str, Any]) -> int:
    return max((int(state.get("thermal_status", 0)) for state in states), default=0)


def _clean(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:80]
