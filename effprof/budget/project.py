"""`effprof.yaml`: what a repository gates, in one file.

Paths are relative to the file's own folder, and those of models stay inside it, so that a baseline
can be another checkout of the same repository: `baseline: ../base`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from msgspec import Meta, Struct

from effprof.base import yamlfile
from effprof.base.errors import ProjectError, nearest_name
from effprof.base.metrics import CATALOGUE
from effprof.base.vocabulary import MOST_THREADS, CountsAs
from effprof.base.yamlfile import Amount
from effprof.budget.file import Budget, LimitPart, limits_of

NAME = "effprof.yaml"
Line = Annotated[str, Meta(min_length=1)]
Whole = Annotated[int, Meta(ge=1)]


class ModelEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One model. `values`: as --input has them; `budget`: absolute limits, as in a budget file."""

    path: Line
    baseline: Line | None = None
    targets: tuple[Line, ...] = ()
    metrics: tuple[Line, ...] = ()
    budget: dict[str, LimitPart] = {}
    threads: Annotated[int, Meta(ge=1, le=MOST_THREADS)] = 1
    batch: Whole | None = None
    dims: dict[str, Whole] = {}
    shapes: dict[str, Line] = {}
    values: tuple[Line, ...] = ()
    inputs: Line | None = None
    labels: Line | None = None
    reference: Line | None = None


class ProjectFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`targets`, `metrics` and `baseline` hold for every model that does not name its own."""

    schema: Literal[1]
    models: Annotated[dict[str, ModelEntry], Meta(min_length=1)]
    baseline: Line | None = None
    targets: Annotated[tuple[Line, ...], Meta(min_length=1)] = ("edge",)
    metrics: tuple[Line, ...] = ()
    margin: Amount = "1 %"
    tolerance: Amount = "4 %"
    time: Amount = "60 s"
    undecided: CountsAs | None = None
    allow_modelled: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the project, its paths made whole.

    `baseline` is what it is held against; `in_checkout`: the same file in another folder.
    """

    name: str
    model: Path
    baseline: Path
    in_checkout: bool
    part: ModelEntry
    targets: tuple[str, ...]
    metrics: tuple[str, ...]
    budget: Budget | None
    inputs: Path | None
    labels: Path | None
    reference: Path | None


@dataclass(frozen=True, slots=True)
class Project:
    """Shares and seconds as numbers."""

    path: Path
    entries: tuple[Entry, ...]
    margin: float
    tolerance: float
    time_s: float
    undecided: CountsAs | None
    allow_modelled: bool


def read(path: Path, baseline: Path | None = None) -> Project:
    """The project at `path`, held against the folder `baseline` where one is named."""
    document = yamlfile.read(path, ProjectError)
    file = yamlfile.check(document, ProjectFile, str(path), ProjectError)
    margin, tolerance = (
        _amount(path, key, amount, "%")
        for key, amount in (("margin", file.margin), ("tolerance", file.tolerance))
    )
    if not 0 < margin < tolerance:
        raise ProjectError(
            f"{path}: margin: {file.margin} is not between 0 and the tolerance, {file.tolerance}"
        )
    return Project(
        path,
        tuple(_entry(path, file, name, part, baseline) for name, part in file.models.items()),
        margin,
        tolerance,
        _amount(path, "time", file.time, "s"),
        file.undecided,
        file.allow_modelled,
    )


def _amount(path: Path, key: str, amount: Amount, unit: str) -> float:
    return yamlfile.amount(amount, unit, str(path), key, ProjectError)


def _entry(
    path: Path, file: ProjectFile, name: str, part: ModelEntry, baseline: Path | None
) -> Entry:
    where = f"{path}: models.{name}"
    metrics = part.metrics or file.metrics
    for key in metrics:
        if key not in CATALOGUE:
            raise ProjectError(
                f"{where}.metrics: {key}: unknown metric", hint=nearest_name(key, CATALOGUE)
            )
    limits = limits_of(str(path), part.budget, f"models.{name}.budget")
    files: Mapping[str, str | None] = {
        "inputs": part.inputs, "labels": part.labels, "reference": part.reference
    }  # fmt: skip
    inside = {key: _inside(path, f"{where}.{key}", word) for key, word in files.items() if word}
    model = _inside(path, f"{where}.path", part.path)
    return Entry(
        name,
        model,
        *_baseline(path, where, file, part, baseline),
        part,
        part.targets or file.targets,
        metrics,
        Budget(name, "", limits) if limits else None,
        inside.get("inputs"),
        inside.get("labels"),
        inside.get("reference"),
    )


def _inside(path: Path, where: str, word: str) -> Path:
    """A path of the project; none leads out of its folder."""
    parts = PurePosixPath(word)
    if parts.is_absolute() or ".." in parts.parts:
        raise ProjectError(f"{where}: {word} leads out of the project's folder")
    return path.parent / parts


def _baseline(
    path: Path, where: str, file: ProjectFile, part: ModelEntry, baseline: Path | None
) -> tuple[Path, bool]:
    """A folder stands for the same file in it; --baseline first, then the model's own word."""
    word = part.baseline or file.baseline
    if baseline is None and word is None:
        raise ProjectError(
            f"{where}: nothing to hold it against",
            hint="add `baseline:`, a model, a saved report or another checkout, or --baseline",
        )
    named = baseline if baseline is not None else path.parent / str(word)
    return (named / part.path, True) if named.is_dir() else (named, False)
