"""Which reports are of one series: the same model by name, target, host and settings.

A model's content changes between commits while its name stays, so content, commit and versions are
properties of the points. What the user chose to vary (threads, batch, the scenario) makes another
series: figures of two settings are no trend.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from effprof.report.report import Report


@dataclass(frozen=True, slots=True)
class Series:
    """`machine` only says in words what `host`, its fingerprint, stands for."""

    project: str
    model: str
    target: str
    host: str
    settings: str
    device: str
    machine: str

    @property
    def key(self) -> str:
        """32 hex digits."""
        parts = (self.project, self.model, self.target, self.host, self.settings, self.device)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def series(report: Report, project: str | None) -> Series:
    host = report.host
    return Series(
        project=project or "",
        model=report.model.name,
        target=report.target.id,
        host=host.fingerprint,
        settings=", ".join(_settings(report)),
        device=str(report.target.device.get("name", "")),
        machine=f"{host.cpu}, {host.cores} cores",
    )


def _settings(report: Report) -> list[str]:
    scenario, command = report.scenario, report.scenario.command
    given: Mapping[str, object] = {
        "batch": scenario.batch,
        "threads": report.target.settings.get("threads"),
        "rate": said(command, "--rate"),  # one that was not asked for is found anew each time
        "deadline": _number(scenario.deadline),
        "max batch": scenario.max_batch,
        "queue delay": _number(scenario.queue_delay),
        "duty": _number(report.target.duty),
        "precision": (report.model.converted or {}).get("precision"),
        "inputs": _shapes(report),
    }
    # A runtime that was asked for by version is no change of the one installed.
    runtime = said(command, "--runtime") or report.target.backend
    return [
        scenario.name,
        *(f"{name} {value}" for name, value in given.items() if value is not None),
        *([runtime] if runtime else []),
        *(["gate"] if report.gate else []),  # beside another model, in a process that two share
    ]


def said(command: Sequence[str], option: str) -> str | None:
    """The value a command gives an option."""
    for at, word in enumerate(command):
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
        if word == option and at + 1 < len(command):
            return command[at + 1]
    return None


def _shapes(report: Report) -> str | None:
    """Sizes change the work as a batch does; their names may change with the exporter."""
    shapes = ("x".join(map(str, one.shape)) or "scalar" for one in report.model.inputs)
    return " + ".join(sorted(shapes)) or None


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"
