"""What the report says of a conversion: `model.converted`, and the warnings that go with it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from effprof.base.records import Caution, Feed, Measurement, Missing
from effprof.convert import Attempt, Converted, Tensor
from effprof.convert.quantise import AGREES as AGREES_QUANTISED
from effprof.convert.tflite import AGREES as AGREES_FLOAT
from effprof.model.model import Model

if TYPE_CHECKING:
    from effprof.measure.deploy import Deployment


def part(made: Converted, model: Model, asked: str | None) -> dict[str, Any]:
    """`model.converted` of the report."""
    told: dict[str, Any] = {
        "to": made.format,
        "precision": made.precision,
        "by": made.by,
        "size_bytes": model.size_bytes,
        "sha256": model.sha256,
        "seconds": round(made.seconds, 3),
        "cached": ", ".join(made.cached) == made.by,
        "attempts": [_attempt(one) for one in made.attempts],
    }
    if made.cached and not told["cached"]:
        told["cached_parts"] = list(made.cached)
    if made.samples:
        told["calibrated_on"] = made.samples
    if made.precision == "int8":
        told["float_operators"] = dict(made.floating)
    if asked and asked != made.precision:
        told["precision_asked"] = asked
    if made.operators:
        told |= {"operators": sum(made.operators.values()), "transposes_added": made.transposes}
    laid = [one for one in made.inputs if one.axes or one.scale or one.name != one.original]
    if laid:
        told["inputs"] = [_tensor(one) for one in laid]
    moved = [one for one in made.outputs if one.axes or one.name != one.original]
    if moved:
        told["outputs"] = [_tensor(one) for one in moved]
    return told


def _attempt(one: Attempt) -> dict[str, Any]:
    told: dict[str, Any] = {"way": one.way, "taken": one.taken}
    told |= {} if one.cosine is None else {"cosine": one.cosine}
    return told | ({"why": one.why} if one.why else {})


def _tensor(one: Tensor) -> dict[str, Any]:
    told: dict[str, Any] = {"name": one.name, "original": one.original, "dtype": one.dtype}
    told |= {"axes": list(one.axes)} if one.axes else {}
    return told | ({"scale": one.scale, "zero_point": one.zero_point} if one.scale else {})


def cautions(
    made: Converted, feeds: Mapping[int, tuple[Feed, ...]], asked: str | None
) -> Iterator[Caution]:
    """`asked`: the precision that was wanted; none: as the model is."""
    yield from _of_precision(made, asked)
    given = all(feed.values.kind == "file" for fed in feeds.values() for feed in fed)
    if _calibrated(made) and not given:
        yield Caution(
            "calibrated-on-random",
            "the int8 ranges were chosen on random inputs",
            "give real items with --inputs FILE.npz: quality of the int8 model depends on them",
        )
    if made.transposes:
        s = "" if made.transposes == 1 else "s"
        yield Caution(
            "transposes-added",
            f"the converter added {made.transposes} TRANSPOSE operator{s}, not in the model",
            "their time is the converter's fault, not the model's: export it channels last",
        )


def _of_precision(made: Converted, asked: str | None) -> Iterator[Caution]:
    tried = "; ".join(f"{one.way}: {one.why}" for one in made.attempts if one.why)
    if asked and asked != made.precision:
        yield Caution(
            "precision-fallback",
            f"{asked} was asked for and {made.precision} is what ran: {tried}",
            "calibrate on real items with --inputs, or train for it (quantisation-aware)",
        )
    elif any(one.taken and one.way.startswith("dynamic") for one in made.attempts):
        yield Caution(
            "quantised-dynamically",
            f"only weights are int8 in the file, activations are quantised as it runs: {tried}",
            "compare it with --precision fp32: on small models it is often slower",
        )


def _calibrated(made: Converted) -> bool:
    return any(one.way.startswith("static") and one.taken for one in made.attempts)


TOLERANCES = {"fp32": AGREES_FLOAT, "fp16": AGREES_FLOAT, "int8": AGREES_QUANTISED}
"""Cosine with the original's outputs, by the precision that ran: below it the report warns."""


def differences(
    deployed: "Deployment", compared: Sequence[Measurement | Missing]
) -> tuple[Caution, ...]:
    """What the comparison with the original says against the conversion."""
    limit = TOLERANCES.get(deployed.precision or "")
    cosine = next(
        (
            one.value
            for one in compared
            if isinstance(one, Measurement) and one.metric == "quality.cosine"
        ),
        None,
    )
    if limit is None or cosine is None or cosine >= limit:
        return ()
    made = deployed.converted or {}
    attempts = made.get("attempts", ())
    nearest = [one["way"] for one in attempts if one["taken"] and "why" in one]
    none = f"; no way of converting it agreed, {nearest[0]} came nearest" if nearest else ""
    return (
        Caution(
            "conversion-differs",
            f"the outputs of the converted model have a cosine of {cosine:.4f} with the "
            f"original's, {limit:g} is what a {deployed.precision} model should reach{none}",
            "what it costs is not the cost of the model you have"
            + (": see model.converted.attempts" if made else ""),
        ),
    )
