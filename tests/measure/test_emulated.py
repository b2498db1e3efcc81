"""What an emulated target is not asked, and models that no microcontroller holds."""

from pathlib import Path

import pytest

from effprof.base.errors import ModelError, RequestError
from effprof.measure.emulated import MOST_OPERATORS, MOST_WEIGHTS, check
from effprof.measure.prepare import Asked
from effprof.model.model import Facts, Model
from effprof.target import load


def of(operators: int | None = None, parameters: int | None = None) -> Model:
    facts = Facts(operators=operators, parameters=parameters)
    return Model(Path("m.onnx"), "m.onnx", "onnx", "0" * 64, 1, facts)


def test_what_is_within_reason_passes() -> None:
    asked = Asked(Path("m.onnx"), load("nrf52840"), batches=(1,))
    check(asked, of(operators=MOST_OPERATORS, parameters=MOST_WEIGHTS))
    check(asked, of())  # a firmware tells neither


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (of(operators=10**6), "m.onnx: 1,000,000 operators; firmware is made of 20,000 at most"),
        (of(parameters=10**8), "100,000,000 parameters are 95.4 MiB of flash as int8"),
    ],
)
def test_a_graph_that_no_firmware_holds_is_refused_before_it_is_converted(
    model: Model, said: str
) -> None:
    with pytest.raises(ModelError) as caught:
        check(Asked(Path("m.onnx"), load("nrf52840")), model)
    assert said in caught.value.message
    assert "smaller model" in caught.value.hint


def test_batches_and_scenarios_are_none_of_a_microcontroller() -> None:
    with pytest.raises(RequestError, match="one item at a time"):
        check(Asked(Path("m.onnx"), load("nrf52840"), batches=(1, 8)), of())
    with pytest.raises(RequestError, match="one inference at a time"):
        check(Asked(Path("m.onnx"), load("nrf52840"), scenario="server"), of())
