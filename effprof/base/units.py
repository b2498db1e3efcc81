"""The units there are. Prefixes appear here alone.

The vocabulary is ours and closed: pint multiplies and compares dimensions, but never sees text
that was not matched word by word first. 1 MiB is 1,048,576 bytes and 1 MB is 1,000,000.
"""

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pint

PREFIXES = {
    "p": "1e-12", "n": "1e-9", "µ": "1e-6", "u": "1e-6", "m": "1e-3",
    "k": "1e3", "M": "1e6", "G": "1e9", "T": "1e12", "P": "1e15",
    "Ki": f"{1 << 10}", "Mi": f"{1 << 20}", "Gi": f"{1 << 30}", "Ti": f"{1 << 40}",
}  # fmt: skip
"""What each is worth, exactly: as text, for decimal and binary numbers alike."""

# Unit, what it is made of, the prefixes it may carry: no mB (a thousandth of a byte), no kmin.
_UNITS = (
    ("s", "[time]", "n µ u m"),
    ("B", "[data]", "k M G T P Ki Mi Gi Ti"),
    ("J", "[energy]", "p n µ u m k M G"),
    ("A", "[current]", "n µ u m"),
    ("FLOP", "[work]", "k M G T P"),
    ("USD", "[money]", ""),
    ("g", "[mass]", "µ u m k"),
    ("t", "1000000 g", ""),
    ("gCO2", "g", "m k"),
    ("gCO2e", "g", "m k"),
    ("W", "J / s", "n µ u m k M"),
    ("V", "J / A / s", "µ u m k"),
    ("Hz", "1 / s", "k M G"),
    ("Ws", "J", ""),
    ("Wh", "3600 J", "m k M"),
    ("Ah", "3600 A * s", "µ u m"),
    ("min", "60 s", ""),
    ("h", "3600 s", ""),
    ("d", "86400 s", ""),
    ("week", "604800 s", ""),
    ("yr", "31557600 s", ""),
    ("bit", "0.125 B", "k M G T"),
    ("MAC", "2 FLOP", "k M G T"),
    ("OP", "FLOP", "k M G T P"),  # an integer operation of a peak in TOP/s
    ("%", "0.01", ""),
    ("k", "1000", ""),
    ("M", "1000000", ""),
    ("G", "1000000000", ""),
    ("T", "1000000000000", ""),
)
_COUNTS = "item inference query request run frame image token sample cycle way thread"
_LONG = {"byte": "B", "second": "s", "minute": "min", "hour": "h", "day": "d", "year": "yr"}


@cache
def definitions() -> dict[str, str]:
    """Every unit there is, by name, in terms of the others."""
    made: dict[str, str] = {}
    for name, meaning, prefixes in _UNITS:
        made[name] = meaning
        for prefix in prefixes.split():
            made[prefix + name] = f"{PREFIXES[prefix]} {name}"
    for long, short in _LONG.items():
        made[long] = made[f"{long}s"] = short
    for count in _COUNTS.split():
        made[count] = made[f"{count}s"] = "1"
    made["queries"] = "1"
    return made


@cache
def registry() -> "pint.UnitRegistry[Any]":
    """Exact (decimal) and empty but for our own units: no file read, no cache written."""
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(
        None, non_int_type=Decimal, cache_folder=None
    )
    for name, meaning in definitions().items():
        registry.define(f"{'percent' if name == '%' else name} = {meaning}")
    return registry
