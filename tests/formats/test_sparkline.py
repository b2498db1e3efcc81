"""Bars of a sparkline: in order, between lowest and highest, calm where the values are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from effprof.formats.sparkline import BARS, spark
from effprof.formats.text import text
from tests.formats.sample import BIMODAL, FULL, UNFINISHED, trial


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([1.0, 1.0, 1.0], "▁▁▁"),
        ([7.1, 7.1, 8.9, 7.1, 8.9], "▁▁█▁█"),
        ([1.0, 1.5, 2.0], "▁▅█"),
        ([100.0, 101.0, 100.0], "▁▂▁"),
    ],
)
def test_bars(values: list[float], bars: str) -> None:
    assert spark(values) == bars


@given(st.lists(st.floats(1e-9, 1e6), min_size=1, max_size=500))
def test_it_is_short_and_shows_the_largest(values: list[float]) -> None:
    drawn = spark(values)
    assert len(drawn) <= 40
    assert set(drawn) <= set(BARS)
    if max(values) > min(values) * 1.05 and len(values) <= 40:
        assert drawn[values.index(max(values))] == BARS[-1]
        assert drawn[values.index(min(values))] == BARS[0]


def test_two_groups_of_trials_are_seen_in_the_report() -> None:
    assert "trials     ▁▁█▁█ p50 of each process in turn, 7.15 ms to 8.94 ms" in text(FULL)
    assert "trials     __#_# p50 of each" in text(FULL, ascii_only=True)


def test_too_few_of_them_and_those_of_other_batches_are_not_drawn() -> None:
    assert "of each process" not in text(UNFINISHED)
    others = tuple(replace(one, batch=32) for one in BIMODAL)
    assert "of each process" not in text(replace(FULL, trials=others))
    mixed = (*others, *(replace(trial(0.007, 0.01, 0.0), batch=1),) * 3)
    assert "▁▁▁ p50 of each process" in text(replace(FULL, trials=mixed))
