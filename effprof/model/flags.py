"""The words of --dim, --shape and --input, turned into values."""

import math
import re
from collections.abc import Sequence

from effprof.base.errors import InputError
from effprof.base.records import Values

_LARGEST = 2**31 - 1


def parse_dims(words: Sequence[str]) -> dict[str, int]:
    """`NAME=N` words of --dim."""
    sizes: dict[str, int] = {}
    for word in words:
        name, number = _split(word, "--dim", "NAME=N", "sequence=128")
        size = _size(f"--dim {word}", number)
        if sizes.setdefault(name, size) != size:
            raise InputError(f"--dim {word}: {name} was {sizes[name]} before", hint="give it once")
    return sizes


def parse_shapes(words: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """`INPUT=1x3x224x224` words of --shape; `INPUT=` is a single number, of no dimension."""
    shapes: dict[str, tuple[int, ...]] = {}
    for word in words:
        name, text = _split(word, "--shape", "INPUT=SHAPE", "x=1x3x224x224")
        sizes = re.split(r"[x,]", text) if text else []
        shape = tuple(_size(f"--shape {word}", size) for size in sizes)
        if shapes.setdefault(name, shape) != shape:
            raise InputError(f"--shape {word}: {name} has a shape already", hint="give it once")
    return shapes


def parse_inputs(words: Sequence[str]) -> dict[str, Values]:
    """`NAME=FILE.npy`, `NAME=random:LO:HI`, `NAME=zeros`, `NAME=ones` or `NAME=8000`."""
    sources: dict[str, Values] = {}
    for word in words:
        name, text = _split(word, "--input", "NAME=VALUES", "x=random:0:1 or x=photo.npy")
        if name in sources:
            raise InputError(f"--input {word}: {name} has values already", hint="give it once")
        sources[name] = _values(f"--input {word}", text)
    return sources


def _split(word: str, flag: str, form: str, example: str) -> tuple[str, str]:
    """At the first "=" that leaves a known form behind: names hold odd characters, sizes do not."""
    name, equals, text = (word.partition if flag == "--input" else word.rpartition)("=")
    if not equals or not name:
        raise InputError(f"{flag} {word}: not {form}", hint=f"write {flag} {example}")
    return name, text


def _values(where: str, text: str) -> Values:
    if text in ("zeros", "ones"):
        return Values("zeros") if text == "zeros" else Values("ones")
    if text == "random" or text.startswith("random:"):
        return _random(where, text)
    number = _number(text)
    if number is not None:
        return Values("constant", low=number, high=number, why="given")
    if not text.endswith(".npy"):
        raise InputError(
            f"{where}: {text!r} is no .npy file, nor values to make",
            hint="write FILE.npy, random:LO:HI, zeros, ones or a number",
        )
    return Values("file", path=text)


def _random(where: str, text: str) -> Values:
    bounds = [_number(part) for part in text.split(":")[1:]]
    match bounds:
        case []:
            return Values("random", why="given")
        case [float(low), float(high)] if low < high:
            return Values("random", low=low, high=high, why="given")
    raise InputError(f"{where}: not random:LO:HI with LO below HI", hint="write random:0:255")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _size(where: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST:
        raise InputError(f"{where}: {text!r} is no size", hint="a size is a whole number, as 128")
    return int(text)
