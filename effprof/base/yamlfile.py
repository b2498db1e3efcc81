"""YAML files a user hands in: read with care, then checked key by key.

`read` trusts nothing about the file; `check` trusts nothing about its content. Both raise the
error class they are given, in one line that names the file, the key and the value.
"""

import math
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from effprof.base.errors import QuantityError, RequestError, reason
from effprof.base.metrics import CATALOGUE
from effprof.base.quantity import Quantity, parse, refuse_impossible, share
from effprof.base.refusal import explain, shown

T = TypeVar("T")
Amount = str | int | float  # a bare number is for shares; `parse` refuses it elsewhere

LIMIT_BYTES = 1 << 18  # a target with every fact stated is about 4 kB
_DEPTH = 32  # the deepest file of ours is 5; without a limit Python's stack is the limit


def read(path: Path, error: type[RequestError]) -> dict[str, Any]:
    """The mapping a YAML file holds. No anchors, aliases, tags, or keys given twice."""
    import yaml

    try:
        document = yaml.load(_text(path, error), Loader=_loader())  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as bad:
        mark = bad.problem_mark or bad.context_mark
        line = f"{path}: line {mark.line + 1}" if mark else str(path)
        told = ", ".join(filter(None, (bad.context, bad.problem)))
        raise error(f"{line}: {told}") from bad
    except (yaml.YAMLError, ValueError) as bad:  # a control character; a date or number beyond all
        raise error(f"{path}: not YAML: {_one_line(bad)}") from bad
    if not isinstance(document, dict):
        raise error(
            f"{path}: holds {shown(document)}, not a mapping", hint="write one `key: value` a line"
        )
    return document


def check(document: Mapping[str, Any], kind: type[T], where: str, error: type[RequestError]) -> T:
    """The document as a Struct; `where` begins every message, the dotted key follows it."""
    import msgspec

    hints: list[str] = []

    def decode(wanted: type, value: object) -> object:
        if wanted is not Quantity:
            raise NotImplementedError(f"no reading of {wanted}")
        try:
            return Quantity(value if isinstance(value, str) else _bare(value))
        except QuantityError as bad:
            hints.append(bad.hint)
            raise ValueError(bad.message) from bad

    def convert(part: object) -> T:
        return msgspec.convert(part, kind, dec_hook=decode)

    def failure(part: object) -> str:
        try:
            convert(part)
        except msgspec.ValidationError as bad:
            return str(bad)
        return ""

    try:
        return convert(document)
    except msgspec.ValidationError as bad:
        own = hints[0] if hints else ""
        told, hint = explain(str(bad), document, kind, failure)
        raise error(f"{where}: {told}", hint=own or hint) from bad


def amount(value: Amount, unit: str, where: str, key: str, error: type[RequestError]) -> float:
    """A quantity of a file in `unit`, its errors told as `check` tells them.

    In "%" it is a share: 0.05 for `5 %`.
    """
    try:
        return share(str(value)) if unit == "%" else parse(str(value), unit)
    except QuantityError as bad:
        raise error(f"{where}: {key}: {bad.message}", hint=bad.hint) from bad


def amount_of(metric: str, value: Amount, where: str, key: str, error: type[RequestError]) -> float:
    """A quantity of a file in the unit of a metric of the catalogue, which could ever be it."""
    found = amount(value, CATALOGUE[metric].unit, where, key, error)
    try:
        refuse_impossible(metric, found, str(value))
    except QuantityError as bad:
        raise error(f"{where}: {key}: {bad.message}", hint=bad.hint) from bad
    return found


def _text(path: Path, error: type[RequestError]) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LIMIT_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except FileNotFoundError as bad:
        raise error(f"{path}: no such file") from bad
    except OSError as bad:
        raise error(f"{path}: {reason(bad)}") from bad
    except UnicodeDecodeError as bad:
        raise error(f"{path}: not text: byte {bad.start} is not UTF-8") from bad
    if len(raw) > LIMIT_BYTES:
        raise error(f"{path}: larger than {LIMIT_BYTES} bytes")
    return text


def _loader() -> type:
    """A SafeLoader that refuses what can make a small file large or say one thing twice."""
    import yaml

    class Loader(yaml.SafeLoader):
        depth = 0

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            event = self.peek_event()  # type: ignore[no-untyped-call]
            if getattr(event, "anchor", None) is not None:
                raise _marked("anchors and aliases are not allowed", event.start_mark)
            if self.depth >= _DEPTH:
                raise _marked(f"nested more than {_DEPTH} deep", event.start_mark)
            self.depth += 1
            node = super().compose_node(parent, index)
            self.depth -= 1
            return node

        def construct_mapping(
            self, node: yaml.MappingNode, deep: bool = False
        ) -> dict[Hashable, Any]:
            seen: set[str] = set()
            for key, _ in node.value:
                name = str(key.value)
                if name in seen:
                    raise _marked(f"{shown(name)} is given twice", key.start_mark)
                seen.add(name)
            return super().construct_mapping(node, deep)

        def construct_number(self, node: yaml.ScalarNode) -> float:
            number: float = self.construct_yaml_float(node)
            if not math.isfinite(number):
                raise _marked(f"{node.value} is not a number", node.start_mark)
            return number

    Loader.add_constructor("tag:yaml.org,2002:float", Loader.construct_number)
    return Loader


def _marked(problem: str, mark: Any) -> Exception:
    import yaml

    return yaml.constructor.ConstructorError(None, None, problem, mark)


def _bare(value: object) -> str:
    """A number where a quantity is wanted, as text, so that it is refused as one without a unit."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise QuantityError(
            f"{shown(value)} is not a quantity", hint="write a number and a unit, like 512 MiB"
        )
    return str(value)


def _one_line(bad: Exception) -> str:
    return " ".join(str(bad).split())[:200]
