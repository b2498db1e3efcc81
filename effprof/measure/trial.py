"""One worker's answer as numbers: seconds a run, block by block."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from effprof.base.stats import Sample
from effprof.measure.launch import Answer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Timed:
    """A block: seconds a run of each reading, and the CPU seconds of all its runs."""

    run_s: "Floats"
    runs_per_reading: int
    cpu_s: float

    @property
    def runs(self) -> int:
        return len(self.run_s) * self.runs_per_reading

    @property
    def wall_s(self) -> float:
        return float(self.run_s.sum()) * self.runs_per_reading


@dataclass(frozen=True, slots=True)
class Trial:
    """A worker that was asked for one batch; `blocks` is empty unless it ended well."""

    batch: int
    answer: Answer
    blocks: tuple[Timed, ...] = ()

    @classmethod
    def of(cls, batch: int, answer: Answer) -> Self:
        import numpy as np

        taken = answer.blocks.pop(0, ()) if answer.ok else ()
        blocks = tuple(
            Timed(
                np.asarray(block.wall_ns, np.float64) / (1e9 * block.runs_per_reading),
                block.runs_per_reading,
                block.cpu_ns / 1e9,
            )
            for block in taken
        )
        return cls(batch, answer, blocks)

    @property
    def wall_s(self) -> float:
        """Seconds inside the clock."""
        return sum(block.wall_s for block in self.blocks)

    @property
    def cpu_s(self) -> float:
        """CPU seconds of all threads of the worker inside the runs."""
        return sum(block.cpu_s for block in self.blocks)

    @property
    def runs(self) -> int:
        return sum(block.runs for block in self.blocks)


def middle(trials: Sequence[Trial], seed: int) -> Sample | None:
    """Seconds a run, of each process from the blocks best at the middle.

    That is those of several runs a reading where it has any: near 20 us one launch may have them
    and the next may not.
    """
    return _sample([_for_middle(trial) for trial in trials], seed)


def tail(trials: Sequence[Trial], seed: int) -> Sample | None:
    """Seconds a run, from blocks of single runs only."""
    return _sample([_of(trial, several=False) for trial in trials], seed)


def singles(trials: Sequence[Trial]) -> list["Floats"]:
    """Seconds of every run that had a reading of its own, by block."""
    return [block for trial in trials for block in _of(trial, several=False)]


def _for_middle(trial: Trial) -> list["Floats"]:
    return _of(trial, several=True) or _of(trial, several=False)


def _of(trial: Trial, *, several: bool) -> list["Floats"]:
    return [block.run_s for block in trial.blocks if (block.runs_per_reading > 1) is several]


def _sample(nested: Sequence[Sequence["Floats"]], seed: int) -> Sample | None:
    kept = [trial for trial in nested if trial]
    return Sample(kept, seed) if kept else None
