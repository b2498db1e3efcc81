from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.base.errors import InputError
from effprof.base.records import Values
from effprof.model.flags import parse_dims, parse_inputs, parse_shapes


def test_words_become_values() -> None:
    assert parse_dims(["a=1", "b=c=22"]) == {"a": 1, "b=c": 22}
    assert parse_shapes(["x=1x3x8x8", "s="]) == {"x": (1, 3, 8, 8), "s": ()}
    assert parse_inputs(["x=zeros", "y=ones", "z=f.npy", "sr=8000"]) == {
        "x": Values("zeros"),
        "y": Values("ones"),
        "z": Values("file", path="f.npy"),
        "sr": Values("constant", low=8000, high=8000, why="given"),
    }
    made = parse_inputs(["x=random:-1:2.5"])["x"]
    assert (made.kind, made.low, made.high) == ("random", -1, 2.5)


@pytest.mark.parametrize("word", ["a", "=4", "a=", "a=-1", "a=1.5", "a=9999999999", "a=²", "a=N"])
def test_bad_dims_are_refused(word: str) -> None:
    with pytest.raises(InputError, match="--dim"):
        parse_dims([word])


@pytest.mark.parametrize("word", ["x", "x=1xN", "x=1x", "x=1x-2", "=1x2"])
def test_bad_shapes_are_refused(word: str) -> None:
    with pytest.raises(InputError, match="--shape"):
        parse_shapes([word])


@pytest.mark.parametrize("word", ["x", "x=photo.jpg", "x=random:1", "x=random:2:1", "x=random:a:b"])
def test_bad_values_are_refused(word: str) -> None:
    with pytest.raises(InputError, match="--input"):
        parse_inputs([word])


def test_a_contradiction_is_refused() -> None:
    with pytest.raises(InputError, match="before"):
        parse_dims(["a=1", "a=2"])
    with pytest.raises(InputError, match="already"):
        parse_shapes(["x=1", "x=2"])
    with pytest.raises(InputError, match="already"):
        parse_inputs(["x=ones", "x=zeros"])


@given(st.text(max_size=20))
def test_any_word_is_parsed_or_refused(word: str) -> None:
    for parse in (parse_dims, parse_shapes, parse_inputs):
        with suppress(InputError):
            parse([word])
