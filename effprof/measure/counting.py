"""Operators, MACs and bytes of the user's model, and of what runs in its place."""

from collections.abc import Mapping

from effprof.base.records import Feed
from effprof.measure.deploy import Deployment
from effprof.model.count import count, known_inputs
from effprof.model.model import Counts, Model


def own(model: Model, feeds: Mapping[int, tuple[Feed, ...]], batch: int) -> Counts:
    """Of the user's own file at this batch."""
    fed = feeds[batch]
    return count(model, {feed.name: feed.shape for feed in fed}, known_inputs(fed))


def counted(deployed: Deployment, batch: int) -> Counts:
    """Of what runs at this batch."""
    feeds = deployed.loads[batch].feeds
    shapes = {feed.name: feed.run_shape for feed in feeds}
    return count(deployed.models[batch], shapes, known_inputs(feeds))
