"""What an emulated target is not asked, and models that no microcontroller holds."""

from pathlib import Path

import pytest

from effprof import plugins
from effprof.backends.mcu.plugin import Mcu
from effprof.base.errors import ModelError, RequestError, TargetError
from effprof.measure.asked import Asked
from effprof.measure.emulated import check, check_board, check_converted, check_operators
from effprof.measure.planning import check_options
from effprof.model.model import Facts, Format, Model, Operator
from effprof.target import load

MCU = Mcu()


def of(operators: int | None = None, parameters: int | None = None, form: Format = "onnx") -> Model:
    facts = Facts(operators=operators, parameters=parameters)
    return Model(Path(f"m.{form}"), f"m.{form}", form, "0" * 64, 1, facts)


def asked(**given: object) -> Asked:
    return Asked(Path("m.onnx"), load("nrf52840"), **given)  # type: ignore[arg-type]


def test_what_is_within_reason_passes() -> None:
    most = of(operators=MCU.most_operators, parameters=MCU.most_weights)
    check(asked(batches=(1,)), most, MCU)
    check(asked(), of(), MCU)  # a firmware tells neither


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
        check(asked(), model, MCU)
    assert said in caught.value.message
    assert "smaller model" in caught.value.hint


def test_batches_and_scenarios_are_none_of_a_microcontroller() -> None:
    with pytest.raises(RequestError, match="one item at a time"):
        check(asked(batches=(1, 8)), of(), MCU)
    with pytest.raises(RequestError, match="one inference at a time"):
        check(asked(scenario="server"), of(), MCU)


def test_a_folder_that_is_not_to_be_overwritten_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "main.c").touch()
    with pytest.raises(RequestError, match=r"--keep .* holds main\.c") as caught:
        check(asked(keep=tmp_path), of(), MCU)
    assert "empty or new" in caught.value.hint


@pytest.mark.parametrize(
    ("form", "given", "said"),
    [
        ("onnx", {"entry": "main"}, "--entry names a function of an ELF file"),
        ("onnx", {"threads": 2}, "one thread, not 2"),
        ("elf", {}, "add --entry SYMBOL"),
        ("elf", {"entry": "main", "keep": Path("x")}, "--keep leaves the project that a model"),
    ],
)
def test_options_that_fit_no_file_of_the_model_need_no_conversion(
    form: Format, given: dict[str, object], said: str
) -> None:
    with pytest.raises(RequestError, match=said):
        check_options(asked(**given), MCU, of(form=form))


def test_an_operator_is_named_as_the_users_file_has_it_and_as_it_becomes() -> None:
    nodes = (Operator("/a/Conv", "Conv"), Operator("/b/Exp", "Exp"))
    with pytest.raises(ModelError) as caught:
        check_operators(of(), nodes, MCU)
    assert "m.onnx: Exp node /b/Exp becomes EXP in a .tflite: firmware" in caught.value.message
    assert "AveragePool, " in caught.value.hint
    check_operators(of(), nodes[:1], MCU)
    with pytest.raises(ModelError, match=r"m\.tflite: EXP node e: firmware has no kernel"):
        check_operators(of(form="tflite"), (Operator("c", "CUSTOM"), Operator("e", "EXP")), MCU)


def test_what_only_the_conversion_shows_is_named_with_what_it_may_come_of() -> None:
    before = (Operator("/a/Conv", "Conv"), Operator("/n/LayerNorm", "LayerNormalization"))
    after = (Operator("a:0", "CONV_2D"), Operator("n_std:4", "SQRT"))
    with pytest.raises(ModelError) as caught:
        check_converted(of(), before, after, MCU)
    assert caught.value.message == (
        "m.onnx: its .tflite has SQRT node n_std:4 (of LayerNormalization node /n/LayerNorm, it "
        "seems): firmware has no kernel for it"
    )
    check_converted(of(), before, after[:1], MCU)


def test_a_backend_that_emulates_nothing_is_a_mistake_of_the_target() -> None:
    with pytest.raises(TargetError, match="emulates nothing"):
        check_board(load("nrf52840"), plugins.backend("litert"))
