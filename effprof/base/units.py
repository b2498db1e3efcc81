"""The units there are and what they are worth, exactly. Prefixes appear here alone.

The vocabulary is ours and closed, and nothing is asked of it but to multiply and to compare. pint
does that too, and every command that reads a target waited 0.3 s for it. 1 MiB is 1,048,576 bytes
and 1 MB is 1,000,000.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

NAME = r"(?:%|[A-Za-zµ]+(?:2e?)?)"  # the 2 is of gCO2
_FACTOR = re.compile(rf"([*/]?)({NAME})(?:\*\*(-?[1-3]))?")
_MEANING = re.compile(r"([0-9][0-9.e-]*)? ?(.*)")

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
    ("W", "J/s", "n µ u m k M"),
    ("V", "J/A/s", "µ u m k"),
    ("Hz", "1/s", "k M G"),
    ("Ws", "J", ""),
    ("Wh", "3600 J", "m k M"),
    ("Ah", "3600 A*s", "µ u m"),
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


@dataclass(frozen=True, slots=True)
class Worth:
    """What one of a unit is in base units: of mAh 18/5, with the powers (("A", 1), ("s", 1))."""

    factor: Fraction
    powers: tuple[tuple[str, int], ...]

    @property
    def unit(self) -> str:
        """The base unit, as the catalogue spells it: `A*s`, `1/s`, `W`."""
        over = [_power(name, power) for name, power in self.powers if power > 0]
        under = [f"/{_power(name, -power)}" for name, power in self.powers if power < 0]
        plain = "*".join(over) or "1"
        return _NAMED.get(plain + "".join(under), plain + "".join(under))


_NAMED = {"J/s": "W", "J/A/s": "V"}


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}**{power}"


@cache
def worth(unit: str) -> Worth:
    """Of known units and their products, from left to right: `gCO2/kWh`, `1/s`, `1`."""
    factor, powers = Fraction(1), dict[str, int]()
    for sign, name, exponent in _FACTOR.findall(unit):
        times = int(exponent or 1) * (-1 if sign == "/" else 1)
        one = _of(name)
        factor *= one.factor**times
        for base, power in one.powers:
            powers[base] = powers.get(base, 0) + power * times
    return Worth(factor, tuple(sorted((base, power) for base, power in powers.items() if power)))


@cache
def _of(name: str) -> Worth:
    meaning = definitions()[name]
    if meaning.startswith("["):
        return Worth(Fraction(1), ((name, 1),))
    match = _MEANING.fullmatch(meaning)
    assert match is not None
    made = worth(match[2])
    return Worth(Fraction(match[1] or 1) * made.factor, made.powers)
