"""The variants of a model that a target can take, each as a measurement to be asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from effprof import plugins
from effprof.base.errors import RequestError
from effprof.convert.child import Broken, Limits
from effprof.convert.variants import RECIPES, make
from effprof.measure.asked import Asked
from effprof.measure.here import resolved
from effprof.model.open import open_model
from effprof.target import Target

ENERGY_S = 10.0
"""Ceiling of each energy pass, where there is a counter: nine variants are nine of them."""
AS_IS = "as is"


@dataclass(frozen=True, slots=True)
class Variant:
    """A file that was made once for all targets; `why` it could not be, where there is none."""

    name: str
    path: Path | None
    why: str = ""


def made(
    model: Path,
    students: Sequence[Path],
    folder: Path,
    limits: Limits,
    phase: Callable[[str], None] = lambda _: None,
) -> list[Variant]:
    """The original first, then what techniques make of it, then the user's own students."""
    phase("checking the model")
    opened = open_model(model)
    variants = [Variant(AS_IS, model)]
    for recipe in RECIPES if opened.format == "onnx" else ():
        phase(f"making {recipe.name}")
        try:
            path = make(recipe, model, opened.sha256, folder, limits)
            variants.append(Variant(recipe.name, path))
        except Broken as bad:
            variants.append(Variant(recipe.name, None, str(bad)))
    return [*variants, *(Variant(f"student {path.name}", path) for path in students)]


def on(everywhere: Asked, target: Target, batches: tuple[int, ...]) -> Asked:
    """The measurement on `target` as its environment is judged: a cloud by its batches, offline,
    and by its prices, which are none of a device's.
    """
    here = replace(everywhere, target=target, energy_s=ENERGY_S)
    if target.environment != "cloud":
        return replace(here, prices={})
    if resolved(target).backend is None:
        raise RequestError(
            f"{target.id}: nothing runs the variants here, so what they answer is not known",
            hint="-t cloud-cpu judges them; measure -t h100 --precision int8 works one out",
        )
    return replace(here, scenario="offline", batches=batches)


def asked_for(base: Asked, variants: Sequence[Variant]) -> Iterator[tuple[str, Asked | str]]:
    """Name and measurement of each variant on the target of `base`, or why there is none.

    All but the original are held against it on the same inputs.
    """
    formats = _formats(base)
    whole = base.target.means == "emulate"
    for one in variants:
        if one.path is None:
            yield one.name, one.why
        elif one.name == "int8-dynamic" and "onnx" not in formats:
            yield (
                one.name,
                "the converter takes float models; int8 here is quantised by its own tool",
            )
        else:
            yield from _precisions(base, one, one.path, whole=whole)


def _precisions(
    base: Asked, one: Variant, path: Path, *, whole: bool
) -> Iterator[tuple[str, Asked | str]]:
    original = one.name == AS_IS
    reference = None if original else base.model
    asked = replace(base, model=path, reference=reference)
    if whole:  # a microcontroller's kernels are int8, whatever it is given
        if original:
            yield AS_IS, "its kernels are int8: float models are quantised first"
        yield ("int8" if original else f"{one.name} int8"), replace(asked, precision="int8")
        return
    yield one.name, asked
    if original:
        for precision in ("fp16", "int8"):
            yield precision, replace(asked, precision=precision)
    elif one.name.startswith("student"):
        yield f"{one.name} int8", replace(asked, precision="int8")


def _formats(base: Asked) -> tuple[str, ...]:
    backend = base.target.backend
    return tuple(plugins.backend(backend).formats) if backend else ()
