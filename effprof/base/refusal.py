"""What msgspec found wrong with a document, as one line that names the key and the value."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from effprof.base.errors import nearest_name

Key = str | int
_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
}


def explain(
    message: str, document: Mapping[str, Any], kind: type, failure: Callable[[object], str]
) -> tuple[str, str]:
    """Key and what is wrong with it; a hint or "".

    `failure` is msgspec's message for another document, "" where it has no complaint.
    """
    what, _, path = message.rpartition(" - at `")
    if not what:
        what, path = message, ""
    keys = _keys(path.rstrip("`"), document, message, failure)
    if found := re.fullmatch(r"Object (?:contains|missing) .* field `(.*)`", what, re.DOTALL):
        return _field(found[1], keys, kind, lacking="missing" in what[:15])
    if what.startswith("Invalid enum value"):
        values = ", ".join(str(value) for value in getattr(_type(kind, keys), "values", ()))
        told = f"{shown(_at(document, keys))} is not allowed"
        return _dotted(keys, told), f"write one of {values}" if values else ""
    if not what.startswith("Expected"):
        return _dotted(keys, what), ""
    told = re.sub(r"`([a-z |]+)`", lambda types: _words(types[1]), what.replace("Exp", "exp", 1))
    value = _at(document, keys)
    seen = "" if isinstance(value, dict | list | None) else f" ({shown(value)})"
    return _dotted(keys, told) + seen, ""


def shown(value: object) -> str:
    """A value of a file, short enough for one line."""
    text = repr(value) if isinstance(value, str) else str(value)
    kinds = {dict: "a mapping", list: "a list", type(None): "nothing"}
    return kinds.get(type(value)) or (text if len(text) <= 60 else text[:57] + "...")


def _field(name: str, keys: Sequence[Key], kind: type, *, lacking: bool) -> tuple[str, str]:
    if lacking:
        return _dotted([*keys, name], "is missing"), f"add `{name}:`"
    fields = getattr(_type(kind, keys), "fields", ())
    known = [field.encode_name for field in fields]
    return _dotted([*keys, name], "unknown key"), nearest_name(name, known) if known else ""


def _dotted(keys: Sequence[Key], what: str) -> str:
    plain = "".join(char if char.isprintable() else "?" for char in ".".join(map(str, keys)))
    return ": ".join(filter(None, (plain[:120], what)))


def _words(types: str) -> str:
    """msgspec's `int | str | null` as "a whole number or text"."""
    names = types.split(" | ")
    return " or ".join(
        _WORDS.get(name, name) for name in names if name != "null" or names == ["null"]
    )


def _keys(path: str, document: Any, message: str, failure: Callable[[object], str]) -> list[Key]:
    """The keys of `$.a[...].b[0]`.

    `[...]` is an entry of a mapping; msgspec does not say which: the one that fails alone is.
    """
    keys: list[Key] = []
    for name, index, entry in re.findall(r"\.([^.\[]+)|\[(\d+)\]|(\[\.\.\.\])", path):
        if not entry:
            keys.append(name or int(index))
            continue
        here = _at(document, keys)
        for key in here:
            alone = _with(document, keys, {key: here[key]})
            if failure(alone) == message:
                document = alone
                keys.append(key)
                break
        else:
            break
    return keys


def _at(document: Any, keys: Sequence[Key]) -> Any:
    """What lies under these keys; None where there is nothing."""
    for key in keys:
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def _with(document: Any, keys: Sequence[Key], value: Any) -> Any:
    """A copy of the document with `value` under these keys."""
    if not keys:
        return value
    copy: Any = list(document) if isinstance(document, list) else dict(document)
    copy[keys[0]] = _with(document[keys[0]], keys[1:], value)
    return copy


def _type(kind: type, keys: Sequence[Key]) -> Any:
    """What msgspec knows of the type under these keys; None where it cannot be followed."""
    import msgspec

    found: Any = msgspec.inspect.type_info(kind)
    for key in keys:
        fields = {field.encode_name: field.type for field in getattr(found, "fields", ())}
        inner = getattr(found, "value_type", None) or getattr(found, "item_type", None)
        found = _present(fields.get(str(key), inner))
    return found


def _present(found: Any) -> Any:
    """The one type of a union with None; unions of more have no single answer."""
    import msgspec

    if not isinstance(found, msgspec.inspect.UnionType):
        return found
    types = [one for one in found.types if not isinstance(one, msgspec.inspect.NoneType)]
    return types[0] if len(types) == 1 else None
