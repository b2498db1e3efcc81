"""What `phones` rests on: published latencies, the models' MACs, and the fit of a few constants."""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from scipy.optimize import minimize

from effprof.estimators.phone import Shape, equivalents

HERE = Path(__file__).resolve().parent
FACTS = HERE.parents[1] / "shared" / "facts" / "phones.csv"
MODELS = HERE / "phone_models.csv"
START = Shape(8.0, 400e3)
PULL = 0.02
"""How strongly the shape is held to where it starts: a group of two models cannot tell it."""


@dataclass(frozen=True, slots=True)
class Model:
    macs: float
    elements: float
    operators: float


@dataclass(frozen=True, slots=True)
class Point:
    """One published latency. `group`: device, unit, threads and precision, which share a rate."""

    model: str
    group: tuple[str, str, str, str]
    runtime: tuple[str, str]
    latency_s: float


@dataclass(frozen=True, slots=True)
class Fit:
    shape: Shape
    rates: dict[tuple[str, str, str, str], float]  # MACs a second


def models() -> dict[str, Model]:
    with MODELS.open(encoding="utf-8", newline="") as file:
        return {
            row["model"]: Model(float(row["macs"]), float(row["elements"]), float(row["operators"]))
            for row in csv.DictReader(file)
        }


def rows() -> list[dict[str, str]]:
    with FACTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def points(unit: str) -> list[Point]:
    """CPU, GPU or NNAPI latencies of the models whose MACs are known."""
    known = models()
    return [
        _point(row)
        for row in rows()
        if row["compute_unit"] == unit
        and row["model"] in known
        and row["source"] != "qai-hub-models"  # what an NPU's runtime left to ONNX Runtime
    ]


def _point(row: dict[str, str]) -> Point:
    precision = "int8" if row["precision"] == "int8" else "fp32"
    old = row["runtime"] == "tflite" and row["source"] in _BEFORE_XNNPACK
    pixels = row["source"] == "xnnpack-readme"
    runtime = "tflite-2020" if old else "xnnpack-2020" if pixels else "xnnpack"
    return Point(
        row["model"],
        (row["device"], row["compute_unit"], row["threads"].split(" ")[0], row["precision"]),
        (runtime, precision),
        float(row["latency_ms"]) / 1e3,
    )


_BEFORE_XNNPACK = {"tflite-hosted", "tflite-measurement", "efficientnet-lite"}


def fit(given: Sequence[Point], start: Shape = START) -> Fit:
    """Shape shared by all, a rate for each group: least sum of absolute logarithms."""
    known = models()
    origin = (math.log(start.element_macs), math.log(start.operator_macs))

    def loss(place: Sequence[float]) -> float:
        shape = Shape(math.exp(place[0]), math.exp(place[1]))
        off = sum(
            abs(one - median(logs))
            for logs in _speeds(given, known, shape).values()
            for one in logs
        )
        return off + PULL * sum((a - b) ** 2 for a, b in zip(place, origin, strict=True))

    found = min(
        (
            minimize(loss, [value + shift for value in origin], method="Nelder-Mead")
            for shift in (0, 1, -1)
        ),
        key=lambda one: float(one.fun),
    )
    shape = Shape(math.exp(found.x[0]), math.exp(found.x[1]))
    speeds = _speeds(given, known, shape)
    return Fit(shape, {group: math.exp(median(logs)) for group, logs in speeds.items()})


def _speeds(
    given: Iterable[Point], known: dict[str, Model], shape: Shape
) -> dict[tuple[str, str, str, str], list[float]]:
    """Logarithm of MAC equivalents a second, of each published latency."""
    found = defaultdict[tuple[str, str, str, str], list[float]](list)
    for one in given:
        found[one.group].append(math.log(_worth(known[one.model], shape) / one.latency_s))
    return found


def _worth(model: Model, shape: Shape) -> float:
    return equivalents(model.macs, model.elements, model.operators, shape)


def left_out(given: Sequence[Point], start: Shape = START) -> list[tuple[Point, float]]:
    """Each model foretold from all the others: (point, foretold over published)."""
    known = models()
    found: list[tuple[Point, float]] = []
    for name in sorted({one.model for one in given}):
        fitted = fit([one for one in given if one.model != name], start)
        found += [
            (one, _worth(known[name], fitted.shape) / fitted.rates[one.group] / one.latency_s)
            for one in given
            if one.model == name and one.group in fitted.rates
        ]
    return found


def cpu_groups() -> dict[str, list[Point]]:
    """The four fits: what shares a shape."""
    given = points("CPU")
    kinds = {
        "LiteRT with XNNPACK, fp32": ("xnnpack", "fp32"),
        "XNNPACK of 2020, fp32": ("xnnpack-2020", "fp32"),
        "TensorFlow Lite before XNNPACK, fp32": ("tflite-2020", "fp32"),
        "all of them, int8": ("", "int8"),
    }
    return {
        title: [
            one for one in given if one.runtime[1] == precision and runtime in ("", one.runtime[0])
        ]
        for title, (runtime, precision) in kinds.items()
    }
