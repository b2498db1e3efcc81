"""The pass that runs the model for what it answers: on how many items, held against what."""

from effprof.base.errors import UnfinishedError
from effprof.base.records import Caution, Measurement, Missing
from effprof.measure import emulate, quality
from effprof.measure.collect import Watcher
from effprof.measure.conversion import differences
from effprof.measure.gathered import Gathered
from effprof.measure.prepared import Prepared
from effprof.measure.trial import Trial

MADE_ITEMS = 16
"""Where values are made, quality is of so many items: a single one may agree by chance."""
EMULATED_S, EMULATED_ITEMS = 1.0, 4
"""Emulating is slow: made items are fewer there, those of about a second, four at least."""


def here(prepared: Prepared, watcher: Watcher, gathered: Gathered) -> None:
    """On as many items as are wanted, where there is something to hold the answers against."""
    if _held_against(prepared):
        first_ns = gathered.evidence.good()[0].answer.loaded["first_ns"]
        items = wanted_items(prepared, first_ns / 1e9)
        gathered.quality = _quality(prepared, items, watcher, gathered)


def emulated(prepared: Prepared, trial: Trial, watcher: Watcher, gathered: Gathered) -> None:
    """On as many of them as the emulator gets through in the time there is."""
    if not _held_against(prepared):
        return
    wanted = wanted_items(prepared, trial.answer.found["emulation"]["infer_s"])
    items = emulate.items_in(trial, prepared.plan.ceiling_s, wanted)
    found = _quality(prepared, items, watcher, gathered)
    gathered.quality = (*emulate.weakened(found), *emulate.sampled(items, wanted))


def _held_against(prepared: Prepared) -> bool:
    return prepared.labels is not None or prepared.reference is not None


def _quality(
    prepared: Prepared, items: int, watcher: Watcher, gathered: Gathered
) -> tuple[Measurement | Missing | Caution, ...]:
    watcher.phase(f"quality on {items} items")
    found: list[Measurement | Missing | Caution] = []
    source = "reference" if prepared.asked.reference else _original(prepared)
    try:
        with quality.outputs(prepared.plan, items) as deployed:
            answered = quality.restored(deployed, prepared.deployed.outputs)
            if prepared.labels is not None:
                found.append(quality.accuracy(answered, prepared.labels[:items]))
            if prepared.reference is not None:
                with quality.outputs(prepared.reference, items) as reference:
                    compared = quality.against(answered, reference, items, source)
                    gathered.spoiled = quality.spoiled(answered, reference)
                found += compared
                if prepared.asked.reference is None:  # against another model it says nothing
                    found += differences(prepared.deployed, compared)
    except UnfinishedError as error:
        wanted = ["quality.accuracy"] if prepared.labels is not None else []
        wanted += quality.METRICS if prepared.reference is not None else []
        had = {one.metric for one in found if not isinstance(one, Caution)}
        found += [Missing(m, error.message, error.hint or None) for m in wanted if m not in had]
    return tuple(found)


def wanted_items(prepared: Prepared, run_s: float) -> int:
    """All that were given; of values that are made as many as there is time for."""
    if prepared.items:
        return prepared.items
    plan = prepared.plan
    batch = plan.batches[0]
    if not any(feed.values.kind == "random" for feed in plan.loads[batch].feeds):
        return batch
    runs = -(-MADE_ITEMS // batch)
    if plan.means == "emulate":
        return min(runs, max(EMULATED_ITEMS, int(EMULATED_S / run_s)))
    return batch * max(1, min(runs, int(plan.ceiling_s / run_s)))


def _original(prepared: Prepared) -> str:
    runtime = "LiteRT" if prepared.model.format == "tflite" else "ONNX Runtime"
    return f"the original, {runtime} on the CPU"
