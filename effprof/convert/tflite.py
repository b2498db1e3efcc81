"""ONNX into .tflite, float: shapes fixed and constants folded first, then onnx2tf.

Without that first pass 11 of 27 models converted and agreed, with it 26.
"""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from effprof import environment
from effprof.base.errors import SetupError
from effprof.convert import cache
from effprof.convert.child import Broken, Crashed, Limits, ask
from effprof.convert.converted import Attempt, Converted, Tensor
from effprof.convert.source import Source, impossible, not_an_operator

_Axes = tuple[int, ...]

AGREES = 0.999
"""Cosine of the outputs; below it the next way is tried. 26 of 27 models were within 2e-4."""

# What works along an image or a signal: its input is laid out channels last, as phones have it.
_SPATIAL = frozenset(
    {"Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "BatchNormalization",
     "InstanceNormalization", "Resize", "DepthToSpace", "SpaceToDepth", "Pad"}
)  # fmt: skip
_ELEMENTWISE = frozenset({"Sub", "Mul", "Div", "Add", "Cast"})
_LAST = {3: (0, 2, 1), 4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}
_BY = environment.ONNX2TF.key.replace("==", " ")


def to_tflite(source: Source, limits: Limits) -> Converted:
    """The float .tflite; SetupError where onnx2tf is not set up, ModelError where it cannot."""
    parts = {
        "step": "tflite",
        "model": source.sha256,
        "shapes": {name: list(shape) for name, shape in source.shapes.items()},
        "frozen": {name: dict(told) for name, told in source.frozen.items()},
        "by": environment.ONNX2TF.folder,
    }

    def make(folder: Path) -> tuple[Path, cache.Told]:
        path, made = _convert(source, folder, limits)
        return path, made.told()

    began = time.monotonic()
    path, told, cached = cache.kept(parts, ".tflite", make)
    return Converted.of(told, path, cached=cached, seconds=time.monotonic() - began)


def converter() -> str:
    """The interpreter that has onnx2tf; SetupError says how to get it."""
    return located(environment.ONNX2TF, "ONNX is converted for this target by")


def located(spec: environment.Spec, what: str) -> str:
    found = environment.locate(spec)
    if found is None:
        raise SetupError(f"{what} {spec.key}, which is not set up on this machine", "mobile")
    return str(found)


@dataclass(frozen=True, slots=True)
class _Way:
    """`axes` of each input, as the file is to have them; `simplify`: onnxsim goes first."""

    name: str
    axes: tuple[_Axes, ...]
    simplify: bool


@dataclass(frozen=True, slots=True)
class _Try:
    """One way and what onnx2tf's process told of it; `why` is empty where its answers agree."""

    way: _Way
    told: Mapping[str, Any]
    why: str

    @property
    def cosine(self) -> float | None:
        """None where nothing could be compared."""
        return self.told.get("cosine")

    @property
    def usable(self) -> bool:
        return not self.why or (self.cosine is not None and self.cosine > -1)


def _convert(source: Source, folder: Path, limits: Limits) -> tuple[Path, Converted]:
    """By the first way that agrees, else by the one that comes nearest."""
    python = converter()
    before = fold(source, folder / "folded.onnx", limits)
    source.samples(folder / "samples.npz")
    tries: list[_Try] = []
    for way in _ways(before["inputs"]):
        tries.append(_try(way, source, before, folder / str(len(tries)), limits, python))
        if not tries[-1].why:
            break
    usable = [one for one in tries if one.usable]
    if not usable:
        nodes = next((one.told["nodes"] for one in tries if one.told["nodes"]), before["flow"])
        raise impossible(source, "a .tflite file", tries[0].why, nodes)
    best = max(usable, key=lambda one: (not one.why, one.cosine or 0.0))
    attempts = [Attempt(one.way.name, one.cosine, one.why, taken=one is best) for one in tries]
    return Path(best.told["tflite"]), _result(best.told, before, best.way.axes, attempts)


def _try(
    way: _Way,
    source: Source,
    before: Mapping[str, Any],
    folder: Path,
    limits: Limits,
    python: str,
) -> _Try:
    folded, copy = folder.with_name("folded.onnx"), folder.with_suffix(".onnx")
    shutil.copyfile(folded, copy)  # it overwrites its input
    inputs = zip(before["inputs"], way.axes, strict=True)
    request = {
        "path": str(copy),
        "original": str(folded),
        "folder": str(folder),
        "samples": str(folder.with_name("samples.npz")),
        "axes": way.axes,
        "simplify": way.simplify,
        "keep": [one["name"] for one, moved in inputs if not moved],
    }
    try:
        told = ask("tflite", request, limits, python)
    except Broken as bad:
        told = {"error": str(bad), "nodes": []}
    why = told["error"] or _mismatch(told, before, way.axes, source)
    if why:
        return _Try(way, {"nodes": told["nodes"]}, why)
    return _Try(way, told, _disagreement(told.get("cosine")))


def _disagreement(cosine: float | None) -> str:
    if cosine is None or cosine >= AGREES:
        return ""
    if cosine <= -1:
        return "its outputs are of another size than the original's, or not finite"
    return f"its outputs have a cosine of {cosine:.4f} with the original's"


_FOLDING = ("runtime", "branches", "none")
"""How constants are folded. ONNX Runtime may fail or die of an If it folds away (silero-vad), and
takes the same model where the If is gone; where it only ever dies it is left out."""


def fold(source: Source, out: Path, limits: Limits) -> dict[str, Any]:
    """Inputs, outputs and operators of the folded file written to `out`."""
    request = {
        "path": str(source.path),
        "out": str(out),
        "shapes": {name: list(shape) for name, shape in source.shapes.items()},
        "frozen": dict(source.frozen),
    }
    failures: list[Broken] = []
    for way in _FOLDING:
        if way == "none" and not all(isinstance(one, Crashed) for one in failures):
            break
        try:
            told = ask("fold", request | {"way": way}, limits)
        except Broken as bad:
            failures.append(bad)
            continue
        if told["unknown"]:
            raise not_an_operator(source, "ONNX Runtime has no such operator", told["unknown"])
        return told
    why = f"ONNX Runtime: {failures[0]}"
    raise impossible(source, "ready for conversion", why, runs=False) from failures[0]


def _ways(inputs: Sequence[Mapping[str, Any]]) -> Iterator[_Way]:
    """Layouts of the inputs, and whether onnxsim goes over the file again: plainest first."""
    laid = tuple(_axes(one["rank"], one["consumers"]) for one in inputs)
    yield _Way("onnx2tf", laid, simplify=False)
    yield _Way("onnx2tf after onnxsim", laid, simplify=True)
    if any(laid):
        yield _Way("onnx2tf with the layout of the ONNX file", ((),) * len(laid), simplify=True)


def _axes(rank: int, consumers: Sequence[str]) -> _Axes:
    spatial = any(kind in _SPATIAL for kind in consumers)
    image = rank > 3 and any(kind in _ELEMENTWISE for kind in consumers)
    return _LAST.get(rank, ()) if spatial or image else ()


def _mismatch(
    told: Mapping[str, Any], before: Mapping[str, Any], axes: Sequence[_Axes], source: Source
) -> str:
    """Why the file is not the one that was asked for, though the converter is content."""
    custom = sorted(kind for kind in told["operators"] if kind.startswith("ONNX_"))
    if custom:
        return f"it holds operators that LiteRT has not: {', '.join(custom)}"
    if len(told["outputs"]) != len(before["outputs"]):
        return f"it has {len(told['outputs'])} outputs, not {len(before['outputs'])}"
    if len(told["inputs"]) != len(before["inputs"]):
        return f"it has {len(told['inputs'])} inputs, not {len(before['inputs'])}"
    for one, made, moved in zip(before["inputs"], told["inputs"], axes, strict=True):
        shape = source.shapes[one["name"]]
        wanted = [shape[axis] for axis in moved] if moved else list(shape)
        if made["shape"] != wanted:
            return f"input {one['name']} became {made['shape']}, not {wanted}"
    return ""


def _result(
    told: Mapping[str, Any],
    before: Mapping[str, Any],
    axes: Sequence[_Axes],
    attempts: Sequence[Attempt],
) -> Converted:
    made = zip(told["inputs"], before["inputs"], axes, strict=True)
    laid = told.get("output_axes") or [()] * len(told["outputs"])
    out = zip(told["outputs"], before["outputs"], laid, strict=True)
    operators = told["operators"]
    return Converted(
        path=Path(told["tflite"]),
        format="tflite",
        precision="fp32",
        by=_BY,
        inputs=tuple(
            Tensor(new["name"], old["name"], new["dtype"], moved) for new, old, moved in made
        ),
        outputs=tuple(
            Tensor(new["name"], old, new["dtype"], tuple(moved)) for new, old, moved in out
        ),
        operators=operators,
        transposes=max(0, operators.get("TRANSPOSE", 0) - before["transposes"]),
        attempts=tuple(attempts),
    )
