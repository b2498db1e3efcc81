"""The plot: marks stand where their values say, and no line is too wide."""

from hypothesis import given
from hypothesis import strategies as st

from effprof.formats.scatter import Mark, scatter
from effprof.formats.text_look import Look, cells, render

METRICS = ("latency.p99", "size.model")


def drawn(*marks: Mark, width: int = 80) -> list[str]:
    look = Look(width)
    return render(scatter(marks, METRICS, ("x", "y"), look), look).splitlines()


def test_marks_stand_where_their_values_say_in_the_logarithm() -> None:
    lines = drawn(Mark(0.001, 1024, "1"), Mark(0.01, 32768, "2"), Mark(0.1, 1048576, "3"))
    spots = {
        char: (line.rindex(char), at)
        for at, line in enumerate(lines[1:11])
        for char in "123"
        if char in line.partition("|")[2]
    }
    assert spots["1"][1] > spots["2"][1] > spots["3"][1]
    left, middle, right = (spots[char][0] for char in "123")
    assert abs((middle - left) - (right - middle)) <= 1
    assert lines[1].strip().startswith("1 MiB|")
    assert lines[10].strip().startswith("1 KiB|")
    assert lines[12].split() == ["1", "ms", "100", "ms"]


def test_two_in_one_place_stand_side_by_side() -> None:
    text = "\n".join(drawn(Mark(1, 1, "1"), Mark(1, 1, "2"), Mark(2, 2, "3")))
    assert all(f"{char}" in text for char in "123")
    assert "12" in text


def test_points_that_are_all_the_same_are_drawn_too() -> None:
    assert any("1" in line.partition("|")[2] for line in drawn(Mark(0.0, 0.0, "1")))


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.lists(st.builds(Mark, NUMBERS, NUMBERS, st.sampled_from(["1", ".", "42"])), min_size=1),
    st.integers(40, 120),
)
def test_no_number_breaks_it(marks: list[Mark], width: int) -> None:
    lines = drawn(*marks, width=width)
    assert len(lines) == 14
    assert all(cells(line) <= width for line in lines)
