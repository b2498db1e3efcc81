"""The inputs of every batch that was asked for: sizes settled, values decided, none too large."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from effprof.base.records import Feed
from effprof.measure import room
from effprof.measure.asked import Asked
from effprof.model.dims import settle
from effprof.model.inputs import make_feeds, read_given
from effprof.model.model import Model


@dataclass(frozen=True, slots=True)
class Inputs:
    """`feeds` by batch, in the order of the batches; `items`: rows of --inputs, if any."""

    feeds: Mapping[int, tuple[Feed, ...]]
    items: int | None
    notices: tuple[str, ...]

    @property
    def first_batch(self) -> int:
        return next(iter(self.feeds))


def decide(asked: Asked, model: Model, scratch: Path, free_bytes: int | None) -> Inputs:
    """`scratch` holds what is unpacked; `free_bytes`: None where no input is going to be made."""
    given = read_given(model, asked.values, asked.inputs, scratch)
    dims, shapes = asked.dims or {}, asked.shapes or {}
    batches = (1, asked.max_batch) if asked.max_batch > 1 else asked.batches or (None,)
    settled = [settle(model, dims, shapes, batch, given.shapes) for batch in batches]
    fed = [make_feeds(model, one, given) for one in settled]
    feeds = {one.batch: made.feeds for one, made in zip(settled, fed, strict=True)}
    if free_bytes is not None:
        room.refuse_too_large(feeds, given, free_bytes)
    notices = dict.fromkeys((*model.facts.notices, *settled[0].notices, *fed[0].notices))
    return Inputs(feeds, fed[0].items, tuple(notices))
