"""--cell and --duty: a cell and a rate said on the command line."""

import pytest

from effprof.base.errors import RequestError
from effprof.target import load
from effprof.target.cell import with_cell


def test_they_take_the_place_of_the_targets_own() -> None:
    board = with_cell(load("nrf52840"), "1200mAh@1.5V", "2/s")
    assert board.fact("cell_charge") == pytest.approx(4320)
    assert board.fact("cell_voltage") == 1.5
    assert board.fact("duty_cycle") == 2
    assert board.facts["cell_charge"].source == "--cell"


def test_without_them_nothing_changes() -> None:
    board = load("nrf52840")
    assert with_cell(board, None, None).facts == board.facts


@pytest.mark.parametrize(
    ("cell", "duty", "said"),
    [
        ("225mAh", None, "--cell 225mAh: no voltage"),
        ("225@3V", None, "225 has no unit"),
        ("225mAh@3A", None, "3A is"),
        ("0mAh@3V", None, "not above zero"),
        ("-1mAh@3V", None, "not above zero"),
        ("many@3V", None, "is not a quantity"),
        (None, "60", "60 has no unit"),
        (None, "60 s", "a duration"),
        (None, "0/h", "not above zero"),
    ],
)
def test_refused(cell: str | None, duty: str | None, said: str) -> None:
    with pytest.raises(RequestError) as caught:
        with_cell(load("nrf52840"), cell, duty)
    assert said in caught.value.message
    assert duty is None or caught.value.hint == "inferences a time: 60/h or 2/s"
