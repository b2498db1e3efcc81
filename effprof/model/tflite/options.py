"""What the options of an operator hold, field by field."""

from functools import cache
from typing import Any

import numpy as np
import tflite

from effprof.model.tflite import damage


def of(raw: Any) -> dict[str, Any]:
    """By the schema's names, empty for an operator without any; of a vector the first 64 values.

    ModelError where the file is damaged there.
    """
    with damage.told():
        return _fields(raw)


def _fields(raw: Any) -> dict[str, Any]:
    kind, table = _option_classes().get(raw.BuiltinOptionsType()), raw.BuiltinOptions()
    if kind is None or table is None:
        return {}
    options = kind()
    options.Init(table.Bytes, table.Pos)
    return {name: _field(getattr(options, accessor)()) for name, accessor in _accessors(kind)}


@cache
def _option_classes() -> dict[int, Any]:
    """The first table of options alone: the second is StableHLO's, which nothing here counts."""
    names = {number: name for name, number in vars(tflite.BuiltinOptions).items() if name[0] != "_"}
    return {number: getattr(tflite, name) for number, name in names.items() if number}


def _field(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return tuple(value[:64].tolist())
    return damage.text(value) if isinstance(value, bytes) else value


@cache
def _accessors(kind: type) -> tuple[tuple[str, str], ...]:
    """(name as the schema spells it, method of the generated class) of plain fields and vectors."""
    found = []
    methods = {name for name in vars(kind) if name[0].isupper()}
    for name in sorted(methods):
        stem = name.removesuffix("AsNumpy")
        plain = f"{name}Length" not in methods and not name.endswith(("Length", "IsNone"))
        if name.endswith("AsNumpy") or plain:
            found.append((_snake(stem), name))
    return tuple(
        one
        for one in found
        if not one[1].startswith(("GetRootAs", "Init")) and "Buffer" not in one[1]
    )


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")
