"""A project's file as the jobs of a gate."""

import sys
from collections.abc import Iterator
from pathlib import Path

from effprof.base.errors import ProjectError, RequestError, UnfinishedError
from effprof.budget.project import NAME, Entry, Project, read
from effprof.gate.decide import Rule
from effprof.gate.job import Job
from effprof.gate.run import Wanted
from effprof.history.place import Place
from effprof.measure.asked import Asked
from effprof.model.flags import parse_dims, parse_shapes
from effprof.target import load


def project_of(candidate: Path | None, baseline: Path | None) -> Project | None:
    """The file that was named or lies here; None where the candidate is a model."""
    if candidate is not None and candidate.suffix.lower() not in (".yaml", ".yml"):
        return None
    path = candidate or Path(NAME)
    if candidate is None and not path.exists():
        raise RequestError(
            f"no candidate, and no {NAME} here", hint="effprof gate CANDIDATE --baseline BASE"
        )
    return read(path, baseline)


def jobs_of(
    project: Project, history: Place | None, seed: int, silence_s: float, command: tuple[str, ...]
) -> list[Job]:
    """One for each model and target; what is new here has nothing to be held against."""
    for entry in project.entries:
        _are_there(project, entry)
    jobs = [
        _job(project, entry, target, history, seed, silence_s, command)
        for entry in project.entries
        if not _is_new(entry)
        for target in entry.targets
    ]
    if not jobs:
        raise UnfinishedError(f"{project.path}: nothing was gated: every model in it is new")
    return jobs


def files_of(project: Project) -> Iterator[tuple[str, Path]]:
    """What a gate of it reads, each by the word that names it."""
    yield "the project's file", project.path
    for entry in project.entries:
        files = (entry.model, entry.baseline, entry.inputs, entry.labels, entry.reference)
        yield from ((f"models.{entry.name}", path) for path in files if path is not None)


def _are_there(project: Project, entry: Entry) -> None:
    """What the file names, before anything is run; a model new in this checkout has no baseline."""
    where = f"{project.path}: models.{entry.name}"
    if not entry.model.exists():
        raise ProjectError(f"{where}.path: {entry.model}: no such file")
    if not entry.in_checkout and not entry.baseline.exists():
        raise ProjectError(
            f"{where}: baseline: {entry.baseline}: no such file or folder",
            hint="a model, a saved report or another checkout",
        )


def _is_new(entry: Entry) -> bool:
    """Of another checkout the model may not be in it yet; that is said, and is no failure."""
    if not entry.in_checkout or entry.baseline.exists():
        return False
    sys.stderr.write(
        f"effprof: {entry.name}: new, there is no {entry.baseline} to hold it against\n"
    )
    return True


def _job(
    project: Project,
    entry: Entry,
    target: str,
    history: Place | None,
    seed: int,
    silence_s: float,
    command: tuple[str, ...],
) -> Job:
    part = entry.part
    wanted = Wanted(
        Rule(project.margin, project.tolerance),
        entry.metrics,
        project.time_s,
        allow_modelled=project.allow_modelled,
    )
    asked = Asked(
        model=entry.model,
        target=load(target),
        batches=() if part.batch is None else (part.batch,),
        threads=part.threads,
        dims=parse_dims([f"{name}={size}" for name, size in part.dims.items()]),
        shapes=parse_shapes([f"{name}={shape}" for name, shape in part.shapes.items()]),
        values=part.values,
        inputs=entry.inputs,
        labels=entry.labels,
        reference=entry.reference,
        seed=seed,
        silence_s=silence_s,
        command=command,
    )
    return Job(asked, entry.baseline, None, wanted, entry.budget, history=history)
