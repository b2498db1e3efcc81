"""What `roofline` rests on: published results, and the networks they are of, layer by layer."""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scipy.optimize import minimize

from benchmarks.published import SHARED
from effprof.base.work import OperatorWork
from effprof.estimators.device_class import Constants, operator

RESULTS = SHARED / "facts" / "mlperf_power.csv"
OFFLINE_BATCH = {"gpu": 64, "jetson": 16, "cpu": 1}
"""Items a run in the offline scenario; larger ones change the roofline by under 2 %."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A published system: its class, accelerators, peak by bytes of a value, and bandwidth."""

    kind: str
    count: int
    peaks: dict[int, float]
    bytes_per_s: float


T, G = 1e12, 1e9
SPECS = {
    # As in targets/; Orin NX: Jetson Orin NX data sheet, 100 TOP/s sparse and 102.4 GB/s.
    "DGX-A100": Spec("gpu", 8, {1: 624 * T}, 2040 * G),
    "DGX-H100": Spec("gpu", 8, {1: 1979 * T}, 3360 * G),
    "H200-SXM": Spec("gpu", 8, {1: 1979 * T}, 4800 * G),
    "XR5610_L4x1": Spec("gpu", 1, {1: 242 * T}, 300 * G),
    "XR8620_L4x1": Spec("gpu", 1, {1: 242 * T}, 300 * G),
    "Orin_TRT_MaxQ": Spec("jetson", 1, {1: 137.5 * T}, 204.8 * G),
    "Orin_NX_TRT": Spec("jetson", 1, {1: 50 * T}, 102.4 * G),
    # Cores x clock x operations a cycle: see targets/raspberry-pi-4.yaml; A78AE and Zen 4 have two
    # pipes of four and of eight lanes (software optimisation guides of Arm and AMD).
    "rpi4-": Spec("cpu", 1, {4: 48 * G, 1: 96 * G}, 9.6 * G),
    "orin-tflite": Spec("cpu", 1, {4: 422 * G}, 204.8 * G),
    "nvidia_orin_maxq-reference-cpu": Spec("cpu", 1, {4: 422 * G}, 204.8 * G),
    "amd_ryzen_workstation-reference-cpu": Spec("cpu", 1, {4: 2304 * G}, 83.2 * G),
}
"""By how the platform's name begins."""
SAME = {"XR8620_L4x1": "XR5610_L4x1", "nvidia_orin_maxq-reference-cpu": "orin-tflite"}
"""Other systems of the same device: left out together."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A convolution or product of matrices: MACs, weights and activations in values."""

    macs: int
    weights: int
    moved: int


def conv(size: int, given: int, made: int, kernel: int, stride: int = 1, groups: int = 1) -> Layer:
    """Over a square of `size`, padded so that stride alone shrinks it."""
    out = math.ceil(size / stride)
    weights = made * given // groups * kernel**2
    return Layer(out**2 * weights, weights, size**2 * given + out**2 * made)


def dense(rows: int, given: int, made: int) -> Layer:
    return Layer(rows * given * made, given * made, rows * (given + made))


def _residual(size: int, groups: int, width: int) -> Iterator[Layer]:
    """ResNet-50 v1.5 (groups 1, width 64) and ResNeXt-50 32x4d (32, 128), head apart."""
    yield conv(size, 3, 64, 7, 2)
    size, given = size // 4, 64
    for stage, blocks in enumerate((3, 4, 6, 3)):
        inner, made = width << stage, 256 << stage
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            yield conv(size, given, inner, 1)
            yield conv(size, inner, inner, 3, stride, groups)
            if not block:
                yield conv(size, given, made, 1, stride)
            size = math.ceil(size / stride)
            yield conv(size, inner, made, 1)
            given = made


def resnet50() -> Iterator[Layer]:
    yield from _residual(224, 1, 64)
    yield dense(1, 2048, 1000)


def retinanet() -> Iterator[Layer]:
    """MLPerf's: ResNeXt-50 at 800 x 800, feature pyramid, 264 classes of OpenImages."""
    yield from _residual(800, 32, 128)
    for size, given in ((100, 512), (50, 1024), (25, 2048)):
        yield conv(size, given, 256, 1)
        yield conv(size, 256, 256, 3)
    yield conv(25, 2048, 256, 3, 2)
    yield conv(13, 256, 256, 3, 2)
    for size in (100, 50, 25, 13, 7):
        for last in (9 * 264, 9 * 4):
            yield from (conv(size, 256, 256, 3) for _ in range(4))
            yield conv(size, 256, last, 3)


def mobilenet() -> Iterator[Layer]:
    yield conv(224, 3, 32, 3, 2)
    size, given = 112, 32
    for made, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)) + (
        ((512, 1),) * 5 + ((1024, 2), (1024, 1))
    ):
        yield conv(size, given, given, 3, stride, given)
        size = math.ceil(size / stride)
        yield conv(size, given, made, 1)
        given = made
    yield dense(1, 1024, 1001)


def efficientnet() -> Iterator[Layer]:
    """EfficientNet-lite0: no squeeze-and-excitation."""
    yield conv(224, 3, 32, 3, 2)
    size, given = 112, 32
    rows = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3))
    for kernel, first, grown, made, blocks in (
        *rows,
        *((5, 1, 6, 112, 3), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1)),
    ):
        for block in range(blocks):
            stride, inner = first if not block else 1, given * grown
            if grown > 1:
                yield conv(size, given, inner, 1)
            yield conv(size, inner, inner, kernel, stride, inner)
            size = math.ceil(size / stride)
            yield conv(size, inner, made, 1)
            given = made
    yield conv(size, 320, 1280, 1)
    yield dense(1, 1280, 1000)


def bert() -> Iterator[Layer]:
    """BERT-large on 384 tokens, all of them computed."""
    tokens, width = 384, 1024
    for _ in range(24):
        yield from (dense(tokens, width, width) for _ in range(4))
        yield from (dense(tokens, width, 4 * width), dense(tokens, 4 * width, width))
        scores = 16 * tokens**2
        yield from (Layer(scores * 64, 0, tokens * 2 * width + scores) for _ in range(2))


MODELS = {
    "resnet50": (resnet50, None),
    "resnet": (resnet50, None),
    "retinanet": (retinanet, None),
    "mobilenet-v1-1.0-224-non-quantized": (mobilenet, 4),
    "mobilenet-v1-1.0-224-quantized": (mobilenet, 1),
    "efficientnet-lite0-quantized": (efficientnet, 1),
    "bert-99": (bert, None),
}
"""Layers, and bytes of a value where the published name tells."""


@dataclass(frozen=True, slots=True)
class Point:
    """One published result as seconds a run of `operators` on one device of `spec`."""

    device: str
    model: str
    scenario: str
    spec: Spec
    peak: float
    operators: tuple[OperatorWork, ...]
    run_s: float


def points() -> list[Point]:
    """All that can be foretold. BERT under TensorRT drops padding: its tokens are not known.

    Held against 384 tokens an A100 would beat its own peak by a sixth.
    """
    with RESULTS.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["scenario"] != "MultiStream"]
    found = []
    for row in rows:
        start = next((one for one in SPECS if row["platform"].startswith(one)), None)
        padded = row["model"] == "bert-99" and start and SPECS[start].kind != "cpu"
        if start and row["model"] in MODELS and not padded:
            found.append(_point(start, SPECS[start], row))
    return found


def _point(start: str, spec: Spec, row: dict[str, str]) -> Point:
    layers, stated = MODELS[row["model"]]
    width = stated or (4 if spec.kind == "cpu" else 1)
    single = row["scenario"] == "SingleStream"
    batch = 1 if single else OFFLINE_BATCH[spec.kind]
    run = float(row["perf"]) / 1e3 if single else spec.count * batch / float(row["perf"])
    operators = tuple(
        OperatorWork("", "Conv", one.macs * batch, one.weights * width, one.moved * batch * width)
        for one in layers()
    )
    device, peak = SAME.get(start, start), spec.peaks[width]
    return Point(device, row["model"], row["scenario"], spec, peak, operators, run)


def foretold_s(point: Point, of_class: Constants) -> float:
    return sum(
        operator(one, of_class, point.peak, point.spec.bytes_per_s).latency_s
        for one in point.operators
    )


def fit(given: Sequence[Point], start: Constants) -> Constants:
    """Least mean of absolute log errors, each device as heavy as any other.

    The shares are pulled a little to where they start: a class of two devices cannot tell both.
    """
    devices = {point.device for point in given}
    weights = [1 / sum(one.device == point.device for one in given) for point in given]

    def unpacked(logs: Sequence[float]) -> Constants:
        compute, memory = (min(1.0, math.exp(value)) for value in logs[:2])
        return Constants(compute, memory, math.exp(logs[2]), start.band, start.by)

    begin = [math.log(one) for one in (start.compute_share, start.memory_share, start.launch_s)]

    def loss(logs: Sequence[float]) -> float:
        errors = (abs(math.log(foretold_s(one, unpacked(logs)) / one.run_s)) for one in given)
        pull = sum((a - b) ** 2 for a, b in zip(logs, begin, strict=True))
        weighted = sum(weight * error for weight, error in zip(weights, errors, strict=True))
        return weighted / len(devices) + 0.02 * pull

    found = minimize(loss, begin, method="Nelder-Mead", options={"maxiter": 400, "xatol": 1e-3})
    return unpacked([float(one) for one in found.x])


def left_out(given: Sequence[Point], start: Constants) -> Iterable[tuple[Point, float]]:
    """Each device foretold from the others of its class: foretold over published."""
    for device in dict.fromkeys(point.device for point in given):
        others = [point for point in given if point.device != device]
        found = fit(others, start)
        for point in given:
            if point.device == device:
                yield point, foretold_s(point, found) / point.run_s


def of_kind(kind: str) -> list[Point]:
    return [point for point in points() if point.spec.kind == kind]


def factors(offs: Iterable[float]) -> list[float]:
    """The larger of foretold over published and its inverse."""
    return sorted(max(off, 1 / off) for off in offs)
