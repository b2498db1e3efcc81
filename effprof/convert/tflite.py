"""ONNX into .tflite, float: shapes fixed and constants folded first, then onnx2tf.

Without that first pass 11 of 27 models converted and agreed, with it 26.
"""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from effprof import environment
from effprof.base.errors import SetupError
from effprof.convert import cache
from effprof.convert.child import Broken, Limits, ask
from effprof.convert.converted import Attempt, Converted, Tensor
from effprof.convert.source import Source, impossible

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
        began = time.monotonic()
        path, made = _convert(source, folder, limits)
        return path, made.told() | {"seconds": time.monotonic() - began}

    path, told, cached = cache.kept(parts, ".tflite", make)
    return Converted.of(told, path, cached=cached)


def converter() -> str:
    """The interpreter that has onnx2tf; SetupError says how to get it."""
    return located(environment.ONNX2TF, "ONNX is converted for this target by")


def located(spec: environment.Spec, what: str) -> str:
    found = environment.locate(spec)
    if found is None:
        raise SetupError(f"{what} {spec.key}, which is not set up on this machine", "mobile")
    return str(found)


def _convert(source: Source, folder: Path, limits: Limits) -> tuple[Path, Converted]:
    python = converter()
    samples, folded = folder / "samples.npz", folder / "folded.onnx"
    before = fold(source, folded, limits)
    source.samples(samples)
    attempts: list[Attempt] = []
    best: tuple[float, dict[str, Any], tuple[_Axes, ...]] | None = None
    nodes: list[Mapping[str, str]] = []
    for place, (way, axes, simplify) in enumerate(_ways(before["inputs"])):
        copy = folder / f"{place}.onnx"
        shutil.copyfile(folded, copy)  # it overwrites its input
        request = {
            "path": str(copy),
            "original": str(folded),
            "folder": str(folder / str(place)),
            "samples": str(samples),
            "axes": axes,
            "simplify": simplify,
            "keep": [
                one["name"] for one, moved in zip(before["inputs"], axes, strict=True) if not moved
            ],
        }
        told = _asked(request, limits, python)
        why = told["error"] or _mismatch(told, before, axes, source)
        nodes = nodes or told["nodes"]
        cosine = told.get("cosine")
        if not why and (cosine is None or cosine >= AGREES):
            attempts.append(Attempt(way, cosine))
            return Path(told["tflite"]), _result(told, before, axes, attempts)
        if not why and cosine is not None:
            why = _disagreement(cosine)
            best = max(best, (cosine, told, axes), key=_first) if best else (cosine, told, axes)
        attempts.append(Attempt(way, cosine, why))
    if best is None or best[0] <= -1:
        raise impossible(source, "a .tflite file", _reason(attempts), nodes or before["flow"])
    return Path(best[1]["tflite"]), _result(best[1], before, best[2], attempts)


def _disagreement(cosine: float) -> str:
    if cosine <= -1:
        return "its outputs are of another size than the original's, or not finite"
    return f"its outputs have a cosine of {cosine:.4f} with the original's"


def _first(found: tuple[float, dict[str, Any], tuple[_Axes, ...]]) -> float:
    return found[0]


def fold(source: Source, out: Path, limits: Limits) -> dict[str, Any]:
    """Inputs, outputs and operators of the folded file written to `out`."""
    request = {
        "path": str(source.path),
        "out": str(out),
        "shapes": {name: list(shape) for name, shape in source.shapes.items()},
        "frozen": dict(source.frozen),
    }
    try:
        return ask("fold", request, limits)
    except Broken as bad:
        raise impossible(source, "ready for conversion", f"ONNX Runtime: {bad}") from bad


def _ways(inputs: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, tuple[_Axes, ...], bool]]:
    """Layouts of the inputs, and whether onnxsim goes over the file again: plainest first."""
    laid = tuple(_axes(one["rank"], one["consumers"]) for one in inputs)
    yield "onnx2tf", laid, False
    yield "onnx2tf after onnxsim", laid, True
    if any(laid):
        yield "onnx2tf with the layout of the ONNX file", ((),) * len(laid), True


def _axes(rank: int, consumers: Sequence[str]) -> _Axes:
    spatial = any(kind in _SPATIAL for kind in consumers)
    image = rank > 3 and any(kind in _ELEMENTWISE for kind in consumers)
    return _LAST.get(rank, ()) if spatial or image else ()


def _asked(request: Mapping[str, Any], limits: Limits, python: str) -> dict[str, Any]:
    try:
        return ask("tflite", request, limits, python)
    except Broken as bad:
        return {"error": str(bad), "nodes": []}


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


def _reason(attempts: Sequence[Attempt]) -> str:
    return next((one.why for one in attempts if one.why), "no way was left")
