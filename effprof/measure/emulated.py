"""What an emulated target is asked for: refused before any work, or told to the emulator."""

from collections.abc import Sequence
from typing import Any

from effprof.base.errors import ModelError, RequestError, TargetError
from effprof.base.quantity import show
from effprof.convert.becomes import ALWAYS
from effprof.measure.asked import Asked
from effprof.model.model import Model, Operator
from effprof.ports import Backend, Emulator, Refusal
from effprof.target import Target


def check_board(target: Target, backend: Backend) -> Emulator:
    """TargetError where the target's facts make no part that its backend emulates."""
    if not isinstance(backend, Emulator):
        told = f"{target.path}: backend: {target.backend} emulates nothing"
        raise TargetError(told, hint="write `means: run`, or `backend: mcu`")
    try:
        backend.check(target.plain_facts())
    except Refusal as refusal:
        raise TargetError(f"{target.path}: {refusal.message}", hint=refusal.hint) from refusal
    return backend


def check(asked: Asked, model: Model, emulator: Emulator) -> None:
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
    _check_keep(asked, emulator)
    _check_size(model, emulator)


def _check_keep(asked: Asked, emulator: Emulator) -> None:
    if asked.keep is None:
        return
    try:
        emulator.check_keep(str(asked.keep.resolve()))
    except Refusal as refusal:
        raise RequestError(refusal.message, hint=refusal.hint) from refusal


def _check_size(model: Model, emulator: Emulator) -> None:
    most, most_weights = emulator.most_operators, emulator.most_weights
    if (count := model.facts.operators or 0) > most:
        raise ModelError(
            f"{model.name}: {count:,} operators; firmware is made of {most:,} at most",
            hint="no microcontroller runs such a graph: give it a smaller model",
        )
    if (weights := model.parameters or 0) > most_weights:
        raise ModelError(
            f"{model.name}: {weights:,} parameters are {show(weights, 'B')} of flash as int8, "
            f"{show(most_weights, 'B')} is the most that is emulated",
            hint="no microcontroller has flash for it: give it a smaller model",
        )


def check_operators(model: Model, operators: Sequence[Operator], emulator: Emulator) -> None:
    """ModelError for one without a kernel, before the model is converted or quantised.

    Of an ONNX file those that are known to become one; of the others see `check_converted`. A
    custom operator is left to the emulator, which tells its own name.
    """
    kernels = emulator.kernels()
    native = model.format == "tflite"
    for one in operators:
        made = one.type if native else ALWAYS.get(one.type)
        if made not in (None, "CUSTOM", *kernels):
            becomes = "" if native else f" becomes {made} in a .tflite"
            offered = kernels if native else sorted(_USUAL)
            raise _no_kernel(f"{model.name}: {_node(one)}{becomes}", offered)


def check_converted(
    model: Model, before: Sequence[Operator], after: Sequence[Operator], emulator: Emulator
) -> None:
    """ModelError for an operator without a kernel that became of an ONNX file.

    Which of the model's own it was is not known; those are named that seldom end well.
    """
    kernels = emulator.kernels()
    lacking = next((one for one in after if one.type not in kernels), None)
    if lacking is None or model.format != "onnx":
        return
    suspects = [_node(one) for one in before if one.type not in _USUAL][:_MOST_NAMED]
    source = f" (of {' or '.join(suspects)}, it seems)" if suspects else ""
    raise _no_kernel(f"{model.name}: its .tflite has {_node(lacking)}{source}", sorted(_USUAL))


_MOST_NAMED = 3
_USUAL = frozenset(
    {"Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Concat", "Constant", "Conv",
     "Flatten", "Gemm", "GlobalAveragePool", "HardSwish", "Identity", "MatMul", "MaxPool", "Mul",
     "Pad", "ReduceMean", "Relu", "Reshape", "Resize", "Sigmoid", "Slice", "Softmax", "Squeeze",
     "Sub", "Tanh", "Transpose", "Unsqueeze"}
)  # fmt: skip
"""Of ONNX: what becomes operators that firmware has kernels for."""


def _node(one: Operator) -> str:
    return f"{one.type} node {one.name}"


def _no_kernel(what: str, offered: Sequence[str]) -> ModelError:
    return ModelError(
        f"{what}: firmware has no kernel for it",
        hint=f"replace it in the model by what has one: {', '.join(offered)}",
    )


def options(asked: Asked) -> dict[str, Any]:
    """The board, and what to run and keep."""
    told: dict[str, Any] = {"board": asked.target.plain_facts()}
    if asked.keep is not None:
        told["keep"] = str(asked.keep.resolve())
    if asked.entry is not None:
        told["entry"] = asked.entry
    return told
