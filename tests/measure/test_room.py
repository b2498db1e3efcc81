"""Inputs that are larger than the memory there is, refused before anything is made of them."""

import pytest

from effprof.base.errors import InputError
from effprof.base.records import Feed, Values
from effprof.measure.room import refuse_too_large
from effprof.model.inputs import Given

GIB = 1 << 30
NONE = Given({}, {}, {})


def feeds(batch: int) -> dict[int, tuple[Feed, ...]]:
    wide = Feed("image", "float32", (batch, 3, 512, 512), Values("random"))
    return {batch: (wide, Feed("ids", "int64", (batch, 8), Values("zeros")))}


def test_the_largest_is_named_with_the_size_wanted_and_the_memory_there_is() -> None:
    refuse_too_large(feeds(8), NONE, GIB)
    with pytest.raises(InputError) as said:
        refuse_too_large(feeds(1) | feeds(1024), NONE, GIB)
    assert "input image: 1024x3x512x512 of float32 is 3 GiB" in said.value.message
    assert "this machine has 1 GiB" in said.value.message
    assert "--batch" in said.value.hint


def test_a_file_counts_whole_and_inputs_count_together() -> None:
    given = Given({}, {"image": (400, 3, 512, 512)}, {"image": "float16"})
    refuse_too_large(feeds(1), given, GIB)
    with pytest.raises(InputError, match="input image: 400x3x512x512 of float16 is 600 MiB"):
        refuse_too_large(feeds(1), given, 600 << 20)  # and the 64 B of the other
