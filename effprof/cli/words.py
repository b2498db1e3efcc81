"""Words of the command line that are more than a number, turned into values."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence

from effprof.base.errors import QuantityError, RequestError, nearest_name

MOST_DIGITS = 12
"""Of a batch: its bytes are counted in 64 bits by what reads a graph."""


def batches(word: str | None) -> tuple[int, ...]:
    """`1,8,32`; nothing when not given. Duplicates are dropped, the order stays."""
    if word is None:
        return ()
    sizes = [part.strip() for part in word.split(",")]
    if not all(size.isascii() and size.isdecimal() and size.strip("0") for size in sizes):
        raise RequestError(f"--batch {word}: not a list of whole numbers", hint="as in --batch 1,8")
    if any(len(size) > MOST_DIGITS for size in sizes):
        raise RequestError(
            f"--batch {word[:40]}: more items than any memory holds", hint="as in --batch 1,8"
        )
    return tuple(dict.fromkeys(int(size) for size in sizes))


def command(given: Sequence[str]) -> tuple[str, ...]:
    """The command as a report keeps it: a database's password is nobody else's to read."""
    from effprof.history.place import without_password

    return ("effprof", *map(without_password, given))


def refuse_other_action(command: str, action: str, known: Collection[str]) -> None:
    """What some commands are to do is their first word: `targets show`."""
    if action not in known:
        raise RequestError(f"{command} {action}: no such action", hint=nearest_name(action, known))


def seconds(flag: str, word: str | None) -> float | None:
    """A duration with its unit, in seconds."""
    return None if word is None else _in_unit(flag, word, "s")


def delay(flag: str, word: str | None) -> float:
    """A duration with its unit, in seconds; 0, which is what there is unless it is said, too."""
    return 0.0 if word is None else _zero_too(flag, word, "s")


def rate(flag: str, word: str | None) -> float | None:
    """Queries a time, `60/h` or `2/s`, in hertz."""
    return None if word is None else _in_unit(flag, word, "1/s")


def share(flag: str, word: str) -> float:
    """`1%` or `0.01`."""
    from effprof.base.quantity import share

    return _positive(flag, word, share)


def prices(
    price: str | None, power_price: str | None, grid: str | None = None, pue: str | None = None
) -> dict[str, float]:
    """Each that was given, by the name of the target's fact, in base units."""
    found = {
        "price_time": None if price is None else _in_unit("--price", price, "USD/s"),
        "price_energy": None
        if power_price is None
        else _in_unit("--power-price", power_price, "USD/J"),
        "grid_carbon": None if grid is None else _zero_too("--grid", grid, "g/J"),
        "pue": None if pue is None else _pue(pue),
    }
    return {name: value for name, value in found.items() if value is not None}


def _pue(word: str) -> float:
    """`1.56` or `156%`."""
    from effprof.base.quantity import parse
    from effprof.target import no_pue

    value = _read("--pue", word, lambda text: parse(text, "1"))
    if lack := no_pue(value):
        raise RequestError(f"--pue {word}: {lack}", hint="as in --pue 1.56 or --pue 156%")
    return value


def zones(margin: str, tolerance: str) -> tuple[float, float]:
    """`--margin` and `--tolerance` of a gate, the second above the first."""
    low, high = share("--margin", margin), share("--tolerance", tolerance)
    if not low < high:
        raise RequestError(
            f"--margin {margin} is not under --tolerance {tolerance}",
            hint="between them lies what a gate leaves undecided",
        )
    return low, high


def metrics(keys: Sequence[str]) -> tuple[str, ...]:
    """Keys of the catalogue."""
    from effprof.base.metrics import CATALOGUE

    for key in keys:
        if key not in CATALOGUE:
            raise RequestError(f"--metric {key}: unknown metric", hint=nearest_name(key, CATALOGUE))
    return tuple(dict.fromkeys(keys))


def refuse_infinite(flags: Mapping[str, float | None]) -> None:
    """NaN passes every comparison with a limit, so it is named apart."""
    for flag, value in flags.items():
        if value is not None and not math.isfinite(value):
            raise RequestError(f"{flag} {value}: not a finite number")


def _in_unit(flag: str, word: str, unit: str) -> float:
    from effprof.base.quantity import parse

    return _positive(flag, word, lambda text: parse(text, unit))


def _zero_too(flag: str, word: str, unit: str) -> float:
    from effprof.base.quantity import parse

    value = _read(flag, word, lambda text: parse(text, unit))
    if value < 0:
        raise RequestError(f"{flag} {word}: is below zero")
    return value


def _positive(flag: str, word: str, read: Callable[[str], float]) -> float:
    value = _read(flag, word, read)
    if value <= 0:
        raise RequestError(f"{flag} {word}: must be above zero")
    return value


def _read(flag: str, word: str, read: Callable[[str], float]) -> float:
    try:
        return read(word)
    except QuantityError as bad:
        raise QuantityError(f"{flag}: {bad.message}", hint=bad.hint) from bad
