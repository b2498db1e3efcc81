"""Variants of the demo's model, made, measured and judged for real."""

import json
from pathlib import Path

import jsonschema
import pytest

from effprof.measure.asked import Asked
from effprof.measure.variants import on
from effprof.report.schema import schema
from effprof.target import load
from tests.conftest import EXAMPLES
from tests.e2e.command import effprof, effprof_here


@pytest.mark.slow
def test_the_demo_on_edge(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    done = effprof(
        *("variants", EXAMPLES / "teacher.onnx", "--student", EXAMPLES / "student.onnx"),
        *("--inputs", EXAMPLES / "heldout.npz", "--labels", EXAMPLES / "labels.npy"),
        *("--time", "0.3", "--json", out, "--keep", tmp_path / "made"),
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(out.read_text())
    jsonschema.Draft202012Validator(schema("variants")).validate(document)
    (edge,) = document["targets"]
    tried = {one["variant"]: one for one in edge["tried"]}
    assert {
        "as is",
        "fp16",
        "int8",
        "int8-dynamic",
        "pruned-50",
        "pruned-80",
        "channels-25",
    } < tried.keys()
    accuracy = {
        name: document["reports"][one["report"]]["metrics"]["quality.accuracy"]["value"]
        for name, one in tried.items()
    }
    assert accuracy["pruned-80"] < 0.5 < accuracy["as is"]
    assert edge["recommended"] != "pruned-80"
    assert (tmp_path / "made" / "teacher.pruned-50.onnx").exists()


def test_a_cloud_is_judged_over_batches() -> None:
    everywhere = Asked(Path("m.onnx"), load("edge"), prices={"price_time": 1.0})
    edge, cloud = (on(everywhere, load(word), (1, 8)) for word in ("edge", "cloud-cpu"))
    assert (edge.scenario, edge.batches, edge.target.id) == ("single-stream", (), "edge")
    assert (cloud.scenario, cloud.batches, cloud.target.id) == ("offline", (1, 8), "cloud-cpu")


def test_bad_requests() -> None:
    for words, code in (
        (["none.onnx"], 2),
        ([EXAMPLES / "student.onnx", "-t", "nowhere"], 2),
        ([EXAMPLES / "student.onnx", "--time", "inf"], 2),
        ([EXAMPLES / "student.onnx", "-t", "cloud-cpu", "--price", "3 bananas"], 2),
    ):
        assert effprof_here("variants", *words).returncode == code
