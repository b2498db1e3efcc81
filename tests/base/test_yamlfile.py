from pathlib import Path
from typing import Any, Literal

import pytest
from msgspec import Struct

from effprof.base import yamlfile
from effprof.base.errors import TargetError
from effprof.base.quantity import Quantity


class Inner(Struct, frozen=True, forbid_unknown_fields=True):
    size: Quantity | None = None
    counts: tuple[int, ...] = ()
    amount: str | int | float = "0 s"


class Outer(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    parts: dict[str, Inner] = {}
    memory: Quantity | None = None
    extra: int | None = None
    unit: Literal["s", "h"] | None = None


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "x.yaml"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "holds nothing, not a mapping"),
        (b"- 1", "holds a list, not a mapping"),
        (b"name: x\nname: y", "line 2: 'name' is given twice"),
        (b"a: {b: 1, b: 2}", "line 1: 'b' is given twice"),
        (b"a: &x 1", "line 1: anchors and aliases are not allowed"),
        (b"a: 1\nb: *x", "line 2: anchors and aliases are not allowed"),
        (b"a: [", "line 1: while parsing a flow node, expected the node content"),
        (b"a: b: c", "line 1: mapping values are not allowed here"),
        (b"\xff\xfe\x00", "not text: byte 0 is not UTF-8"),
        (b"a: \x07", "not YAML: unacceptable character"),
        (b"a: !!python/object:os.system x", "line 1: could not determine a constructor"),
        (b"[" * 10_000, "line 1: nested more than 32 deep"),
        (b"a: 2026-99-99", "not YAML: month must be in 1..12"),
        (b"a: " + b"9" * 5000, "not YAML: Exceeds the limit"),
        (b"a: .nan", "line 1: .nan is not a number"),
        (b"a: -.inf", "line 1: -.inf is not a number"),
        (b"a: 1\n---\nb: 1", "line 2: expected a single document in the stream"),
        (b"? [a]\n: b", "line 1: while constructing a mapping, found unhashable key"),
        (b"x" * 300_000, "larger than 262144 bytes"),
    ],
)
def test_unreadable_files(file: Path, raw: bytes, message: str) -> None:
    file.write_bytes(raw)
    with pytest.raises(TargetError) as caught:
        yamlfile.read(file, TargetError)
    assert caught.value.message.startswith(f"{file}: {message}")
    assert "\n" not in caught.value.message


def test_a_bomb_is_refused_before_it_goes_off(file: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    file.write_text("\n".join(lines))
    with pytest.raises(TargetError, match="anchors and aliases"):
        yamlfile.read(file, TargetError)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"none\.yaml: no such file"):
        yamlfile.read(tmp_path / "none.yaml", TargetError)
    with pytest.raises(TargetError, match="is a directory"):
        yamlfile.read(tmp_path, TargetError)


@pytest.mark.parametrize(
    ("document", "message", "hint"),
    [
        ({"nam": "x"}, "f: nam: unknown key", "did you mean name?"),
        ({}, "f: name: is missing", "add `name:`"),
        ({"name": 3}, "f: name: expected text, got a whole number (3)", ""),
        ({"name": "x", "extra": "y"}, "f: extra: expected a whole number, got text ('y')", ""),
        ({"name": "x", "memory": 512}, "f: memory: 512 has no unit", "write the unit too"),
        ({"name": "x", "memory": True}, "f: memory: True is not a quantity", "write a number"),
        ({"name": "x", "memory": []}, "f: memory: a list is not a quantity", "write a number"),
        ({"name": "x", "memory": "5 foo"}, "f: memory: 5 foo: unknown unit foo", "units are"),
        ({"name": "x", "parts": 5}, "f: parts: expected a mapping, got a whole number (5)", ""),
        ({"name": "x", "parts": None}, "f: parts: expected a mapping, got nothing", ""),
        ({"name": "x", "parts": {1: {}}}, "f: parts: expected text, got a whole number", ""),
        (
            {"name": "x", "parts": {"a.b": {}, "c.d": {"size": "5"}}},
            "f: parts.c.d.size: 5 has no unit",
            "write the unit too",
        ),
        (
            {"name": "x", "parts": {"a": {}, "b": {"siz": 1}}},
            "f: parts.b.siz: unknown key",
            "did you mean size?",
        ),
        (
            {"name": "x", "parts": {"a": {}, "b": {"counts": [1, "z"]}}},
            "f: parts.b.counts.1: expected a whole number, got text ('z')",
            "",
        ),
        (
            {"name": "x", "parts": {"b": {"amount": []}}},
            "f: parts.b.amount: expected a whole number or a number or text, got a list",
            "",
        ),
        ({"name": "x", "z\x1b[31m": 1}, "f: z?[31m: unknown key", "there is"),
        ({"name": "x", "unit": "day"}, "f: unit: 'day' is not allowed", "write one of h, s"),
        ({"name": "x", "unit": "` - at `$.y`"}, "f: unit: '` - at `$.y`' is not allowed", "one of"),
    ],
)
def test_refusals_name_file_key_and_value(
    document: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(TargetError) as caught:
        yamlfile.check(document, Outer, "f", TargetError)
    assert caught.value.message == message
    assert hint in caught.value.hint


def test_what_is_right_becomes_the_struct(file: Path) -> None:
    file.write_text("name: x\nmemory: 512 MiB\nparts:\n  a.b: {size: 1 kB, counts: [1, 2]}\n")
    outer = yamlfile.check(yamlfile.read(file, TargetError), Outer, "f", TargetError)
    assert outer == Outer("x", {"a.b": Inner(Quantity("1 kB"), (1, 2))}, memory=Quantity("512 MiB"))


def test_an_amount_is_told_with_its_place() -> None:
    assert yamlfile.amount("50 ms", "s", "f", "a.b", TargetError) == 0.05
    with pytest.raises(TargetError, match=r"f: a\.b: 50 has no unit") as caught:
        yamlfile.amount(50, "s", "f", "a.b", TargetError)
    assert caught.value.hint == "write 50 ms or 50 s"
