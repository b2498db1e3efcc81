import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from effprof.model.count import count
from effprof.model.fused import behind
from effprof.model.model import Operator
from effprof.model.open import open_model
from tests.model import build

CONV = Operator("conv", "Conv", ("x",), ("c",), macs=9)
NORM = Operator("norm", "BatchNormalization", ("c",), ("n",), macs=0)
ADD = Operator("add", "Add", ("n", "x"), ("a",), macs=0)
RELU = Operator("relu", "Relu", ("a",), ("r",), macs=0)
GRAPH = (CONV, NORM, ADD, RELU)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["conv", "norm", "add", "relu"], [[CONV], [NORM], [ADD], [RELU]]),
        (["conv", "add", "relu"], [[CONV, NORM], [ADD], [RELU]]),
        (["ReorderInput", "r_nchwc", "ReorderOutput"], [[], list(GRAPH), []]),
        (["n_nchwc", "add", "relu"], [[CONV, NORM], [ADD], [RELU]]),
        (["conv/MatMulAddFusion", "relu"], [[CONV, NORM, ADD], [RELU]]),
        (["fused conv"], [list(GRAPH)]),
        (["Gelu"], [[]]),
    ],
)
def test_rows_find_their_operators(rows: list[str], expected: list[list[Operator]]) -> None:
    assert [list(members) for members in behind(rows, GRAPH).values()] == expected


def _rows(path: Path, feeds: Mapping[str, object], tmp_path: Path) -> list[str]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.enable_profiling = True
    options.log_severity_level = 3
    options.profile_file_prefix = str(tmp_path / "profile")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    session.run(None, feeds)
    events = json.loads(Path(session.end_profiling()).read_text())
    names = [event["name"] for event in events if event.get("cat") == "Node"]
    return [name.removesuffix("_kernel_time") for name in names]


def test_no_multiply_accumulate_of_a_fused_network_is_lost(tmp_path: Path) -> None:
    path = build.mobilenet_v2(tmp_path)
    model = open_model(path)
    counts = count(model, {"image": (1, 3, 224, 224)})
    rows = _rows(path, {"image": np.zeros((1, 3, 224, 224), np.float32)}, tmp_path)
    found = behind(rows, counts.operators)
    macs = {row: sum(one.macs or 0 for one in members) for row, members in found.items()}
    assert sum(macs.values()) == counts.macs
    assert len(rows) < len(counts.operators)
    assert sum(1 for number in macs.values() if number) == 53  # 52 convolutions and a classifier


def test_nor_of_a_branch(tmp_path: Path) -> None:
    spec = find_spec("silero_vad")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("silero_vad is not installed")
    path = Path(next(iter(spec.submodule_search_locations)), "data", "silero_vad.onnx")
    counts = count(open_model(path), {"input": (1, 576), "state": (2, 1, 128), "sr": ()})
    feeds = {
        "input": np.zeros((1, 576), np.float32),
        "state": np.zeros((2, 1, 128), np.float32),
        "sr": np.array(16000),
    }
    found = behind(_rows(path, feeds, tmp_path), counts.operators)
    assert sum(one.macs or 0 for members in found.values() for one in members) == counts.macs
