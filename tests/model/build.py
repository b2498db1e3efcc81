"""Models for the tests, made with onnx.helper; large weights are sparse files beside the model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info

Dim = int | str | None
FLOAT, INT64, INT32, UINT8, BOOL = 1, 7, 6, 2, 9


def tensor(name: str, shape: Sequence[Dim] | None, kind: int = FLOAT) -> ValueInfoProto:
    return make_tensor_value_info(name, kind, shape)


def weight(name: str, array: object) -> TensorProto:
    return onnx.numpy_helper.from_array(np.asarray(array), name)


def model(
    nodes: Sequence[NodeProto],
    inputs: Sequence[ValueInfoProto],
    outputs: Sequence[ValueInfoProto],
    weights: Sequence[TensorProto] = (),
    opset: int = 17,
) -> ModelProto:
    graph = make_graph(list(nodes), "g", list(inputs), list(outputs), list(weights))
    opsets = [make_opsetid("", opset), make_opsetid("com.microsoft", 1)]
    return make_model(graph, opset_imports=opsets, ir_version=8)


def save(proto: ModelProto, path: Path) -> Path:
    path.write_bytes(proto.SerializeToString())
    return path


def small(batch: Dim = "batch") -> ModelProto:
    """y = relu(x W + b), 4 to 3."""
    return model(
        [make_node("Gemm", ["x", "W", "b"], ["z"]), make_node("Relu", ["z"], ["y"], name="act")],
        [tensor("x", [batch, 4])],
        [tensor("y", [batch, 3])],
        [weight("W", np.ones((4, 3), np.float32)), weight("b", np.zeros(3, np.float32))],
    )


class Net:
    """A convolutional network as torchvision writes it, its weights in one sparse file."""

    def __init__(self, size: int = 224) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []
        self.offset_bytes = 0
        self.size = size

    def external(self, *shape: int) -> str:
        name = f"w{len(self.weights)}"
        held = TensorProto(name=name, data_type=FLOAT, dims=shape)
        held.data_location = TensorProto.EXTERNAL
        length = 4 * int(np.prod(shape))
        for key, value in (
            ("location", "weights.bin"),
            ("offset", self.offset_bytes),
            ("length", length),
        ):
            entry = held.external_data.add()
            entry.key, entry.value = key, str(value)
        self.offset_bytes += length
        self.weights.append(held)
        return name

    def node(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        output = f"t{len(self.nodes)}"
        self.nodes.append(
            make_node(kind, list(inputs), [output], name=f"node_{output}", **attributes)
        )
        return output

    def conv(
        self, x: str, ins: int, outs: int, kernel: int = 1, stride: int = 1, group: int = 1
    ) -> str:
        """Convolution without bias, then batch normalisation."""
        w = self.external(outs, ins // group, kernel, kernel)
        shape = {"strides": [stride] * 2, "pads": [kernel // 2] * 4, "group": group}
        y = self.node("Conv", [x, w], kernel_shape=[kernel] * 2, **shape)
        return self.node("BatchNormalization", [y, *(self.external(outs) for _ in range(4))])

    def finish(self, x: str, channels: int, folder: Path, batch: Dim = "N") -> Path:
        x = self.node("Flatten", [self.node("GlobalAveragePool", [x])])
        w, b = self.external(1000, channels), self.external(1000)
        x = self.node("Gemm", [x, w, b], transB=1)
        proto = model(
            self.nodes,
            [tensor("image", [batch, 3, self.size, self.size])],
            [tensor(x, [batch, 1000])],
            self.weights,
        )
        with (folder / "weights.bin").open("wb") as file:
            file.truncate(self.offset_bytes)
        return save(proto, folder / "net.onnx")


def resnet50(folder: Path) -> Path:
    net = Net()
    x = net.node("Relu", [net.conv("image", 3, 64, 7, 2)])
    x = net.node("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    ins = 64
    for width, blocks, first in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            stride = first if block == 0 else 1
            y = net.node("Relu", [net.conv(x, ins, width)])
            y = net.node("Relu", [net.conv(y, width, width, 3, stride)])
            y = net.conv(y, width, 4 * width)
            short = net.conv(x, ins, 4 * width, 1, stride) if block == 0 else x
            x = net.node("Relu", [net.node("Add", [y, short])])
            ins = 4 * width
    return net.finish(x, ins, folder)


_MOBILENET = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
    (6, 320, 1, 1),
)  # fmt: skip  # expansion, channels, blocks, first stride


def mobilenet_v2(folder: Path) -> Path:
    net = Net()
    x, ins = net.node("Clip", [net.conv("image", 3, 32, 3, 2)]), 32
    for expansion, outs, blocks, first in _MOBILENET:
        for block in range(blocks):
            stride, wide = (first if block == 0 else 1), ins * expansion
            y = x if expansion == 1 else net.node("Clip", [net.conv(x, ins, wide)])
            y = net.node("Clip", [net.conv(y, wide, wide, 3, stride, group=wide)])
            y = net.conv(y, wide, outs)
            x = net.node("Add", [x, y]) if stride == 1 and ins == outs else y
            ins = outs
    return net.finish(net.node("Clip", [net.conv(x, ins, 1280)]), 1280, folder)
