"""Models of many families, made here with seeded weights: what a converter has to get right."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


class Net:
    """A graph that grows node by node; every method returns the name of what it made."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.held: list[onnx.TensorProto] = []
        self.count = 0

    def const(self, array: Any) -> str:
        name = f"c{len(self.held)}"
        self.held.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def weight(self, *shape: int) -> str:
        fan_in = max(1, int(np.prod(shape[1:])))
        return self.const(
            (self.rng.standard_normal(shape) * np.sqrt(2 / fan_in)).astype(np.float32)
        )

    def bias(self, size: int) -> str:
        return self.const((self.rng.standard_normal(size) * 0.1).astype(np.float32))

    def op(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        self.count += 1
        names = [f"{kind.lower()}{self.count}" + (f"_{i}" if i else "") for i in range(outputs)]
        self.nodes.append(
            helper.make_node(kind, inputs, names, name=f"{kind}_{self.count}", **attributes)
        )
        return names[0]

    def split(self, x: str, parts: int, axis: int) -> list[str]:
        first = self.op("Split", x, outputs=parts, axis=axis)
        return list(self.nodes[-1].output) if first else []

    def conv(
        self, x: str, i: int, o: int, k: int = 3, s: int = 1, g: int = 1, d: int = 1, dims: int = 2
    ) -> str:
        pad = d * (k - 1) // 2
        return self.op(
            "Conv", x, self.weight(o, i // g, *[k] * dims), self.bias(o),
            kernel_shape=[k] * dims, strides=[s] * dims, pads=[pad] * (2 * dims), group=g,
            dilations=[d] * dims,
        )  # fmt: skip

    def norm(self, x: str, c: int) -> str:
        rng = self.rng
        parts = [rng.uniform(0.8, 1.2, c), rng.normal(0, 0.1, c), rng.normal(0, 0.1, c)]
        parts.append(rng.uniform(0.8, 1.2, c))
        held = [self.const(part.astype(np.float32)) for part in parts]
        return self.op("BatchNormalization", x, *held)

    def relu(self, x: str) -> str:
        return self.op("Relu", x)

    def clip(self, x: str, top: float = 6.0) -> str:
        low, high = (self.const(np.float32(value)) for value in (0, top))
        return self.op("Clip", x, low, high)

    def silu(self, x: str) -> str:
        return self.op("Mul", x, self.op("Sigmoid", x))

    def gelu(self, x: str) -> str:
        half, one, root = (self.const(np.float32(v)) for v in (0.5, 1.0, np.sqrt(2)))
        inner = self.op("Add", self.op("Erf", self.op("Div", x, root)), one)
        return self.op("Mul", self.op("Mul", x, inner), half)

    def layer_norm(self, x: str, c: int) -> str:
        """As exporters wrote it before opset 17: nine nodes."""
        eps, two = self.const(np.float32(1e-5)), self.const(np.float32(2))
        centred = self.op("Sub", x, self.op("ReduceMean", x, axes=[-1]))
        spread = self.op("ReduceMean", self.op("Pow", centred, two), axes=[-1])
        scaled = self.op("Div", centred, self.op("Sqrt", self.op("Add", spread, eps)))
        gain = self.const(self.rng.uniform(0.8, 1.2, c).astype(np.float32))
        return self.op("Add", self.op("Mul", scaled, gain), self.bias(c))

    def linear(self, x: str, i: int, o: int) -> str:
        return self.op("Add", self.op("MatMul", x, self.weight_t(i, o)), self.bias(o))

    def weight_t(self, i: int, o: int) -> str:
        return self.const((self.rng.standard_normal((i, o)) / np.sqrt(i)).astype(np.float32))

    def reshape(self, x: str, *shape: int) -> str:
        return self.op("Reshape", x, self.const(np.array(shape, np.int64)))

    def head(self, x: str, c: int, classes: int) -> str:
        pooled = self.op("Flatten", self.op("GlobalAveragePool", x))
        return self.op("Gemm", pooled, self.weight(classes, c), self.bias(classes), transB=1)

    def attention(self, x: str, width: int, heads: int, length: int, mask: str = "") -> str:
        q, k, v = (self._heads(self.linear(x, width, width), width, heads, length) for _ in "qkv")
        scores = self.op("MatMul", q, self.op("Transpose", k, perm=[0, 1, 3, 2]))
        scores = self.op("Div", scores, self.const(np.float32(np.sqrt(width / heads))))
        if mask:
            scores = self.op("Add", scores, mask)
        mixed = self.op("MatMul", self.op("Softmax", scores, axis=-1), v)
        joined = self.reshape(self.op("Transpose", mixed, perm=[0, 2, 1, 3]), 0, length, width)
        return self.linear(joined, width, width)

    def _heads(self, x: str, width: int, heads: int, length: int) -> str:
        return self.op(
            "Transpose", self.reshape(x, 0, length, heads, width // heads), perm=[0, 2, 1, 3]
        )

    def block(self, x: str, width: int, heads: int, length: int, mask: str = "") -> str:
        x = self.op("Add", x, self.attention(self.layer_norm(x, width), width, heads, length, mask))
        inner = self.gelu(self.linear(self.layer_norm(x, width), width, 4 * width))
        return self.op("Add", x, self.linear(inner, 4 * width, width))

    def save(
        self,
        path: Path,
        inputs: dict[str, Sequence[int | str]],
        outputs: dict[str, str],
        types: dict[str, int] | None = None,
    ) -> Path:
        """`outputs`: public name -> what it is made of; rank and shape are left to inference."""
        for name, made in outputs.items():
            self.nodes.append(helper.make_node("Identity", [made], [name], name=f"to_{name}"))
        held = types or {}
        graph = helper.make_graph(
            self.nodes,
            path.stem,
            [
                helper.make_tensor_value_info(name, held.get(name, TensorProto.FLOAT), shape)
                for name, shape in inputs.items()
            ],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            self.held,
        )
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=8)
        model = onnx.shape_inference.infer_shapes(model)
        onnx.checker.check_model(model)
        onnx.save(model, path)
        return path


def mobilenet_v2(path: Path) -> Path:
    """3.5 million parameters, 300 million MACs: the plan of arXiv:1801.04381, table 2."""
    net = Net()
    x, c = net.clip(net.conv("image", 3, 32, s=2)), 32
    for t, o, n, s in (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):  # fmt: skip
        for place in range(n):
            stride, wide, before = (s if place == 0 else 1), c * t, x
            x = x if t == 1 else net.clip(net.norm(net.conv(x, c, wide, k=1), wide))
            x = net.clip(net.norm(net.conv(x, wide, wide, s=stride, g=wide), wide))
            x = net.norm(net.conv(x, wide, o, k=1), o)
            x = net.op("Add", before, x) if stride == 1 and c == o else x
            c = o
    x = net.clip(net.conv(x, c, 1280, k=1))
    return net.save(path, {"image": ["batch", 3, 224, 224]}, {"logits": net.head(x, 1280, 1000)})


def resnet(path: Path) -> Path:
    net = Net(1)
    x = net.relu(net.norm(net.conv("image", 3, 32, k=7, s=2), 32))
    x = net.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    c = 32
    for o in (32, 64, 128):
        s = 1 if o == c else 2
        y = net.relu(net.norm(net.conv(x, c, o, s=s), o))
        y = net.norm(net.conv(y, o, o), o)
        short = x if s == 1 else net.norm(net.conv(x, c, o, k=1, s=s), o)
        x, c = net.relu(net.op("Add", y, short)), o
    return net.save(path, {"image": [1, 3, 96, 96]}, {"logits": net.head(x, c, 10)})


def resnet50(path: Path) -> Path:
    """25.6 million parameters, 4.1 billion MACs: arXiv:1512.03385, table 1, strides in the 3x3."""
    net = Net(22)
    x = net.relu(net.norm(net.conv("image", 3, 64, k=7, s=2), 64))
    x = net.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    c = 64
    for width, blocks, s in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for place in range(blocks):
            stride, wide = (s if place == 0 else 1), 4 * width
            y = net.relu(net.norm(net.conv(x, c, width, k=1), width))
            y = net.relu(net.norm(net.conv(y, width, width, s=stride), width))
            y = net.norm(net.conv(y, width, wide, k=1), wide)
            short = x if place else net.norm(net.conv(x, c, wide, k=1, s=stride), wide)
            x, c = net.relu(net.op("Add", y, short)), wide
    return net.save(path, {"image": ["batch", 3, 224, 224]}, {"logits": net.head(x, c, 1000)})


def vgg(path: Path) -> Path:
    net = Net(2)
    x, c = "image", 3
    for o in (16, 32, 64):
        x = net.relu(net.conv(net.relu(net.conv(x, c, o)), o, o))
        x, c = net.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]), o
    x = net.op("Flatten", x)
    x = net.relu(net.op("Gemm", x, net.weight(128, 64 * 64), net.bias(128), transB=1))
    logits = net.op("Gemm", x, net.weight(10, 128), net.bias(10), transB=1)
    return net.save(path, {"image": [1, 3, 64, 64]}, {"logits": logits})


def densenet(path: Path) -> Path:
    net = Net(3)
    x, c, grow = net.conv("image", 3, 24, s=2), 24, 12
    for _ in range(2):
        for _ in range(4):
            y = net.conv(net.relu(net.norm(x, c)), c, 4 * grow, k=1)
            y = net.conv(net.relu(net.norm(y, 4 * grow)), 4 * grow, grow)
            x, c = net.op("Concat", x, y, axis=1), c + grow
        x, c = net.conv(net.relu(net.norm(x, c)), c, c // 2, k=1), c // 2
        x = net.op("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
    return net.save(path, {"image": [1, 3, 64, 64]}, {"logits": net.head(x, c, 10)})


def convnext(path: Path) -> Path:
    net = Net(4)
    x, c = net.op("Conv", "image", net.weight(48, 3, 4, 4), net.bias(48), strides=[4, 4]), 48
    for _ in range(2):
        y = net.op("Transpose", net.conv(x, c, c, k=7, g=c), perm=[0, 2, 3, 1])
        y = net.linear(net.gelu(net.linear(net.layer_norm(y, c), c, 4 * c)), 4 * c, c)
        y = net.op("Mul", y, net.bias(c))
        x = net.op("Add", x, net.op("Transpose", y, perm=[0, 3, 1, 2]))
    return net.save(path, {"image": [1, 3, 64, 96]}, {"logits": net.head(x, c, 10)})


def efficient(path: Path) -> Path:
    """Squeeze and excitation, SiLU: EfficientNet's block."""
    net = Net(5)
    x, c = net.silu(net.conv("image", 3, 24, s=2)), 24
    for o, k in ((24, 3), (40, 5), (48, 3)):
        wide = 4 * c
        y = net.silu(net.norm(net.conv(x, c, wide, k=1), wide))
        y = net.silu(net.norm(net.conv(y, wide, wide, k=k, g=wide), wide))
        gate = net.silu(net.conv(net.op("GlobalAveragePool", y), wide, 8, k=1))
        y = net.op("Mul", y, net.op("Sigmoid", net.conv(gate, 8, wide, k=1)))
        y = net.norm(net.conv(y, wide, o, k=1), o)
        x, c = (net.op("Add", x, y) if o == c else y), o
    return net.save(path, {"image": [1, 3, 80, 64]}, {"logits": net.head(x, c, 10)})


def shufflenet(path: Path) -> Path:
    net = Net(6)
    x, c, h = net.relu(net.conv("image", 3, 32, s=2)), 32, 32
    for _ in range(3):
        left, right = net.split(x, 2, axis=1)
        y = net.relu(net.conv(right, 16, 16, k=1))
        y = net.relu(net.conv(net.conv(y, 16, 16, g=16), 16, 16, k=1))
        x = net.reshape(net.op("Concat", left, y, axis=1), 0, 2, 16, h, h)
        x = net.reshape(net.op("Transpose", x, perm=[0, 2, 1, 3, 4]), 0, 32, h, h)
    return net.save(path, {"image": [1, 3, 64, 64]}, {"logits": net.head(x, c, 10)})


def unet(path: Path) -> Path:
    """Segmentation: an output as large as the input, upsampled in both ways exporters use."""
    net = Net(7)
    a = net.relu(net.conv("image", 1, 16))
    b = net.relu(net.conv(net.op("MaxPool", a, kernel_shape=[2, 2], strides=[2, 2]), 16, 32))
    c = net.relu(net.conv(net.op("MaxPool", b, kernel_shape=[2, 2], strides=[2, 2]), 32, 32))
    up = net.op("ConvTranspose", c, net.weight(32, 32, 2, 2), kernel_shape=[2, 2], strides=[2, 2])
    d = net.relu(net.conv(net.op("Concat", up, b, axis=1), 64, 16))
    scales = net.const(np.array([1, 1, 2, 2], np.float32))
    up = net.op("Resize", d, "", scales, mode="linear", coordinate_transformation_mode="half_pixel")
    e = net.relu(net.conv(net.op("Concat", up, a, axis=1), 32, 16))
    mask = net.op("Sigmoid", net.conv(e, 16, 1, k=1))
    return net.save(path, {"image": [1, 1, 64, 48]}, {"mask": mask})


def detector(path: Path) -> Path:
    """Two heads, reshaped and joined as single-shot detectors do."""
    net = Net(8)
    x, c = "image", 3
    heads: list[str] = []
    for o in (16, 32, 64):
        x, c = net.op("LeakyRelu", net.norm(net.conv(x, c, o, s=2), o), alpha=0.1), o
        y = net.op("Transpose", net.conv(x, o, 3 * 6, k=1), perm=[0, 2, 3, 1])
        heads.append(net.reshape(y, 0, -1, 6))
    joined = net.op("Concat", *heads, axis=1)
    sizes = net.const(np.array([4, 2], np.int64))
    boxes = net.op("Split", joined, sizes, outputs=2, axis=-1)
    scores = net.op("Softmax", net.nodes[-1].output[1], axis=-1)
    made = {"boxes": net.op("Sigmoid", boxes), "scores": scores}
    return net.save(path, {"image": [1, 3, 64, 96]}, made)


def tcn(path: Path) -> Path:
    """Dilated convolutions over time: a 3-D input, not square."""
    net = Net(9)
    x, c = net.relu(net.conv("signal", 12, 32, k=5, dims=1)), 32
    for d in (1, 2, 4):
        y = net.relu(net.norm(net.conv(x, c, c, d=d, dims=1), c))
        x = net.op("Add", x, net.conv(y, c, c, k=1, dims=1))
    return net.save(path, {"signal": [1, 12, 100]}, {"logits": net.head(x, c, 6)})


def square_signal(path: Path) -> Path:
    """As many channels as steps: a layout guessed by size would be wrong and not be noticed."""
    net = Net(10)
    x = net.relu(net.conv(net.relu(net.conv("signal", 32, 16, dims=1)), 16, 16, dims=1))
    return net.save(path, {"signal": [1, 32, 32]}, {"logits": net.head(x, 16, 4)})


def keywords(path: Path) -> Path:
    """Depthwise separable convolutions on a spectrogram, as keyword spotting does."""
    net = Net(11)
    x = net.relu(net.conv("spectrogram", 1, 64, k=5, s=2))
    for _ in range(4):
        x = net.relu(net.norm(net.conv(x, 64, 64, g=64), 64))
        x = net.relu(net.norm(net.conv(x, 64, 64, k=1), 64))
    logits = net.head(x, 64, 12)
    return net.save(
        path, {"spectrogram": [1, 1, 49, 10]}, {"probability": net.op("Softmax", logits, axis=-1)}
    )


def autoencoder(path: Path) -> Path:
    net = Net(12)
    x, i = "frame", 640
    for o in (128, 128, 8, 128, 128):
        x, i = net.relu(net.op("Gemm", x, net.weight(o, i), net.bias(o), transB=1)), o
    made = net.op("Gemm", x, net.weight(640, i), net.bias(640), transB=1)
    return net.save(path, {"frame": ["batch", 640]}, {"again": made})


def vision_transformer(path: Path) -> Path:
    net = Net(13)
    x = net.op("Conv", "image", net.weight(64, 3, 16, 16), net.bias(64), strides=[16, 16])
    x = net.op("Transpose", net.reshape(x, 0, 64, 36), perm=[0, 2, 1])
    x = net.op("Add", x, net.weight(1, 36, 64))
    for _ in range(2):
        x = net.block(x, 64, 4, 36)
    x = net.op("ReduceMean", net.layer_norm(x, 64), axes=[1], keepdims=0)
    return net.save(path, {"image": [1, 3, 96, 96]}, {"logits": net.linear(x, 64, 10)})


def text_encoder(path: Path) -> Path:
    """Token ids and a mask in, one embedding out: a small BERT."""
    net = Net(14)
    table = net.const((net.rng.standard_normal((500, 64)) * 0.5).astype(np.float32))
    x = net.op("Add", net.op("Gather", table, "input_ids"), net.weight(1, 24, 64))
    one, far = net.const(np.float32(1)), net.const(np.float32(-1e4))
    cast = net.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    mask = net.op("Mul", net.op("Sub", one, net.reshape(cast, 0, 1, 1, 24)), far)
    for _ in range(2):
        x = net.block(x, 64, 4, 24, mask)
    x = net.op("ReduceMean", net.layer_norm(x, 64), axes=[1], keepdims=0)
    ids: dict[str, Sequence[int | str]] = {
        "input_ids": ["batch", 24],
        "attention_mask": ["batch", 24],
    }
    return net.save(path, ids, {"embedding": x}, dict.fromkeys(ids, TensorProto.INT64))


def feature_transformer(path: Path) -> Path:
    """A 3-D input that must not be laid out anew."""
    net = Net(15)
    x = net.linear("features", 20, 48)
    for _ in range(2):
        x = net.block(x, 48, 4, 30)
    return net.save(path, {"features": [1, 30, 20]}, {"tokens": net.linear(x, 48, 5)})


def lstm(path: Path) -> Path:
    net = Net(16)
    steps = net.op("Transpose", "sequence", perm=[1, 0, 2])
    w, r = net.weight(1, 4 * 32, 16), net.weight(1, 4 * 32, 32)
    b = net.const((net.rng.standard_normal((1, 8 * 32)) * 0.1).astype(np.float32))
    y = net.op("LSTM", steps, w, r, b, outputs=3, hidden_size=32)
    last = net.reshape(net.nodes[-1].output[1] if y else y, 0 if not y else 1, 32)
    return net.save(path, {"sequence": [1, 20, 16]}, {"logits": net.linear(last, 32, 5)})


def gru(path: Path) -> Path:
    net = Net(17)
    steps = net.op("Transpose", "sequence", perm=[1, 0, 2])
    w, r = net.weight(1, 3 * 24, 16), net.weight(1, 3 * 24, 24)
    b = net.const((net.rng.standard_normal((1, 6 * 24)) * 0.1).astype(np.float32))
    y = net.op("GRU", steps, w, r, b, outputs=2, hidden_size=24, linear_before_reset=1)
    flat = net.reshape(net.op("Squeeze", y, net.const(np.array([1], np.int64))), 1, 20 * 24)
    return net.save(path, {"sequence": [1, 20, 16]}, {"logits": net.linear(flat, 20 * 24, 5)})


def hard_swish(path: Path) -> Path:
    """MobileNetV3's activations, a grouped convolution, and an input that is not square."""
    net = Net(18)
    x = net.op("HardSwish", net.conv("image", 3, 16, s=2))
    x = net.op("HardSwish", net.norm(net.conv(x, 16, 32, g=4), 32))
    gate = net.op("HardSigmoid", net.conv(net.op("GlobalAveragePool", x), 32, 32, k=1))
    x = net.op("HardSwish", net.conv(net.op("Mul", x, gate), 32, 24, k=1))
    return net.save(path, {"image": [1, 3, 48, 72]}, {"logits": net.head(x, 24, 7)})


def super_resolution(path: Path) -> Path:
    net = Net(19)
    x = net.relu(net.conv("image", 1, 24, k=5))
    x = net.conv(net.relu(net.conv(x, 24, 24)), 24, 9)
    large = net.op("DepthToSpace", x, blocksize=3, mode="CRD")
    return net.save(path, {"image": [1, 1, 32, 40]}, {"large": large})


def two_inputs(path: Path) -> Path:
    """An image and a vector of features, joined late."""
    net = Net(20)
    x = net.relu(net.conv(net.relu(net.conv("image", 3, 16, s=2)), 16, 16, s=2))
    x = net.op("Flatten", net.op("GlobalAveragePool", x))
    y = net.op("Tanh", net.linear("facts", 10, 16))
    logits = net.linear(net.op("Concat", x, y, axis=1), 32, 3)
    return net.save(path, {"image": [1, 3, 40, 40], "facts": [1, 10]}, {"logits": logits})


def instance_norm(path: Path) -> Path:
    """Style transfer: instance norms, reflected padding, nearest upsampling."""
    net = Net(21)
    pads = net.const(np.array([0, 0, 2, 2, 0, 0, 2, 2], np.int64))
    x = net.op("Pad", "image", pads, mode="reflect")
    x = net.op("Conv", x, net.weight(16, 3, 5, 5), net.bias(16))
    gain = net.const(np.ones(16, np.float32))
    x = net.relu(net.op("InstanceNormalization", x, gain, net.bias(16)))
    scales = net.const(np.array([1, 1, 2, 2], np.float32))
    x = net.op(
        "Resize", x, "", scales,
        mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor",
    )  # fmt: skip
    return net.save(path, {"image": [1, 3, 32, 32]}, {"styled": net.op("Tanh", net.conv(x, 16, 3))})


def halved(path: Path, name: str) -> Path:
    """The same graph in float16 from end to end, beside it under that name."""
    model = onnx.load(path)
    for held in model.graph.initializer:
        if held.data_type == TensorProto.FLOAT:
            half = numpy_helper.to_array(held).astype(np.float16)
            held.CopyFrom(numpy_helper.from_array(half, held.name))
    del model.graph.value_info[:]
    for one in (*model.graph.input, *model.graph.output):
        one.type.tensor_type.elem_type = TensorProto.FLOAT16
    made = path.with_name(f"{name}.onnx")
    onnx.save(model, made)
    return made


MADE: dict[str, Callable[[Path], Path]] = {
    "mobilenet-v2": mobilenet_v2,
    "resnet": resnet,
    "vgg": vgg,
    "densenet": densenet,
    "convnext": convnext,
    "efficientnet-block": efficient,
    "shufflenet": shufflenet,
    "unet": unet,
    "detector": detector,
    "tcn": tcn,
    "square-signal": square_signal,
    "keywords": keywords,
    "autoencoder": autoencoder,
    "vision-transformer": vision_transformer,
    "text-encoder": text_encoder,
    "feature-transformer": feature_transformer,
    "lstm": lstm,
    "gru": gru,
    "hard-swish": hard_swish,
    "super-resolution": super_resolution,
    "two-inputs": two_inputs,
    "instance-norm": instance_norm,
}
