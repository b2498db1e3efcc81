import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.base.errors import InputError
from effprof.base.records import TensorSpec, Values
from effprof.model.model import Hint
from effprof.model.values import default_values, doubts


def _made(
    name: str, dtype: str, hint: Hint | None = None, shape: tuple[int, ...] = (1, 4)
) -> Values:
    return default_values(TensorSpec(name, dtype, shape), hint)


@pytest.mark.parametrize(
    ("name", "dtype", "kind", "low", "high"),
    [
        ("image", "float32", "random", 0, 1),
        ("image", "uint8", "random", 0, 256),
        ("pixels", "int8", "random", -128, 128),
        ("attention_mask", "int64", "ones", 0, 1),
        ("mask", "float32", "ones", 0, 1),
        ("flag", "bool", "ones", 0, 1),
        ("state", "float32", "zeros", 0, 1),
        ("past_key_values.0.key", "float16", "zeros", 0, 1),
        ("h", "float32", "zeros", 0, 1),
        ("c0", "float32", "zeros", 0, 1),
        ("token_type_ids", "int64", "zeros", 0, 1),
        ("lengths", "int64", "constant", 1, 1),
        ("ids", "int64", "random", 0, 2),
    ],
)
def test_defaults(name: str, dtype: str, kind: str, low: float, high: float) -> None:
    values = _made(name, dtype)
    assert (values.kind, values.low, values.high) == (kind, low, high)


def test_hints_win_over_names() -> None:
    assert _made("token_type_ids", "int64", Hint("index", "table", 0, 5)).high == 5
    assert _made("sr", "int64", Hint("choice", "compared", 16000), ()).low == 16000
    assert _made("n", "int64", Hint("size", "a size"), ()).low == 1


def test_text_is_refused() -> None:
    with pytest.raises(InputError, match="string"):
        _made("x", "string")


def test_doubts_say_how_to_do_better() -> None:
    made = {"ids": _made("ids", "int64"), "lengths": _made("lengths", "int64")}
    assert all("--input" in text for text in doubts(made))
    assert len(doubts(made)) == 2
    assert doubts({"x": _made("x", "float32")}) == ()


@given(st.text(max_size=12), st.sampled_from(["float32", "int64", "int32", "uint8", "bool"]))
def test_every_input_of_numbers_gets_values(name: str, dtype: str) -> None:
    values = _made(name, dtype)
    assert values.kind in ("zeros", "ones", "constant") or values.low < values.high
