"""From the model a user has to the file the target takes: itself where that will do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from effprof.base.errors import RequestError
from effprof.base.records import Caution, Feed
from effprof.model.model import Model
from effprof.ports import Backend
from effprof.target import Target
from effprof.worker.protocol import Load

Feeds = Mapping[int, tuple[Feed, ...]]


@dataclass(frozen=True, slots=True)
class Deployment:
    """What runs in the model's place: for each batch a file, its feeds, and what is known of it.

    `converted`: None where that file is the user's own; else what the report says of it.
    """

    models: Mapping[int, Model]
    loads: Mapping[int, Load]
    converted: Mapping[str, Any] | None = None
    cautions: tuple[Caution, ...] = ()


def deploy(
    model: Model, feeds: Feeds, backend: Backend, target: Target, asked: str | None
) -> Deployment:
    """`asked`: the precision asked for; without it the target's, or as the model is."""
    precision = asked or target.precision
    if model.format in backend.formats and precision in (None, model.precision):
        return as_it_is(model, feeds)
    if asked is not None and asked != model.precision:
        raise RequestError(
            f"--precision {asked}: {model.name} is {model.precision}, and conversion is not built "
            "yet",
            hint=f"give a model that is {asked} already, or leave --precision out",
        )
    return as_it_is(model, feeds)  # the backend refuses what it does not load


def as_it_is(model: Model, feeds: Feeds) -> Deployment:
    path = str(model.path.resolve())
    return Deployment(
        models=dict.fromkeys(feeds, model),
        loads={batch: Load(path, made) for batch, made in feeds.items()},
    )
