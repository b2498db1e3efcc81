"""Models from PyPI wheels, as their exporters wrote them."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from effprof.model.count import count
from effprof.model.dims import settle
from effprof.model.inputs import make_feeds
from effprof.model.open import open_model

# One network, exported by five tools with symbolic, nameless and fixed sizes.
SILERO = (
    "silero_vad.onnx", "silero_vad_half.onnx", "silero_vad_16k_op15.onnx",
    "silero_vad_op18_ifless.onnx", "silero_vad_openvino_16k.onnx",
)  # fmt: skip


def _file(package: str, pattern: str) -> Path:
    """Without importing it: silero_vad needs torch for that."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in Path(folder).glob(pattern):
            return path
    pytest.skip(f"{package} is not installed, or has no {pattern}")


def test_magika() -> None:
    model = open_model(_file("magika", "models/*/model.onnx"))
    settled = settle(model, {}, {})
    (feed,) = make_feeds(model, settled).feeds
    assert model.precision == "fp32"
    assert feed.shape == (1, 2048)
    assert (feed.values.low, feed.values.high) == (0, 257)  # 256 pads what is shorter
    counts = count(model, settled.shapes)
    assert counts.unknown == ()
    assert counts.macs is not None
    assert counts.macs > 300e6


@pytest.mark.parametrize("name", SILERO)
def test_silero(name: str) -> None:
    model = open_model(_file("silero_vad", f"data/{name}"))
    settled = settle(model, {}, {"input": (1, 576), "state": (2, 1, 128)})
    feeds = {feed.name: feed.values for feed in make_feeds(model, settled).feeds}
    assert feeds["state"].kind == "zeros"
    if name in ("silero_vad.onnx", "silero_vad_op18_ifless.onnx"):
        assert feeds["sr"].low == 16000
    assert count(model, settled.shapes).macs == 679_552
