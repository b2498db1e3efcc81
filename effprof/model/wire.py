"""The one question and the one answer that pass between this process and the examining child."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from effprof.model.model import Counts, Facts, Format, Shape


@dataclass(frozen=True, slots=True)
class Request:
    """facts: what the file declares; count: operators at `shapes`; unpack: .pb tensors to .npy."""

    task: Literal["facts", "count", "unpack"]
    path: str
    limit_bytes: int  # of address space
    format: Format = "onnx"
    shapes: Mapping[str, Shape] = field(default_factory=dict)  # input name -> shape
    inputs: Mapping[str, int] = field(default_factory=dict)  # count: values that are known
    tensors: tuple[str, ...] = ()  # unpack: TensorProto files
    folder: str = ""  # unpack: where the .npy files go


@dataclass(frozen=True, slots=True)
class Reply:
    """Either `error` or what was asked for."""

    error: str = ""
    hint: str = ""
    facts: Facts | None = None
    counts: Counts | None = None
    written: tuple[str, ...] = ()
