"""What reports are called where several stand together."""

from msgspec.structs import replace

from effprof.judge.compare import compare
from effprof.report.names import named_apart, renamed
from tests.judge.reports import report


def test_what_was_made_on_the_way_is_in_the_name() -> None:
    plain = report({}, name="net.onnx")
    plain = replace(plain, model=replace(plain.model, precision="fp32"))
    int8 = replace(plain, model=replace(plain.model, converted={"precision": "int8"}))
    assert named_apart([plain, int8]) == ("net.onnx fp32", "net.onnx int8")
    assert [one.model.name for one in renamed([plain, int8])] == ["net.onnx fp32", "net.onnx int8"]
    assert named_apart([int8, report({}, name="b")]) == ("net.onnx", "b")


def test_what_bears_one_name_gets_what_differs_and_nothing_else() -> None:
    one = report({}, name="a")
    batch = replace(one, scenario=replace(one.scenario, batch=8))
    later = replace(one, created="2026-11-24T12:00:00Z")
    file = replace(one, model=replace(one.model, sha256="1" * 64))
    assert named_apart([one, batch]) == ("a batch 1", "a batch 8")
    assert named_apart([one, file]) == ("a 00000000", "a 11111111")
    assert named_apart([one, later]) == ("a 11-23 12:00:00", "a 11-24 12:00:00")
    assert named_apart([one, one]) == ("a", "a")
    assert named_apart([one, report({}, name="a", environment="mobile")]) == ("a", "a")


def test_a_comparison_names_its_sides_apart() -> None:
    one = report({}, name="a")
    two = replace(one, model=replace(one.model, converted={"precision": "int8"}))
    found = compare(one, two)
    assert (found.base.name, found.other.name, found.other.model) == ("a as it is", "a int8", "a")
