"""What is known before a worker starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from effprof.base.records import Caution, Feed
from effprof.measure.asked import Asked
from effprof.measure.deploy import Deployment
from effprof.measure.plan import Plan
from effprof.model.model import Counts, Model
from effprof.ports import Estimator

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan and what the report wants to say about it.

    `model` and `feeds` are the user's; `deployed` is what runs in its place, and `counts` are of
    that; `own` are the model's where that is another file. `items`: rows of --inputs, if any.
    """

    asked: Asked
    model: Model
    feeds: Mapping[int, tuple[Feed, ...]]
    deployed: Deployment
    counts: Counts
    own: Counts | None
    plan: Plan
    items: int | None
    cautions: tuple[Caution, ...]
    labels: "NDArray[Any] | None" = None
    reference: Plan | None = None
    estimator: Estimator | None = None
