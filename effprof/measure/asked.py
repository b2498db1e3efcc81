"""What `measure` and its like are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from effprof.base.vocabulary import Precision, ScenarioName
from effprof.target import Target


@dataclass(frozen=True, slots=True)
class Asked:
    """One target, flags parsed, nothing looked at yet."""

    model: Path
    target: Target
    scenario: ScenarioName = "single-stream"
    batches: tuple[int, ...] = ()
    threads: int | None = None
    precision: Precision | None = None
    dims: Mapping[str, int] | None = None
    shapes: Mapping[str, tuple[int, ...]] | None = None
    values: tuple[str, ...] = ()  # words of --input
    inputs: Path | None = None
    runtime: str | None = None
    keep: Path | None = None
    entry: str | None = None
    rate_hz: float | None = None
    deadline_s: float | None = None
    max_batch: int = 1
    queue_delay_s: float = 0.0
    ceiling_s: float = 10.0
    sustained_s: float | None = None
    goal: float = 0.01
    seed: int = 0
    silence_s: float = 300.0
    labels: Path | None = None
    reference: Path | None = None
    duty_hz: float | None = None
    device: str | None = None
    benchmark_binary: Path | None = None
    energy: bool = True
    energy_s: float = 60.0
    meter_command: str | None = None
    prices: Mapping[str, float] = field(default_factory=dict)  # see `measure/prices.py`
    command: tuple[str, ...] = ()
