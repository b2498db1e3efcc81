"""The pass of an emulated target: built, executed once, and what came of it as findings."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from effprof.base.quantity import show
from effprof.base.records import Caution, Measurement, Missing, Origin, weakest
from effprof.estimators import cell, mcu_power
from effprof.measure import answered, summarise
from effprof.measure.collect import Watcher
from effprof.measure.launch import Limits
from effprof.measure.plan import Plan
from effprof.measure.trial import Trial
from effprof.report.report import FirmwarePart, OperatorPart
from effprof.target import Target

Found = Measurement | Missing | Caution
ROOM = (("size.flash", "flash", "flash"), ("memory.ram", "ram", "RAM"))
"""Metric, fact of the target that limits it, what a person calls it."""


def execute(plan: Plan, watcher: Watcher) -> Trial:
    """One worker, one inference: emulation is deterministic, a second would say the same."""
    batch = plan.batches[0]
    request = plan.request("emulate", batch, plan.seed)
    limits = Limits(plan.silence_s, 0, plan.memory_limit_bytes)
    return Trial.of(batch, answered.ask(plan, request, limits, watcher.phase))


def figures(trial: Trial, target: Target) -> list[Measurement | Missing | Caution]:
    """What the emulator read, and what follows from it and the target's facts."""
    found: list[Measurement | Missing | Caution] = [*summarise.metered((trial,))]
    told = trial.answer.found["emulation"]
    known = {one.metric: one for one in found if isinstance(one, Measurement)}
    power = mcu_power.active(target.fact, _source(target))
    found += [power, mcu_power.energy(known.get("latency.mean"), power, told["kernels"])]
    found += cell.life(found, target.fact)
    found += [Caution(**one) for one in told["cautions"]]
    return [*found, *_lacking_room(known, target)]


def _source(target: Target) -> Mapping[str, str]:
    return {key: fact.source for key, fact in target.facts.items()}


def _lacking_room(known: Mapping[str, Measurement], target: Target) -> list[Caution]:
    lacks = lacking(known, target)
    if not lacks:
        return []
    advice = "the figures are of a part with the room; a smaller model, or another board"
    return [Caution("does-not-fit", "; ".join(lacks), advice)]


def lacking(known: Mapping[str, Measurement], target: Target) -> tuple[str, ...]:
    """What the part has too little of: "needs 312 KiB of RAM, the part has 256 KiB"."""
    return tuple(
        f"needs {show(known[metric].value, 'B')} of {called}, the part has {show(room, 'B')}"
        for metric, key, called in ROOM
        if metric in known and (room := target.fact(key)) and known[metric].value > room
    )


def instructions(trial: Trial) -> float:
    """Of one inference; 0 where the emulator does not tell."""
    found = (one for one in summarise.metered((trial,)) if isinstance(one, Measurement))
    return next((one.value for one in found if one.metric == "compute.instructions"), 0.0)


def weakened(found: Iterable[Found]) -> list[Found]:
    """What the emulator answered, held against labels and references, is emulated."""
    return [
        replace(one, origin=weakest(one.origin, Origin.EMULATED))
        if isinstance(one, Measurement)
        else one
        for one in found
    ]


def operators(trial: Trial) -> tuple[OperatorPart, ...]:
    """One row an operator, longest first."""
    rows: list[Mapping[str, Any]] = trial.answer.found["emulation"]["operators"]
    total = sum(row["cycles"] for row in rows)
    clock_hz = trial.answer.settings.get("clock_hz")
    return tuple(
        OperatorPart(
            name=row["name"],
            type=row["type"],
            macs=row["macs"],
            latency=row["cycles"] / clock_hz if clock_hz else None,
            share=row["cycles"] / total if total else None,
            cycles=row["cycles"],
            instructions=row["instructions"],
            mix=row["mix"],
        )
        for row in sorted(rows, key=lambda row: -row["cycles"])
    )


def firmware(
    trial: Trial,
    known: Mapping[str, Measurement],
    target: Target,
    published: tuple[str, ...] = (),
) -> FirmwarePart:
    told = trial.answer.found["emulation"]
    lacks = lacking(known, target)
    return FirmwarePart(
        kernels=told["kernels"],
        flash=told["flash"],
        ram=told["ram"],
        fits=not lacks,
        room={metric: int(room) for metric, key, _ in ROOM if (room := target.fact(key))},
        lacks=lacks,
        published=published,
        kept=told["kept"] or None,
    )
