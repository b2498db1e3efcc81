"""MLPerf Tiny's four networks as ONNX files with seeded weights: the shapes, not the answers.

By mlcommons/tiny, `benchmark/training`: a DS-CNN, a MobileNetV1 of width 0.25, a ResNet-8 and a
fully-connected autoencoder. The published files are int8 already; these are for what comes before:
converting and quantising.
"""

from collections.abc import Callable
from pathlib import Path

from benchmarks.zoo import Net


def keyword_spotting(path: Path) -> Path:
    net = Net(21)
    x = net.op(
        "Conv", "spectrogram", net.weight(64, 1, 10, 4), net.bias(64),
        kernel_shape=[10, 4], strides=[2, 2], pads=[4, 1, 5, 1],
    )  # fmt: skip
    x = net.relu(net.norm(x, 64))
    for _ in range(4):
        x = _separable(net, x, 64, 64)
    logits = net.head(x, 64, 12)
    made = net.op("Softmax", logits, axis=-1)
    return net.save(path, {"spectrogram": [1, 1, 49, 10]}, {"probability": made})


def visual_wake_words(path: Path) -> Path:
    net = Net(22)
    x = net.relu(net.norm(net.conv("image", 3, 8, s=2), 8))
    i = 8
    for o, s in ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5,
                 (256, 2), (256, 1)):  # fmt: skip
        x, i = _separable(net, x, i, o, s), o
    made = net.op("Softmax", net.head(x, 256, 2), axis=-1)
    return net.save(path, {"image": [1, 3, 96, 96]}, {"probability": made})


def image_classification(path: Path) -> Path:
    net = Net(23)
    x = net.relu(net.norm(net.conv("image", 3, 16), 16))
    i = 16
    for o, s in ((16, 1), (32, 2), (64, 2)):
        inner = net.relu(net.norm(net.conv(x, i, o, s=s), o))
        inner = net.norm(net.conv(inner, o, o), o)
        beside = x if i == o else net.conv(x, i, o, k=1, s=s)
        x, i = net.relu(net.op("Add", inner, beside)), o
    made = net.op("Softmax", net.head(x, 64, 10), axis=-1)
    return net.save(path, {"image": [1, 3, 32, 32]}, {"probability": made})


def anomaly_detection(path: Path) -> Path:
    net = Net(24)
    x, i = "frame", 640
    for o in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        made = net.op("Gemm", x, net.weight(o, i), net.bias(o), transB=1)
        x, i = net.relu(net.norm(made, o)), o
    made = net.op("Gemm", x, net.weight(640, i), net.bias(640), transB=1)
    return net.save(path, {"frame": [1, 640]}, {"again": made})


def _separable(net: Net, x: str, i: int, o: int, s: int = 1) -> str:
    x = net.relu(net.norm(net.conv(x, i, i, s=s, g=i), i))
    return net.relu(net.norm(net.conv(x, i, o, k=1), o))


MADE: dict[str, Callable[[Path], Path]] = {
    "kws": keyword_spotting,
    "vww": visual_wake_words,
    "ic": image_classification,
    "ad": anomaly_detection,
}
