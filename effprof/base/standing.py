"""Where a measurement stands between two trials, for whoever shows its progress."""

from dataclasses import dataclass

_HOPELESS = 1e3  # times the goal: no guess but that all the time will be taken


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the trials stand: `precision` and `goal` as the half-width of the interval / p50."""

    done: int
    planned: int | None
    p50_s: float | None
    precision: float | None
    goal: float
    elapsed_s: float
    ceiling_s: float

    @property
    def reached(self) -> bool:
        return self.precision is not None and self.precision <= self.goal

    @property
    def left_s(self) -> float | None:
        """A guess: the interval narrows with the root of the trials; None before there is one."""
        if not self.done or self.precision is None:
            return None
        most = max(self.ceiling_s - self.elapsed_s, 0)
        excess = 1.0 if self.reached else self.precision / max(self.goal, 1e-9)
        if not excess < _HOPELESS:
            return most
        more = max(self.done * excess**2, self.planned or 0) - self.done
        return min(more * self.elapsed_s / self.done, most)
