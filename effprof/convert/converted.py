"""What a conversion answers: the file, and how its tensors correspond to the original's."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of the deployed file, and which of the original's it stands for.

    `axes`: the original's axes in the order the deployed one has them; none: as they were.
    `scale` 0: not quantised.
    """

    name: str
    original: str
    dtype: str
    axes: tuple[int, ...] = ()
    scale: float = 0.0
    zero_point: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way that was tried. `why` it failed or disagreed is empty where it did neither.

    Where no way agrees one that does not is taken all the same, and `why` says by how much.
    """

    way: str
    cosine: float | None = None  # with the file it was made from, on the samples
    why: str = ""
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Converted:
    """`by`: "onnx2tf 2.6.9". `operators` by kind; `transposes` that the original has not."""

    path: Path
    format: str
    precision: str
    by: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    operators: Mapping[str, int] = field(default_factory=dict)
    transposes: int = 0
    attempts: tuple[Attempt, ...] = ()
    cached: bool = False
    seconds: float = 0.0

    def told(self) -> dict[str, Any]:
        """As plain values, for the cache; `path`, `cached` are of the moment."""
        from dataclasses import asdict

        plain = asdict(self)
        del plain["path"], plain["cached"]
        return plain

    @classmethod
    def of(cls, told: Mapping[str, Any], path: Path, *, cached: bool) -> Self:
        return cls(
            path=path,
            format=told["format"],
            precision=told["precision"],
            by=told["by"],
            inputs=tuple(_tensor(one) for one in told["inputs"]),
            outputs=tuple(_tensor(one) for one in told["outputs"]),
            operators=dict(told["operators"]),
            transposes=told["transposes"],
            attempts=tuple(Attempt(**one) for one in told["attempts"]),
            cached=cached,
            seconds=told["seconds"],
        )

    def after(self, earlier: Self) -> Self:
        """This one, made from what another conversion made: both are what was done."""
        return replace(
            self,
            by=f"{earlier.by}, {self.by}",
            attempts=(*earlier.attempts, *self.attempts),
            cached=self.cached and earlier.cached,
            seconds=self.seconds + earlier.seconds,
        )


def _tensor(told: Mapping[str, Any]) -> Tensor:
    return Tensor(**{**told, "axes": tuple(told["axes"])})
