import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.model.symbols import evaluate, parts


@pytest.mark.parametrize(
    ("dim", "size"),
    [("a", 2), ("a + b", 5), ("a*b", 6), ("2*a", 4), ("a - b", None), ("a + c", None)],
)
def test_sizes(dim: str, size: int | None) -> None:
    assert evaluate(dim, {"a": 2, "b": 3}) == size


@pytest.mark.parametrize("dim", ["batch-size", "a/b", "f(a)", "a**b", "a + ", "", "-", "a[0] + 1"])
def test_odd_names_are_names(dim: str) -> None:
    assert evaluate(dim, {}) is None


@given(st.text(max_size=30))
def test_any_name_is_harmless(dim: str) -> None:
    evaluate(dim, {"a": 1})
    assert isinstance(parts(dim), tuple)
