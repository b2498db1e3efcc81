"""Quantities: a number with its unit, from text and back to text."""

import math
import re
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from typing import Final

from effprof.base.errors import QuantityError
from effprof.base.metrics import CATALOGUE, is_share
from effprof.base.units import NAME, PREFIXES, definitions, worth

_OFFERED = "s, min, h, d, B, bit, J, W, Wh, A, Ah, V, Hz, FLOP, MAC, USD, g, gCO2, %"

# Dimension by its base unit: what it is called, and units to offer where one is lacking.
_KINDS = {
    "1": ("a share or a count", ("%",)),
    "s": ("a duration", ("ms", "s")),
    "B": ("an amount of data", ("MiB", "MB")),
    "J": ("an energy", ("mJ", "J")),
    "W": ("a power", ("mW", "W")),
    "1/s": ("a rate", ("1/s", "MHz")),
    "B/s": ("a bandwidth", ("MB/s", "GB/s")),
    "FLOP": ("an amount of work", ("MFLOP", "GFLOP")),
    "FLOP/s": ("a compute rate", ("GFLOP/s", "TFLOP/s")),
    "FLOP/B": ("an arithmetic intensity", ("FLOP/B",)),
    "USD": ("an amount of money", ("USD",)),
    "USD/s": ("a price of time", ("USD/h",)),
    "USD/J": ("a price of energy", ("USD/kWh",)),
    "g": ("a mass", ("g", "kg")),
    "g/J": ("a carbon intensity", ("gCO2/kWh",)),
    "A": ("a current", ("mA", "A")),
    "A*s": ("a charge", ("mAh", "Ah")),
    "V": ("a voltage", ("V",)),
}

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_FACTOR = rf"{NAME}(?:\*\*-?[1-3])?"
_PRODUCT = rf"{_FACTOR}(?:\*{_FACTOR})*"
_QUANTITY = re.compile(rf"({_NUMBER}) *((?:(?:1?/)?{_PRODUCT}(?:/{_FACTOR})*)?)")
_LONGEST = 64


class Quantity:
    """Text with a unit, `512 MiB`, and what it is worth: `value` in the base `unit` (B).

    Base units: 1, s, B, J, W, A, V, A*s, FLOP, USD, g and what they make (B/s, FLOP/B, g/J).
    """

    # Not a dataclass: msgspec would then build one from any mapping.
    __slots__ = ("text", "unit", "value")
    text: Final[str]
    value: Final[float]
    unit: Final[str]

    def __init__(self, text: str) -> None:
        number, unit = _split(text)
        if not unit:
            hint = "write the unit too, like 512 MiB, 15 W or 50 ms"
            raise QuantityError(f"{_short(text)} has no unit", hint=hint)
        one = worth(unit)
        self.text = text
        self.value = _finite(text, Fraction(number) * one.factor)
        self.unit = one.unit

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and (self.value, self.unit) == (other.value, other.unit)

    def __hash__(self) -> int:
        return hash((self.value, self.unit))

    def __repr__(self) -> str:
        return f"Quantity({self.text!r})"

    def to(self, unit: str) -> float:
        """The value in `unit`; QuantityError where that is another dimension."""
        return parse(self.text, unit)

    def __str__(self) -> str:
        return self.text


def parse(text: str, unit: str) -> float:
    """`text` in `unit`: "50 ms" in "s" is 0.05. Where `unit` is "1" a bare number is a share."""
    number, found = _split(text)
    if not found and unit != "1":
        raise QuantityError(f"{_short(text)} has no unit", hint=_offer(number, worth(unit).unit))
    one, wanted = worth(found), worth(unit)
    if one.powers != wanted.powers:
        raise QuantityError(
            f"{_short(text)} is {_kind(one.unit)}, {_kind(wanted.unit)} is wanted",
            hint=_offer(number, wanted.unit),
        )
    return _finite(text, Fraction(number) * one.factor / wanted.factor)


def refuse_impossible(metric: str, value: float, text: str) -> None:
    """QuantityError where no figure of the metric can be as large: 95 where 95 % is meant."""
    most = CATALOGUE[metric].most if metric in CATALOGUE else None
    if most is None or value <= most:
        return
    bare = not _split(text)[1]
    raise QuantityError(
        f"{_short(text)} is more than {metric} can be, {show_metric(metric, most)}",
        hint=f"write {_short(text)} %" if is_share(metric) and bare and value <= 100 else "",
    )


def share(text: str) -> float:
    """`1%` or `0.01`. A bare number from 1 on is refused: 5 would be 500 %, and 5 % is meant."""
    value = parse(text, "1")
    if value >= 1 and not _split(text)[1]:
        raise QuantityError(f"{_short(text)} has no unit", hint=f"write {value:g}%")
    return value


def _split(text: str) -> tuple[str, str]:
    """Number and unit ("" where there is none), every word of the unit a known one."""
    tidy = text.strip().replace("\u03bc", "µ").replace("·", "*").replace("^", "**")
    tidy = re.sub(r"(?<=[A-Za-z]) +(?=[A-Za-z])", "*", tidy) if len(tidy) <= _LONGEST else ""
    match = _QUANTITY.fullmatch(tidy)
    if not match:
        raise QuantityError(
            f"{_short(text)} is not a quantity", hint="write a number and a unit, like 50 ms"
        )
    number, unit = match.groups()
    for word in re.findall(NAME, unit):
        if word not in definitions():
            raise QuantityError(f"{_short(text)}: unknown unit {word}", hint=_meant(number, word))
    return number, unit


def _meant(number: str, word: str) -> str:
    if word.endswith(("B", "b")):  # KB and Mb are written for several things: name them all
        prefix = word[:-1].replace("K", "k")
        offers = [f"{prefix}B", f"{prefix.upper()}iB", f"{prefix}bit"]
        return "write " + " or ".join(f"{number} {one}" for one in offers if one in definitions())
    near = get_close_matches(word, definitions(), n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"units are {_OFFERED}, with prefixes"


def _offer(number: str, unit: str) -> str:
    units = _KINDS[unit][1] if unit in _KINDS else (unit,)
    return "write " + " or ".join(f"{number} {one}" for one in units)


def _kind(unit: str) -> str:
    return _KINDS[unit][0] if unit in _KINDS else f"an amount of {unit}"


def _short(text: str) -> str:
    """Text of a file, safe in one line."""
    plain = "".join(char if char.isprintable() else "?" for char in text.strip())
    return (plain if len(plain) <= 40 else plain[:37] + "...") or "nothing"


def _finite(text: str, value: Fraction) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or (number == 0 and value != 0):
        raise QuantityError(f"{_short(text)} is beyond what a number can hold")
    return number


def show(value: float, unit: str, apart: float | None = None) -> str:
    """Three significant digits for people: 12.3 ms, 4.1 MiB, 810 µJ, 1.25 k/s.

    Unit "1" is a plain number (2.66 M); "%" shows a share, so 0.974 as 97.4 %. See `show_metric`.
    Up to six digits where three would round it onto `apart`, of the same unit.
    """
    if unit == "%":
        return f"{_digits(value * 100, 100, None if apart is None else apart * 100)} %"
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {_plain_unit(unit)}".strip()
    factor, label = next(
        (factor, label)
        for start, factor, label in reversed(_ladder(unit))
        if abs(float(f"{value / factor:.3g}")) >= start / factor
    )
    whole, other = 1 if unit == "1" else None, None if apart is None else apart / factor
    return f"{_digits(value / factor, whole, other)} {label}".strip()


def _plain_unit(unit: str) -> str:
    return _SHOWN[unit][0] if unit in _SHOWN else unit


def show_metric(metric: str, value: float, unit: str = "1", apart: float | None = None) -> str:
    """As `show`; a metric that is a share is shown in percent, and a batch as the number it is."""
    if metric.endswith("_batch") and value == round(value):
        return str(round(value))
    return show(value, "%" if unit == "1" and is_share(metric) else unit, apart)


def plus_minus(share: float) -> str:
    """`±1.8 %`; no exponent where it is more than the value itself."""
    return f"±{share * 100:.2g} %" if share < 1 else f"±{share * 100:.0f} %"


def _digits(number: float, *others: float | None) -> str:
    """Three digits, up to six where three would round it onto one of `others` that it is not."""
    near = [one for one in others if one is not None and not math.isclose(one, number)]
    for digits in (3, 4, 5, 6):
        text = f"{number:.{digits}g}"
        if not any(math.isclose(float(text), one) for one in near):
            break
    size = abs(float(text))
    return f"{float(text):.0f}" if 1000 <= size < 1e6 else text


_SHOWN = {
    "1": ("", "k M G T"),
    "1/s": ("/s", "k M G"),
    "B": ("B", "Ki Mi Gi Ti"),
    "B/s": ("B/s", "k M G T"),
    "J": ("J", "n µ m k M"),
    "W": ("W", "n µ m k"),
    "A": ("A", "n µ m"),
    "Ah": ("Ah", "µ m"),
    "V": ("V", "m"),
    "Hz": ("Hz", "k M G"),
    "FLOP": ("FLOP", "k M G T P"),
    "FLOP/s": ("FLOP/s", "k M G T P"),
    "g": ("g", "m k"),
}
_TIME = (
    (0.0, 1e-9, "ns"),
    (1e-6, 1e-6, "µs"),
    (1e-3, 1e-3, "ms"),
    (1.0, 1.0, "s"),
    (120.0, 60.0, "min"),
    (7200.0, 3600.0, "h"),
    (172800.0, 86400.0, "d"),
    (63115200.0, 31557600.0, "yr"),
)


@cache
def _ladder(unit: str) -> tuple[tuple[float, float, str], ...]:
    """(from which value on, what one is worth, what it is called), ascending from 0."""
    if unit == "s":
        return _TIME
    name, prefixes = _SHOWN.get(unit, (unit, ""))
    worth = [(float(PREFIXES[prefix]), prefix + name) for prefix in prefixes.split()]
    rungs = sorted([(1.0, name), *worth])
    return tuple(
        (0.0 if i == 0 else factor, factor, label) for i, (factor, label) in enumerate(rungs)
    )
