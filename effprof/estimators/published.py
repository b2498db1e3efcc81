"""What others published for this very model on this board: how much the stack alone decides.

Information beside a figure, never a figure: the rows are of other people's kernels. A model is
recognised by its hash, or, retrained or converted anew, by its MACs and the size of its input.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from effprof.base.quantity import show

DATA = Path(__file__).with_name("mlperf_tiny.json")
_MACS_APART = 0.03


@dataclass(frozen=True, slots=True)
class Subject:
    """The model and the board that results are looked for."""

    sha256: str
    macs: int | None
    input_values: int
    device: str


def results(subject: Subject) -> tuple[str, ...]:
    """One line a figure; none where nobody published this model on this board."""
    data = _data()
    model = next((one["name"] for one in data["models"] if _is(one, subject)), None)
    found = [
        one for one in data["results"] if (one["model"], one["device"]) == (model, subject.device)
    ]
    told = [line for one in found for line in _lines(one)]
    return (*told, f"{model} by other kernels on this board: {data['source']}") if told else ()


def _is(model: dict[str, Any], subject: Subject) -> bool:
    if model["sha256"] == subject.sha256:
        return True
    if subject.macs is None or subject.input_values != model["input_values"]:
        return False
    return bool(abs(subject.macs - model["macs"]) <= _MACS_APART * model["macs"])


def _lines(one: dict[str, Any]) -> list[str]:
    """Latency, and energy where it was published too: least to most, the median, of how many."""
    return [
        f"{what} {show(ends[0], unit)} to {show(ends[2], unit)}, median {show(ends[1], unit)}, "
        f"{count} result{'' if count == 1 else 's'}"
        for what, unit, ends, count in (
            ("latency", "s", one["latency_s"], one["results"]),
            ("energy", "J", one.get("energy_j"), one.get("energy_results", 0)),
        )
        if ends
    ]


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return loaded
