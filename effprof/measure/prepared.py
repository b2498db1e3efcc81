"""What is known before a model is converted, and before a worker starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from effprof.base.records import Caution, Feed
from effprof.measure.asked import Asked
from effprof.measure.deploy import Deployment, Wanted
from effprof.measure.inputs import Inputs
from effprof.measure.plan import Plan
from effprof.model.model import Counts, Model
from effprof.ports import Backend, Emulator, Estimator

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Looked:
    """A request that makes sense, before another file is made of the model, which may take minutes.

    `python`: the interpreter of the worker.
    """

    asked: Asked
    model: Model
    backend: Backend | None
    python: str
    estimator: Estimator | None
    emulator: Emulator | None
    inputs: Inputs
    want: Wanted
    labels: "NDArray[Any] | None"


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
