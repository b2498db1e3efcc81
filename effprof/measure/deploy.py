"""From the model a user has to the file the target takes: itself where that will do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from effprof.base.errors import RequestError
from effprof.base.records import Caution, Feed, Recast
from effprof.convert import (
    Converted,
    Limits,
    Source,
    Tensor,
    quantise_onnx,
    quantise_tflite,
    to_tflite,
    together,
)
from effprof.measure import conversion
from effprof.measure.samples import Samples
from effprof.model.model import Format, Model
from effprof.model.open import open_model
from effprof.target import Target
from effprof.worker.protocol import Load

Feeds = Mapping[int, tuple[Feed, ...]]


@dataclass(frozen=True, slots=True)
class Deployment:
    """What runs in the model's place: for each batch a file, its feeds, and what is known of it.

    `converted`: None where that file is the user's own; else what the report says of it.
    `outputs`: which of the original's each output stands for; none where they are the same.
    """

    models: Mapping[int, Model]
    loads: Mapping[int, Load]
    precision: str | None
    outputs: tuple[Tensor, ...] = ()
    converted: Mapping[str, Any] | None = None
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """`whole`: the target runs integers only, so an int8 file has them throughout."""

    formats: tuple[str, ...]
    precision: str | None
    whole: bool
    limits: Limits


def wanted(target: Target, formats: tuple[str, ...], asked: str | None, limits: Limits) -> Wanted:
    """`asked`: the precision of `--precision`; without it the target's, or as the model is.

    What is emulated is a microcontroller, and its kernels are int8.
    """
    whole = target.environment == "tinyml"
    precision = asked or target.precision or ("int8" if target.means == "emulate" else None)
    return Wanted(formats, precision, whole, limits)


def deploy(
    model: Model,
    feeds: Feeds,
    want: Wanted,
    items: int | None,
    seed: int,
    phase: Callable[[str], None] = lambda _: None,
) -> Deployment:
    """`items`: rows of --inputs, if any; `phase` is told what takes long.

    The model itself where nothing takes it: who refuses it then has the better words.
    """
    if not converts(model, want):
        return as_it_is(model, feeds)
    made = {
        batch: _converted(_source(model, one, items, seed), model, want, phase)
        for batch, one in feeds.items()
    }
    first = together(made.values())
    models = {batch: open_model(one.path) for batch, one in made.items()}
    return Deployment(
        models=models,
        loads={
            batch: Load(str(one.path), _feeds(feeds[batch], one)) for batch, one in made.items()
        },
        precision=first.precision,
        outputs=first.outputs,
        converted=conversion.part(first, models[next(iter(made))], want.precision),
        cautions=tuple(conversion.cautions(first, feeds, want.precision)),
    )


def converts(model: Model, want: Wanted) -> bool:
    """Whether another file is made of the model; RequestError where none can be."""
    if model.format == "elf":  # a firmware is what it is
        return False
    loads_it = model.format in want.formats
    if loads_it and want.precision in (None, model.precision):
        return False
    if not loads_it and (model.format != "onnx" or "tflite" not in want.formats):
        return False  # which the backend refuses in its own words
    if loads_it and want.precision == "fp32" and model.precision is None:
        return False  # it has no weights
    _check(model, want.precision, to_tflite=not loads_it)
    return True


def deployed_format(model: Model, want: Wanted) -> Format:
    """Of the file that `deploy` answers with."""
    return "tflite" if model.format not in want.formats and converts(model, want) else model.format


def as_it_is(model: Model, feeds: Feeds) -> Deployment:
    path = str(model.path.resolve())
    return Deployment(
        models=dict.fromkeys(feeds, model),
        loads={batch: Load(path, made) for batch, made in feeds.items()},
        precision=model.precision,
    )


def _check(model: Model, precision: str | None, *, to_tflite: bool) -> None:
    """Bits that are gone do not come back, and only a conversion to .tflite makes floats fp32."""
    if precision in (None, model.precision):
        return
    wide = model.precision in (None, "fp32", "fp64", "mixed")
    if wide and (to_tflite or precision != "fp32"):
        return
    raise RequestError(
        f"--precision {precision}: {model.name} is {model.precision} already",
        hint="give the model it was made from, or leave --precision out",
    )


def _source(model: Model, feeds: tuple[Feed, ...], items: int | None, seed: int) -> Source:
    """A whole number that chooses a branch becomes a constant: a phone's file has no branches."""
    frozen = {
        feed.name: {"value": int(feed.values.low), "dtype": feed.dtype, "shape": list(feed.shape)}
        for feed in feeds
        if feed.values.kind == "constant" and "int" in feed.dtype
    }
    fed = tuple(feed for feed in feeds if feed.name not in frozen)
    samples = Samples(fed, items, seed)
    return Source(
        path=model.path.resolve(),
        name=model.name,
        sha256=model.sha256,
        format=model.format,
        precision=model.precision,
        shapes={feed.name: feed.shape for feed in fed},
        frozen=frozen,
        samples=samples.write,
        sampled=samples.identity(),
    )


def _converted(
    source: Source, model: Model, want: Wanted, phase: Callable[[str], None]
) -> Converted:
    precision = want.precision if want.precision not in (None, "fp32", model.precision) else None
    if model.format == "onnx" and "onnx" in want.formats:
        assert precision is not None
        phase(f"quantising to {precision}")
        return quantise_onnx(source, precision, want.limits)
    if model.format == "onnx":
        phase("converting to .tflite")
        float_ = to_tflite(source, want.limits)
    else:
        float_ = _as_converted(source, model)
    if precision is None:
        return float_
    phase(f"quantising to {precision}")
    return quantise_tflite(float_, source, precision, want.limits, whole=want.whole)


def _as_converted(source: Source, model: Model) -> Converted:
    """A .tflite of the user's, to be quantised."""
    return Converted(
        path=source.path,
        format=model.format,
        precision=model.precision or "fp32",
        by="",
        inputs=tuple(Tensor(spec.name, spec.name, spec.dtype) for spec in model.inputs),
        outputs=tuple(Tensor(spec.name, spec.name, spec.dtype) for spec in model.outputs),
    )


def _feeds(feeds: tuple[Feed, ...], made: Converted) -> tuple[Feed, ...]:
    """Of the deployed file: the original's arrays, laid out and stored as it takes them."""
    if made.format == "onnx":
        return feeds
    by_name = {feed.name: feed for feed in feeds}
    return tuple(
        replace(
            by_name[one.original],
            name=one.name,
            recast=Recast(one.original, one.axes, one.dtype, one.scale, one.zero_point),
        )
        for one in made.inputs
    )
