"""A model in fewer bits: ways tried in order, judged by their outputs, the first that agrees taken.

What fails or disagrees falls back to the next; what all of them fail at stays float, and says so.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from effprof import environment
from effprof.convert import cache
from effprof.convert.child import Broken, Limits, ask
from effprof.convert.converted import Attempt, Converted, Tensor
from effprof.convert.source import Source, impossible
from effprof.convert.tflite import located

AGREES = 0.98
"""Cosine with the float outputs that a quantised model must reach. Good ones were seen above 0.99,
MiniLM's static int8 at 0.87."""
JUDGED = 8
"""Samples that the outputs are compared on; all of them calibrate."""

# Static first: integers throughout are what convolutions gain most from; transformers fall back.
_WAYS = {"int8": ("static", "dynamic"), "fp16": ("half",)}


def quantise_tflite(
    float_: Converted, source: Source, precision: str, limits: Limits, *, whole: bool
) -> Converted:
    """`whole`: only a file that is integers throughout will do, even one that disagrees."""
    python = located(environment.QUANTIZER, f"--precision {precision} is made by")
    ways = ("static",) if whole and precision == "int8" else _WAYS[precision]

    def one(way: str, samples: Path, out: Path) -> dict[str, Any]:
        request = {
            "path": str(float_.path),
            "out": str(out),
            "samples": str(samples),
            "way": way,
            "axes": [one.axes for one in float_.inputs],
            "dtypes": [one.dtype for one in float_.inputs],
            "judged": JUDGED,
        }
        return ask("quantise_tflite", request, limits, python)

    by = environment.QUANTIZER.key.replace("==", " ")
    made_by = environment.QUANTIZER.folder
    return _tried(float_, source, precision, ways, one, by, made_by, whole=whole)


def quantise_onnx(source: Source, precision: str, limits: Limits) -> Converted:
    """Of an ONNX file, with ONNX Runtime's own quantiser: it stays one for every batch."""
    untouched = Converted(
        path=source.path,
        format="onnx",
        precision=source.precision or "fp32",
        by="",
        inputs=tuple(Tensor(name, name, "") for name in source.shapes),
        outputs=(),
    )

    def one(way: str, samples: Path, out: Path) -> dict[str, Any]:
        request = {
            "path": str(source.path),
            "out": str(out),
            "samples": str(samples),
            "way": way,
            "names": list(source.shapes),
            "frozen": dict(source.frozen),
            "judged": JUDGED,
        }
        return ask("quantise_onnx", request, limits)

    by = f"onnxruntime {version('onnxruntime')}"
    return _tried(untouched, source, precision, _WAYS[precision], one, by, by, whole=False)


def _tried(
    float_: Converted,
    source: Source,
    precision: str,
    ways: Sequence[str],
    one: Callable[[str, Path, Path], dict[str, Any]],
    by: str,
    made_by: str,
    *,
    whole: bool,
) -> Converted:
    parts = {
        "step": "quantise",
        "model": _identity(float_, source),
        "ways": list(ways),
        "whole": whole,
        "samples": source.sampled,
        "by": made_by,
    }
    suffix = f".{float_.format}"

    def make(folder: Path) -> tuple[Path, cache.Told]:
        samples = folder / "samples.npz"
        source.samples(samples)
        path, made = _first_that_agrees(
            replace(float_, by=by, attempts=()),
            ways, lambda way: (folder / f"{way}{suffix}", samples), one, precision, whole=whole,
        )  # fmt: skip
        if path is None:
            if whole:
                raise impossible(source, f"{precision} throughout", made.attempts[0].why)
            path = folder / f"float{suffix}"
            path.write_bytes(float_.path.read_bytes())
        return path, made.told()

    began = time.monotonic()
    path, told, cached = cache.kept(parts, suffix, make)
    made = Converted.of(told, path, cached=cached, seconds=time.monotonic() - began)
    return made.after(float_) if float_.by else made


def _identity(float_: Converted, source: Source) -> list[str]:
    """The file quantised: its place in the cache says what it was made from."""
    return [source.sha256] if float_.path == source.path else [float_.path.parent.name]


def _first_that_agrees(
    start: Converted,
    ways: Sequence[str],
    places: Callable[[str], tuple[Path, Path]],
    one: Callable[[str, Path, Path], dict[str, Any]],
    precision: str,
    *,
    whole: bool,
) -> tuple[Path | None, Converted]:
    attempts: list[Attempt] = []
    for way in ways:
        out, samples = places(way)
        name = {"half": precision}.get(way, f"{way} {precision}")
        try:
            told = one(way, samples, out)
        except Broken as bad:
            attempts.append(Attempt(name, None, str(bad)))
            continue
        cosine = float(told["cosine"])
        agrees = cosine >= AGREES
        taken = agrees or (whole and cosine > 0)
        why = "" if agrees else f"its outputs have a cosine of {cosine:.3f} with the float model's"
        attempts.append(Attempt(name, cosine, why, taken))
        if taken:
            made = replace(
                start,
                path=out,
                precision=precision,
                attempts=tuple(attempts),
                samples=told["samples"],
                floating=told["floating"],
            )
            return out, _renamed(made, told)
    as_it_was = Attempt(f"{start.precision}, as it was", taken=True)
    return None, replace(start, attempts=(*attempts, as_it_was))


def _renamed(made: Converted, told: Mapping[str, Any]) -> Converted:
    """Inputs and outputs as the quantised file has them, in the order of the float one."""
    inputs = zip(made.inputs, told["inputs"], strict=True)
    outputs = zip(made.outputs, told["outputs"], strict=True) if made.outputs else ()
    return replace(
        made,
        inputs=tuple(replace(old, **dict(new)) for old, new in inputs),
        outputs=tuple(replace(old, **dict(new)) for old, new in outputs),
    )
