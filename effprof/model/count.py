"""The operators of a model at chosen input shapes, counted in a child."""

from collections.abc import Iterable, Mapping

from effprof.base.records import Feed
from effprof.model.child import DEADLINE_S, address_limit_bytes, ask
from effprof.model.model import Counts, Model, Shape
from effprof.model.wire import Request


def count(
    model: Model,
    shapes: Mapping[str, Shape],
    inputs: Mapping[str, int] | None = None,
    *,
    deadline_s: float = DEADLINE_S,
) -> Counts:
    """Operators, MACs and bytes at these input shapes; a dimension left open keeps its name.

    `inputs`: values of integer inputs that choose a branch (`known_inputs` reads them off feeds);
    without it, the values such inputs get when the user gives none.
    """
    if model.format == "elf":
        return Counts()
    if inputs is None:
        chosen = {name: hint for name, hint in model.facts.hints.items() if hint.kind == "choice"}
        inputs = {name: hint.low for name, hint in chosen.items()}
    limit_bytes = address_limit_bytes(model.path.stat().st_size)
    request = Request(
        "count", str(model.path), limit_bytes, model.format, shapes=shapes, inputs=inputs
    )
    return ask(request, deadline_s).counts or Counts()


def known_inputs(feeds: Iterable[Feed]) -> dict[str, int]:
    """Integer inputs that are fed one constant."""
    return {
        feed.name: int(feed.values.low)
        for feed in feeds
        if feed.values.kind == "constant" and "int" in feed.dtype
    }
