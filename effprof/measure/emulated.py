"""What an emulated target is asked for: refused before any work, or told to the emulator."""

from typing import TYPE_CHECKING, Any

from effprof.base.errors import ModelError, RequestError, TargetError
from effprof.base.quantity import show
from effprof.model.model import Model
from effprof.ports import Backend, Refusal
from effprof.target import Target

if TYPE_CHECKING:
    from effprof.measure.prepare import Asked

MOST_OPERATORS = 20_000
"""Of a model before it is converted, constants among them; the largest that were seen on such a
part have a few hundred."""
MOST_WEIGHTS = 16 << 20
"""A byte each once they are int8: what a part with the most room is emulated with."""


def check_board(target: Target, backend: Backend) -> None:
    """TargetError where the target's facts make no part that its backend emulates."""
    check = getattr(backend, "check", None)
    if check is None:
        told = f"{target.path}: backend: {target.backend} emulates nothing"
        raise TargetError(told, hint="write `means: run`, or `backend: mcu`")
    try:
        check(target.plain_facts())
    except Refusal as refusal:
        raise TargetError(f"{target.path}: {refusal.message}", hint=refusal.hint) from refusal


def check(asked: "Asked", model: Model) -> None:
    """RequestError or ModelError, before the model is converted."""
    where = asked.target.id
    if asked.scenario != "single-stream":
        raise RequestError(
            f"--scenario {asked.scenario}: {where} is emulated, one inference at a time",
            hint="leave --scenario out",
        )
    if asked.batches not in ((), (1,)):
        batches = ",".join(map(str, asked.batches))
        raise RequestError(
            f"--batch {batches}: a microcontroller takes one item at a time", hint="--batch 1"
        )
    if (count := model.facts.operators or 0) > MOST_OPERATORS:
        raise ModelError(
            f"{model.name}: {count:,} operators; firmware is made of {MOST_OPERATORS:,} at most",
            hint="no microcontroller runs such a graph: give it a smaller model",
        )
    if (weights := model.parameters or 0) > MOST_WEIGHTS:
        raise ModelError(
            f"{model.name}: {weights:,} parameters are {show(weights, 'B')} of flash as int8, "
            f"{show(MOST_WEIGHTS, 'B')} is the most that is emulated",
            hint="no microcontroller has flash for it: give it a smaller model",
        )


def options(asked: "Asked") -> dict[str, Any]:
    """The board, and what to run and keep."""
    told: dict[str, Any] = {"board": asked.target.plain_facts()}
    if asked.keep is not None:
        told["keep"] = str(asked.keep.resolve())
    if asked.entry is not None:
        told["entry"] = asked.entry
    return told
