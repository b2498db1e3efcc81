import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx.helper import make_node

from effprof.base.errors import InputError, ModelError
from effprof.cli.inspect import inspect
from effprof.formats.inspect_json import inspect_json
from effprof.formats.inspect_text import inspect_text
from effprof.formats.text_look import Look, render
from effprof.model.inspection import inspect as look_into
from tests.model import build, tflite_build


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return build.save(build.small(), tmp_path / "m.onnx")


def _printed(path: Path, *shapes: str, width: int = 80, verbose: bool = False) -> str:
    from effprof.model.flags import parse_shapes

    look = Look(width=width)
    return render(
        inspect_text(look_into(path, {}, parse_shapes(shapes)), look, verbose=verbose), look
    )


def test_what_it_prints(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inspect(path)
    text = capsys.readouterr().out
    for part in (
        "onnx, opset 17", "fp32", "batch x 4", "1x4", "random in [0, 1)", "1x3", "Gemm_0", "act",
        "batch left open: a batch of 1",
    ):  # fmt: skip
        assert part in text
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


def test_json_is_alone_on_stdout(path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    inspect(path, json="-")
    document = json.loads(capsysbinary.readouterr().out)
    assert document["schema"] == "effprof.inspect/1"
    model = document["model"]
    assert (model["format"], model["opset"], model["parameters"], model["macs"]) == (
        "onnx",
        17,
        15,
        12,
    )
    assert model["inputs"] == [
        {
            "name": "x",
            "dtype": "float32",
            "shape": [1, 4],
            "declared": ["batch", 4],
            "values": "random in [0, 1)",
        }
    ]
    assert [operator["name"] for operator in document["operators"]] == ["Gemm_0", "act"]
    assert document["missing"] == []


def test_json_to_a_file_leaves_the_table(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = path.with_suffix(".json")
    inspect(path, json=str(target))
    assert json.loads(target.read_text())["model"]["name"] == "m.onnx"
    assert "Gemm" in capsys.readouterr().out


def test_an_open_size_is_missing_with_its_flag(tmp_path: Path) -> None:
    path = build.save(build.small("sequence"), tmp_path / "m.onnx")
    assert "needs --dim sequence=16" in _printed(path)
    found = look_into(path, {}, {})
    assert {entry.metric for entry in found.missing} == {"compute.macs", "compute.intensity"}
    assert all(entry.hint == "--dim sequence=16" for entry in found.missing)
    assert look_into(path, {"sequence": 5}, {}).counts.macs == 60


def test_unknown_operators_are_listed(tmp_path: Path) -> None:
    proto = build.model(
        [make_node("STFT", ["x", "step"], ["y"])],
        [build.tensor("x", [1, 64, 1])],
        [build.tensor("y", None)],
        [build.weight("step", np.int64(4))],
    )
    text = _printed(build.save(proto, tmp_path / "m.onnx"))
    assert "Not counted" in text
    assert "STFT x 1: effprof has no count for this operator" in text


def test_hostile_names_do_not_steer_the_terminal(tmp_path: Path) -> None:
    evil = "a\x1b[31m\n[bold]'\"\u202e" + "x" * 200
    proto = build.model(
        [make_node("Relu", [evil], ["y\n\n"], name=evil)],
        [build.tensor(evil, [1, 4])],
        [build.tensor("y\n\n", [1, 4])],
    )
    path = build.save(proto, tmp_path / "[red]m'\n.onnx")
    found = look_into(path, {}, {})
    for look in (Look(width=width) for width in (40, 80, 200)):
        text = render(inspect_text(found, look, verbose=True), look)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\\x1b" in text
        assert max(map(len, text.splitlines())) <= look.width


def test_every_operator_when_asked(tmp_path: Path) -> None:
    nodes = [make_node("Relu", [f"t{i}"], [f"t{i + 1}"]) for i in range(30)]
    proto = build.model(nodes, [build.tensor("t0", [1, 4])], [build.tensor("t30", [1, 4])])
    path = build.save(proto, tmp_path / "m.onnx")
    found, look = look_into(path, {}, {}), Look(width=80)
    assert "10 of 30" in render(inspect_text(found, look), look)
    assert "Relu_29" in render(inspect_text(found, look, verbose=True), look)


def test_an_input_nobody_can_make_is_said(tmp_path: Path) -> None:
    proto = build.model(
        [make_node("Identity", ["x"], ["y"])],
        [build.tensor("x", [1], 8)],
        [build.tensor("y", [1], 8)],
    )
    assert "cannot be made" in _printed(build.save(proto, tmp_path / "m.onnx"), width=120)


def test_a_tflite_file_tells_its_quantisation_and_its_custom_operators(tmp_path: Path) -> None:
    path = tflite_build.quantised(tmp_path / "q.tflite")
    found = json.loads(inspect_json(look_into(path, {}, {})))
    assert found["model"]["inputs"][0]["quantization"] == {"scale": 0.5, "zero_point": -10}
    assert (found["model"]["precision"], found["model"]["activations"]) == ("int8", "int8")
    text = _printed(tflite_build.custom(tmp_path / "c.tflite"))
    assert "MagicWand" in text
    assert "what a custom operator does is not in the file" in " ".join(text.split())


@pytest.mark.parametrize(
    ("words", "error"),
    [({"dim": ["sequense=1"]}, InputError), ({"shape": ["x=1x5"]}, InputError), ({}, ModelError)],
)
def test_mistakes_are_request_errors(
    path: Path, words: dict[str, list[str]], error: type[Exception]
) -> None:
    with pytest.raises(error):
        inspect(path if words else path.parent / "none.onnx", **words)  # type: ignore[arg-type]


def test_a_narrow_encoding_is_no_obstacle(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    inspect(path)
    stream.flush()
