"""Arm Ethos-U, by Vela's own estimate: the deployed .tflite is compiled and the summary is read.

Arm calls these figures of its compiler estimates and marks them EXPERIMENTAL (README of
ethos-u-vela); they are not cycle accurate, and no error of theirs was found published. What runs on
the CPU beside the NPU is not in them.
"""

import csv
import importlib.metadata
import importlib.util
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from effprof.base.errors import LackingError, ModelError, UnfinishedError
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.work import Device, Work
from effprof.estimators import vela

EXTRA = "pip install 'effprof[ethos-u]'"
CONFIGURATION = ("npu", "vela_system_config", "vela_memory_mode")
"""Facts of the target, texts: ethos-u55-128, and two sections of the package's vela.ini."""

FACTOR = 2.0
"""Band of cycles and time, either way: an assumption, since nobody publishes Vela's error."""
LATENCIES = ("latency.p50", "latency.mean", "latency.min")
KIB = 1024

_NO_POWER = "no sourced power of this NPU is known, and what it is part of decides most of it"
_NO_RAM = "what the program and its stack need besides the arena is not in Vela's estimate"
_UNKNOWN = (
    Missing("energy.inference", _NO_POWER),
    Missing("battery.life", _NO_POWER),
    Missing("memory.ram", _NO_RAM),
)


class EthosU:
    metrics: Sequence[str] = (
        "compute.cycles",
        *LATENCIES,
        "throughput.items",
        "memory.arena",
        "memory.ram",
        "size.flash",
        "energy.inference",
        "battery.life",
    )

    def lacks(self, device: Device) -> str | None:
        if importlib.util.find_spec("ethosu") is None:
            raise LackingError(f"{device.id}: ethos-u-vela is not installed", hint=EXTRA)
        lost = [key for key in CONFIGURATION if key not in device.texts]
        return f"facts.{lost[0]}: is not there" if lost else None

    def refuses(self, precision: str | None, batch: int) -> tuple[str, str] | None:
        if batch != 1:
            return f"Vela estimates one item a run, this is a batch of {batch}", "--batch 1"
        if precision != "int8":
            what = precision or "of no precision that is known"
            return f"an Ethos-U runs int8 models, this is {what}", "give it an int8 .tflite"
        return None

    def estimate(
        self, work: Work, device: Device, host: Mapping[str, Measurement]
    ) -> Sequence[Measurement | Missing | Caution]:
        """Raises ModelError where Vela or the NPU takes none of it, UnfinishedError at a limit."""
        try:
            with tempfile.TemporaryDirectory(prefix="effprof-vela-") as folder:
                row, on_cpu = vela.compiled(Path(work.path), Path(folder), _arguments(device))
                return [*_figures(row, on_cpu, _source(device)), *_UNKNOWN]
        except (OSError, ValueError, KeyError, StopIteration, csv.Error) as error:
            raise UnfinishedError(f"Vela's summary cannot be read: {error}") from error


def _arguments(device: Device) -> list[str]:
    npu, system, memory = (device.texts[key] for key in CONFIGURATION)
    return [
        *("--accelerator-config", npu, "--config", "Arm/vela.ini"),
        *("--system-config", system, "--memory-mode", memory),
    ]


def _source(device: Device) -> str:
    version = importlib.metadata.version("ethos-u-vela")
    return f"vela {version}, config {', '.join(device.texts[key] for key in CONFIGURATION)}"


def _figures(
    row: Mapping[str, str], on_cpu: Mapping[str, int], source: str
) -> list[Measurement | Missing | Caution]:
    cycles = float(row["cycles_total"])
    if cycles <= 0:
        kinds = ", ".join(on_cpu) or "none of them"
        raise ModelError(
            f"no operator of it runs on the NPU, all would on the CPU: {kinds}",
            hint="vela --supported-ops-report lists what the NPU runs; a CPU alone: -t tinyml",
        )
    clock_hz = float(row["core_clock"])
    scope = "NPU alone, operators on the CPU left out" if on_cpu else "NPU"
    rate = _banded("throughput.items", clock_hz / cycles, source, scope)
    found = [
        _banded("compute.cycles", cycles, source, scope),
        *(_banded(key, cycles / clock_hz, source, scope) for key in LATENCIES),
    ]
    if on_cpu:  # what comes on top has no bound
        found, rate = [replace(one, high=None) for one in found], replace(rate, low=None)
    return [
        *found,
        rate,
        _held("memory.arena", row, ("sram", "dram"), source, "SRAM and DRAM of the NPU's tensors"),
        _held(
            "size.flash",
            row,
            ("on_chip_flash", "off_chip_flash"),
            source,
            "weights and commands as compiled, the program apart",
        ),
        *_cautions(on_cpu),
    ]


def _banded(metric: str, value: float, source: str, scope: str) -> Measurement:
    low, high = value / FACTOR, value * FACTOR
    return Measurement(metric, value, Origin.MODELLED, source, low=low, high=high, scope=scope)


def _held(
    metric: str, row: Mapping[str, str], memories: Sequence[str], source: str, scope: str
) -> Measurement:
    """Vela allocates them itself, so this is what it compiled, without a band; its unit is KiB."""
    size_bytes = sum(float(row[f"{memory}_memory_used"]) for memory in memories) * KIB
    return Measurement(metric, size_bytes, Origin.MODELLED, source, scope=scope)


def _cautions(on_cpu: Mapping[str, int]) -> list[Caution]:
    if not on_cpu:
        return []
    named = ", ".join(f"{kind} ({count})" for kind, count in on_cpu.items())
    return [
        Caution(
            "falls-back-to-cpu",
            f"operators that run on the CPU beside the NPU: {named}; "
            "cycles and time are the NPU's alone, so a lower bound",
            "replace them by operators of Vela's list: vela --supported-ops-report",
        )
    ]
