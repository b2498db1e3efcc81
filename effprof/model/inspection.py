"""All that can be said of a model without running it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from effprof.base.errors import InputError
from effprof.base.records import Missing, TensorSpec
from effprof.model.count import count
from effprof.model.dims import Resolved, resolve
from effprof.model.model import Counts, Model
from effprof.model.open import open_model
from effprof.model.values import default_values


@dataclass(frozen=True, slots=True)
class Inspection:
    """`values` says, for each input, what it would be fed."""

    model: Model
    resolved: Resolved
    counts: Counts
    values: Mapping[str, str]
    missing: tuple[Missing, ...]

    @property
    def notices(self) -> tuple[str, ...]:
        every = (*self.model.facts.notices, *self.resolved.notices, *self.counts.notices)
        return tuple(dict.fromkeys(every))


def inspect(
    path: Path, dims: Mapping[str, int], shapes: Mapping[str, tuple[int, ...]]
) -> Inspection:
    """Sizes nobody gives stay open: what depends on them is missing, with the flag to add."""
    model = open_model(path)
    resolved = resolve(model, dims, shapes)
    counts = count(model, resolved.shapes)
    values = {spec.name: _fed(model, spec) for spec in model.inputs}
    return Inspection(model, resolved, counts, values, _missing(model, resolved, counts))


def _fed(model: Model, spec: TensorSpec) -> str:
    try:
        return str(default_values(spec, model.facts.hints.get(spec.name)))
    except InputError as error:
        return error.message


def _missing(model: Model, resolved: Resolved, counts: Counts) -> tuple[Missing, ...]:
    missing = []
    if model.parameters is None:
        missing.append(Missing("compute.parameters", "the file does not tell"))
    reason, hint = _why(resolved, counts)
    if counts.macs is None:
        missing.append(Missing("compute.macs", reason, hint))
    if counts.intensity is None:
        missing.append(Missing("compute.intensity", reason, hint))
    return tuple(missing)


def _why(resolved: Resolved, counts: Counts) -> tuple[str, str | None]:
    """The reason a total is not known, and what would mend it."""
    if resolved.flags:
        return "sizes of the inputs are not known", " ".join(resolved.flags)
    if counts.unknown:
        return f"not counted: {'; '.join(counts.unknown)}", None
    return "some shapes cannot be told from the graph", None
