"""The values an input gets when the user gives none: valid for the graph, made by a worker.

Floats: uniform in [0, 1], as a normalised image or signal has. State (past, hidden, cache ...):
zeros, as at the start of a stream. Masks: ones, so that nothing is masked away. Integers: what the
graph says of them (hints.py); of 8 and 16 bits without a word in the graph, the full range, as
pixels and samples have; others 0 or 1, which any table of two rows can take. Quantised inputs: all
the real numbers that their type stands for.
"""

import re
from collections.abc import Mapping

from effprof.base.errors import InputError
from effprof.base.records import Quantization, TensorSpec, Values
from effprof.model.model import Hint

_MASK = re.compile(r"mask", re.IGNORECASE)
_STATE = re.compile(
    r"state|hidden|past|cache|memory|(^|[_./])(h|c|hx|cx|h0|c0|hn|cn|h_0|c_0)($|[_./]|\d)",
    re.IGNORECASE,
)
_SEGMENT = re.compile(r"token_type|segment", re.IGNORECASE)
_LENGTH = re.compile(r"len(gth)?s?$|(^|_)(num|n|size|count)(_|$)", re.IGNORECASE)
_FULL_RANGE = {
    "uint8": (0, 256),
    "int8": (-128, 128),
    "uint16": (0, 65536),
    "int16": (-32768, 32768),
}
_FEEDABLE = re.compile(r"bool|float(16|32|64)|u?int(8|16|32|64)")


def default_values(spec: TensorSpec, hint: Hint | None) -> Values:
    """What this input is fed; InputError where no values can be made for its type."""
    check_feedable(spec)
    if spec.quantization is not None and spec.dtype in _FULL_RANGE:
        return _quantised(spec, spec.quantization)
    if _MASK.search(spec.name):
        return Values("ones", why="mask")
    if spec.dtype == "bool":
        return Values("ones")
    if "float" in spec.dtype:
        return Values("zeros", why="state") if _STATE.search(spec.name) else Values("random")
    return _integers(spec, hint)


def check_feedable(spec: TensorSpec) -> None:
    if not _FEEDABLE.fullmatch(spec.dtype):
        raise InputError(
            f"input {spec.name}: values of type {spec.dtype} cannot be made",
            hint="effprof feeds tensors of numbers and of bool",
        )


def _quantised(spec: TensorSpec, by: Quantization) -> Values:
    """Real numbers over all that the input's type can stand for: what it was calibrated to hold."""
    if _STATE.search(spec.name):
        return Values("zeros", why="state")
    low, high = (by.scale * (end - by.zero_point) for end in _FULL_RANGE[spec.dtype])
    return Values("random", low=low, high=high, why=f"all of {spec.dtype}")


def _integers(spec: TensorSpec, hint: Hint | None) -> Values:
    if hint and hint.kind == "index":
        return Values("random", low=hint.low, high=hint.high, why=hint.why)
    if hint and hint.kind == "choice":
        return Values("constant", low=hint.low, high=hint.low, why=hint.why)
    if hint or _LENGTH.search(spec.name):
        return Values("constant", low=1, high=1, why=hint.why if hint else "a length, by its name")
    if _SEGMENT.search(spec.name) or _STATE.search(spec.name):
        return Values("zeros", why="segment" if _SEGMENT.search(spec.name) else "state")
    if spec.dtype in _FULL_RANGE:
        low, high = _FULL_RANGE[spec.dtype]
        return Values("random", low=low, high=high, why=f"all of {spec.dtype}")
    if not spec.shape:
        return Values("constant", low=1, high=1, why="nothing in the graph bounds it")
    return Values("random", low=0, high=2, why="nothing in the graph bounds it")


def doubts(made: Mapping[str, Values]) -> tuple[str, ...]:
    """A notice for each input whose made values may not be what the model expects."""
    notices = []
    for name, values in made.items():
        if values.kind == "constant" and values.why and "compares" not in values.why:
            notices.append(f"{name} is fed {values.low:g} ({values.why}): --input {name}=N sets it")
        elif "nothing in the graph" in values.why:
            notices.append(
                f"{name} is fed 0 and 1 ({values.why}): --input {name}=random:LO:HI sets it"
            )
    return tuple(notices)
