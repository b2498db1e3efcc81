"""Retrain the digit classifiers that ship with effprof, and write them as ONNX.

Run it from anywhere; it writes beside itself (or into ``--out``)::

    pip install torch scikit-learn onnx
    python examples/digits/train.py

It trains a teacher on the labels, then a student about ten times smaller on a mix of the labels
and the teacher's softened outputs (Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a
Neural Network"). All is then done again from other splits and seeds, each time with one more
student trained on the labels alone, so that what distillation bought is measured, not assumed.

torch and scikit-learn are needed for training only; numpy, onnx and onnxruntime come with effprof.
The seeds are fixed and one thread is used, so a second run on the same machine with the same
package versions gives the same bytes. Another processor or another torch rounds differently and
may move an accuracy by a few images.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch  # type: ignore[import-not-found, unused-ignore]
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits  # type: ignore[import, unused-ignore]
from sklearn.model_selection import train_test_split  # type: ignore[import, unused-ignore]
from torch import Tensor, nn  # type: ignore[import-not-found, unused-ignore]
from torch.nn import functional  # type: ignore[import-not-found, unused-ignore]

CLASSES = 10
SIDE = 8
PIXEL_MAX = 16.0  # scikit-learn's digits count ink in 4x4 cells: integers from 0 to 16
HELD_OUT = 500
SPLIT_SEED = 2015
# One round is a split, a teacher and two students. Round 0 ships: had the best round on its
# held-out images been picked instead, its accuracy would flatter the models.
ROUNDS = range(6)

BATCH = 64
TEACHER_EPOCHS = 40
STUDENT_EPOCHS = 60
PEAK_LEARNING_RATE = 1e-2
WEIGHT_DECAY = 1e-2

# Chosen, like the learning rate, by three-fold cross-validation inside the training part.
TEMPERATURE = 8.0
SOFT_WEIGHT = 0.9

OPSET = 17
IR_VERSION = 8
# Largest allowed |ONNX Runtime - torch| of any logit, as a share of the largest |logit|: logits
# reach about 25, and float32 rounding grows with them.
TOLERANCE = 1e-5

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
# (images [n,1,8,8], logits [n,10], labels [n]) -> scalar loss
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Size:
    """A network's shape: output channels of the 3x3 convolutions, one tuple per pooled stage."""

    name: str
    stages: tuple[tuple[int, ...], ...]


TEACHER = Size("teacher", ((32, 32), (64, 48)))
STUDENT = Size("student", ((8, 16), (24,)))


@dataclass(frozen=True)
class Split:
    """Images are [n,1,8,8] in 0..1; labels are the digits 0..9."""

    train_images: Floats
    train_labels: Labels
    held_images: Floats
    held_labels: Labels


def say(line: str) -> None:
    """Write a line at once, so that progress shows through a pipe too."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


# --- data ---------------------------------------------------------------------------------------


def load_split(seed: int) -> Split:
    """Split the 1797 digits into 1297 for training and 500 held out, each class in proportion."""
    digits = load_digits()
    images = (digits.images / PIXEL_MAX).astype(np.float32).reshape(-1, 1, SIDE, SIDE)
    labels = digits.target.astype(np.int64)
    parts = train_test_split(images, labels, test_size=HELD_OUT, stratify=labels, random_state=seed)
    return Split(parts[0], parts[2], parts[1], parts[3])


def augment(images: Tensor, rng: torch.Generator) -> Tensor:
    """Turn, scale and shift each image a little and add pixel noise; the range stays 0..1.

    Shifts reach 0.8 pixel and turns 0.2 radian: a digit fills nearly all of its 8x8 cells, so
    more would cut strokes off.
    """
    count = len(images)
    uniform = torch.rand(count, 4, generator=rng) * 2 - 1
    angle = 0.2 * uniform[:, 0]
    scale = 1 + 0.1 * uniform[:, 1]
    shift = 0.8 * uniform[:, 2:] * (2 / SIDE)  # affine_grid measures the image as -1..1
    cos, sin = scale * torch.cos(angle), scale * torch.sin(angle)
    rows = [torch.stack([cos, -sin, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    moved = functional.grid_sample(images, grid, align_corners=False)
    noise = 0.05 * torch.randn(images.shape, generator=rng)
    return (moved + noise).clamp(0, 1)


# --- training -----------------------------------------------------------------------------------


def build(size: Size) -> nn.Sequential:
    """Stack named layers; `to_onnx` reads the same names back as node names."""
    net = nn.Sequential()
    channels, index = 1, 0
    for stage, widths in enumerate(size.stages, start=1):
        for width in widths:
            index += 1
            # No bias: the batch norm behind it has one, and folding joins the two.
            net.add_module(f"conv{index}", nn.Conv2d(channels, width, 3, padding=1, bias=False))
            net.add_module(f"norm{index}", nn.BatchNorm2d(width))
            net.add_module(f"relu{index}", nn.ReLU())
            channels = width
        net.add_module(f"pool{stage}", nn.MaxPool2d(2))
    cells = (SIDE >> len(size.stages)) ** 2
    net.add_module("flatten", nn.Flatten())
    net.add_module("fc", nn.Linear(channels * cells, CLASSES))
    return net


def hard_loss(_images: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy with the labels alone."""
    return functional.cross_entropy(logits, labels)


def distillation_loss(teacher: nn.Sequential) -> Loss:
    """Mix the labels' cross-entropy with the teacher's soft targets for the same images."""

    def loss(images: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
        with torch.no_grad():
            targets = functional.softmax(teacher(images) / TEMPERATURE, dim=1)
        soft = functional.kl_div(
            functional.log_softmax(logits / TEMPERATURE, dim=1), targets, reduction="batchmean"
        )
        # Soft gradients shrink with 1/T^2; the factor keeps the mix the same at any temperature.
        soft = soft * TEMPERATURE**2
        return SOFT_WEIGHT * soft + (1 - SOFT_WEIGHT) * functional.cross_entropy(logits, labels)

    return loss


def train(size: Size, split: Split, loss_of: Loss, epochs: int, seed: int) -> nn.Sequential:
    """Train one network from scratch; the seed sets its weights, batch order and augmentation."""
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed)
    images, labels = torch.from_numpy(split.train_images), torch.from_numpy(split.train_labels)
    net = build(size).train()
    steps = len(images) // BATCH
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, PEAK_LEARNING_RATE, total_steps=epochs * steps
    )
    for _ in range(epochs):
        order = torch.randperm(len(images), generator=rng)
        for chosen in torch.split(order[: steps * BATCH], BATCH):
            batch = augment(images[chosen], rng)
            loss = loss_of(batch, net(batch), labels[chosen])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
    return net.eval()


# --- export -------------------------------------------------------------------------------------


def folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> dict[str, Floats]:
    """Weight [out,in,3,3] and bias [out] of one convolution that does the work of both layers."""
    mean, var = norm.running_mean, norm.running_var
    if mean is None or var is None:
        raise TypeError("the batch norm keeps no running statistics to fold")
    # In double precision, so that folding adds no rounding beyond the final float32.
    scale = norm.weight.detach().double() / torch.sqrt(var.double() + norm.eps)
    weight = conv.weight.detach().double() * scale[:, None, None, None]
    bias = norm.bias.detach().double() - mean.double() * scale
    return {"weight": weight.float().numpy(), "bias": bias.float().numpy()}


class GraphBuilder:
    """Chains nodes from the tensor `image` on, each named after the layer it came from."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.tail = "image"

    def add(
        self,
        op: str,
        name: str,
        weights: dict[str, Floats] | None = None,
        output: str = "",
        **attributes: Any,
    ) -> None:
        """Append a node and its weights, stored as `<name>_<key>`, in the order of its inputs."""
        stored = {f"{name}_{key}": array for key, array in (weights or {}).items()}
        self.weights += [numpy_helper.from_array(array, key) for key, array in stored.items()]
        output = output or f"{name}_out"
        self.nodes.append(helper.make_node(op, [self.tail, *stored], [output], name, **attributes))
        self.tail = output


def graph_nodes(net: nn.Sequential) -> GraphBuilder:
    """Translate each torch layer; batch norms vanish into the convolution before them."""
    graph = GraphBuilder()
    layers = dict(net.named_children())
    for name, layer in layers.items():
        if isinstance(layer, nn.Conv2d):
            norm = layers[name.replace("conv", "norm")]
            if not isinstance(norm, nn.BatchNorm2d):
                raise TypeError(f"{name} has no batch norm to fold")
            graph.add("Conv", name, folded(layer, norm), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        elif isinstance(layer, nn.ReLU):
            graph.add("Relu", name)
        elif isinstance(layer, nn.MaxPool2d):
            graph.add("MaxPool", name, kernel_shape=[2, 2], strides=[2, 2])
        elif isinstance(layer, nn.Flatten):
            graph.add("Flatten", name, axis=1)
        elif isinstance(layer, nn.Linear):
            weights = {"weight": layer.weight.detach().numpy(), "bias": layer.bias.detach().numpy()}
            graph.add("Gemm", name, weights, "logits", transB=1)
    return graph


def to_onnx(size: Size, net: nn.Sequential) -> onnx.ModelProto:
    """Build and check the ONNX model: `image` [batch,1,8,8] in 0..1 to `logits` [batch,10]."""
    parts = graph_nodes(net)
    graph = helper.make_graph(
        parts.nodes,
        f"digits_{size.name}",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", CLASSES])],
        parts.weights,
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="effprof examples/digits",
        doc_string=(
            f"Handwritten-digit classifier ({size.name}), trained on scikit-learn's load_digits. "
            "image: 8x8 grey levels scaled to 0..1, ink is 1; logits: one score per digit."
        ),
    )
    onnx.checker.check_model(model, full_check=True)
    return model


# --- measuring ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Score:
    """On the held-out set, under ONNX Runtime: percent right, and mean cross-entropy in nats."""

    accuracy: float
    cross_entropy: float


def run(model: onnx.ModelProto, images: Floats) -> Floats:
    """Logits [n,10] from ONNX Runtime on one CPU thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return np.asarray(session.run(["logits"], {"image": images})[0], dtype=np.float32)


def score(model: onnx.ModelProto, net: nn.Sequential, split: Split) -> Score:
    """Score the exported model, once its logits are shown to be those of torch."""
    logits = run(model, split.held_images)
    with torch.no_grad():
        expected = net(torch.from_numpy(split.held_images)).numpy()
    gap = float(np.abs(logits - expected).max() / np.abs(expected).max())
    if gap > TOLERANCE:
        raise ValueError(f"ONNX Runtime's logits differ from torch's by {gap:.1e} of the largest")
    right = float(np.mean(logits.argmax(axis=1) == split.held_labels))
    loss = functional.cross_entropy(torch.from_numpy(logits), torch.from_numpy(split.held_labels))
    return Score(100 * right, float(loss))


def parameter_count(model: onnx.ModelProto) -> int:
    """Stored weights and biases."""
    return sum(int(np.prod(tensor.dims)) for tensor in model.graph.initializer)


def mac_count(size: Size) -> int:
    """Multiply-accumulates for one image, in the convolutions and the last layer only.

    A convolution counts out_height * out_width * out_channels * in_channels * 9 (the padding's
    zeros included), the last layer inputs * outputs; biases, activations and pools count nothing.
    """
    total, channels, side = 0, 1, SIDE
    for widths in size.stages:
        for width in widths:
            total += side * side * width * channels * 9
            channels = width
        side //= 2
    return total + channels * side * side * CLASSES


# --- the command --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """One split and what was trained on it: `plain` is the student without distillation."""

    split: Split
    teacher: nn.Sequential
    plain: nn.Sequential
    student: nn.Sequential


def train_round(index: int) -> Round:
    """Train a teacher and both students, whose weights and batches start from the same seed."""
    split = load_split(SPLIT_SEED + index)
    teacher = train(TEACHER, split, hard_loss, TEACHER_EPOCHS, index)
    plain = train(STUDENT, split, hard_loss, STUDENT_EPOCHS, index)
    student = train(STUDENT, split, distillation_loss(teacher), STUDENT_EPOCHS, index)
    return Round(split, teacher, plain, student)


def save(size: Size, net: nn.Sequential, split: Split, out: Path) -> None:
    """Write `<name>.onnx` and say its row of the README's first table."""
    model = to_onnx(size, net)
    accuracy = score(model, net, split).accuracy
    path = out / f"{size.name}.onnx"
    path.write_bytes(model.SerializeToString(deterministic=True))
    say(
        f"| `{path.name}` | {parameter_count(model):,} | {mac_count(size):,} "
        f"| {path.stat().st_size:,} | {accuracy:.1f} % |"
    )


def ship(trained: Round, out: Path) -> None:
    """Write the models, and the held-out images and labels beside them."""
    save(TEACHER, trained.teacher, trained.split, out)
    save(STUDENT, trained.student, trained.split, out)
    # Labels go to a file of their own: the archive holds only what the model takes as input.
    np.savez_compressed(out / "heldout.npz", image=trained.split.held_images)
    np.save(out / "labels.npy", trained.split.held_labels)


def score_round(index: int, trained: Round) -> list[Score]:
    """Score teacher, plain and distilled student; say their row of the README's second table."""
    trio = [(TEACHER, trained.teacher), (STUDENT, trained.plain), (STUDENT, trained.student)]
    scores = [score(to_onnx(size, net), net, trained.split) for size, net in trio]
    cells = [f"{each.accuracy:.1f} % ({each.cross_entropy:.3f})" for each in scores]
    say(f"| {index} | " + " | ".join(cells) + " |")
    return scores


def say_summary(rounds: list[list[Score]]) -> None:
    """Say the columns' means, then distilled minus plain student with its standard error."""
    cells = [
        f"{statistics.mean(each.accuracy for each in column):.2f} % "
        f"({statistics.mean(each.cross_entropy for each in column):.3f})"
        for column in zip(*rounds, strict=True)
    ]
    say("| mean | " + " | ".join(cells) + " |")
    points = [student.accuracy - plain.accuracy for _, plain, student in rounds]
    nats = [student.cross_entropy - plain.cross_entropy for _, plain, student in rounds]
    for what, gains in (("accuracy, points", points), ("cross-entropy, nats", nats)):
        error = statistics.stdev(gains) / len(gains) ** 0.5
        say(f"distilled minus labels alone, {what}: {statistics.mean(gains):+.3f} +- {error:.3f}")


def main() -> None:
    """Train all rounds, write the files of the first, say what was measured."""
    parser = argparse.ArgumentParser(description="Retrain the digit classifiers.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write")
    out: Path = parser.parse_args().out
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    out.mkdir(parents=True, exist_ok=True)
    first = train_round(ROUNDS[0])
    ship(first, out)
    scores = [score_round(ROUNDS[0], first)]
    scores += [score_round(index, train_round(index)) for index in ROUNDS[1:]]
    say_summary(scores)


if __name__ == "__main__":
    main()
