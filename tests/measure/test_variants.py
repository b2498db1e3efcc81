"""Which variants a target can take, and what each is held against."""

from pathlib import Path

import pytest

from effprof.convert.variants import RECIPES
from effprof.measure.asked import Asked
from effprof.measure.variants import AS_IS, Variant, asked_for, on
from effprof.target import load

MODEL = Path("net.onnx")
FILES = [
    Variant(AS_IS, MODEL),
    *(Variant(one.name, Path(f"net.{one.name}.onnx")) for one in RECIPES),
    Variant("student small.onnx", Path("small.onnx")),
]


def names(target: str) -> tuple[list[str], dict[str, str]]:
    """What is measured, and why the rest is not."""
    wanted = dict(asked_for(Asked(MODEL, load(target)), FILES))
    refused = {name: one for name, one in wanted.items() if isinstance(one, str)}
    return [name for name in wanted if name not in refused], refused


def test_what_runs_onnx_takes_all_of_them() -> None:
    taken, refused = names("edge")
    assert taken == [
        *("as is", "fp16", "int8", "int8-dynamic", "pruned-50", "pruned-80", "channels-25"),
        *("student small.onnx", "student small.onnx int8"),
    ]
    assert not refused


def test_what_runs_tflite_quantises_for_itself() -> None:
    taken, refused = names("mobile")
    assert "int8" in taken
    assert list(refused) == ["int8-dynamic"]


def test_a_microcontroller_takes_int8_alone() -> None:
    taken, refused = names("tinyml")
    assert taken == [
        *("int8", "pruned-50 int8", "pruned-80 int8", "channels-25 int8"),
        "student small.onnx int8",
    ]
    assert list(refused) == ["as is", "int8-dynamic"]


@pytest.mark.parametrize("target", ["edge", "mobile", "tinyml"])
def test_what_is_not_the_model_itself_is_held_against_it(target: str) -> None:
    for name, one in asked_for(Asked(MODEL, load(target)), FILES):
        if not isinstance(one, str):
            # What the deploy step makes of the model, it compares with the model of its own accord.
            assert one.reference == (None if one.model == MODEL else MODEL), name


def test_what_could_not_be_made_says_why() -> None:
    files = [FILES[0], Variant("pruned-50", None, "it has no float weights")]
    wanted = dict(asked_for(Asked(MODEL, load("edge")), files))
    assert wanted["pruned-50"] == "it has no float weights"


def test_the_price_of_a_cloud_is_none_of_a_device() -> None:
    everywhere = Asked(MODEL, load("edge"), prices={"price_time": 1e-4})
    assert on(everywhere, load("edge"), (1, 8)).prices == {}
    cloud = on(everywhere, load("cloud-cpu"), (1, 8))
    assert (cloud.prices, cloud.scenario, cloud.batches) == (
        {"price_time": 1e-4},
        "offline",
        (1, 8),
    )
