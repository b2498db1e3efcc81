"""What a conversion answers: the file, and how its tensors correspond to the original's."""

from collections.abc import Collection, Mapping
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
    """`by`: "onnx2tf 2.6.9". `operators` by kind; `transposes` that the original has not.

    Of a quantised file: `samples` that the activations were calibrated on, none for a way without;
    `floating`: operators that still compute in float, by kind.

    `seconds` were spent now, and what `cached` names was there from an earlier run: one `by` or
    several.
    """

    path: Path
    format: str
    precision: str
    by: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    operators: Mapping[str, int] = field(default_factory=dict)
    transposes: int = 0
    attempts: tuple[Attempt, ...] = ()
    samples: int = 0
    floating: Mapping[str, int] = field(default_factory=dict)
    cached: tuple[str, ...] = ()
    seconds: float = 0.0

    def told(self) -> dict[str, Any]:
        """As plain values, for the cache; what is of the moment left out."""
        from dataclasses import asdict

        plain = asdict(self)
        for momentary in ("path", "cached", "seconds"):
            del plain[momentary]
        return plain

    @classmethod
    def of(cls, told: Mapping[str, Any], path: Path, *, cached: bool, seconds: float) -> Self:
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
            samples=told["samples"],
            floating=dict(told["floating"]),
            cached=(told["by"],) if cached else (),
            seconds=seconds,
        )

    def after(self, earlier: Self) -> Self:
        """This one, made from what another conversion made: both are what was done."""
        return replace(
            self,
            by=f"{earlier.by}, {self.by}",
            attempts=(*earlier.attempts, *self.attempts),
            cached=(*earlier.cached, *self.cached),
            seconds=self.seconds + earlier.seconds,
        )


def together(made: Collection[Converted]) -> Converted:
    """The first of several that were made of one model, a batch each, and what all of them took."""
    first = next(iter(made))
    reused = tuple(name for name in first.cached if all(name in one.cached for one in made))
    return replace(first, cached=reused, seconds=sum(one.seconds for one in made))


def _tensor(told: Mapping[str, Any]) -> Tensor:
    return Tensor(**{**told, "axes": tuple(told["axes"])})
