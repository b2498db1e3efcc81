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
EMULATED_INSTRUCTIONS, EMULATED_ITEMS = 200e6, 4
"""Emulating is slow: made items are fewer there, those of about a second, four at least. Which they
are does not depend on the second, so that another run has the same."""


def here(prepared: Prepared, watcher: Watcher, gathered: Gathered) -> None:
    """On as many items as are wanted, where there is something to hold the answers against."""
    if _held_against(prepared):
        first_s = gathered.evidence.good()[0].answer.loaded["first_ns"] / 1e9
        items = wanted_items(prepared, int(prepared.plan.ceiling_s / first_s))
        gathered.quality = _quality(prepared, items, watcher, gathered)


def emulated(prepared: Prepared, trial: Trial, watcher: Watcher, gathered: Gathered) -> None:
    """On as many of them as the emulator gets through in the time there is."""
    if _held_against(prepared):
        most = EMULATED_INSTRUCTIONS / max(emulate.instructions(trial), 1)
        items = wanted_items(prepared, max(EMULATED_ITEMS, int(most)))
        found = _quality(prepared, items, watcher, gathered, prepared.plan.ceiling_s)
        gathered.quality = tuple(emulate.weakened(found))


def _held_against(prepared: Prepared) -> bool:
    return prepared.labels is not None or prepared.reference is not None


def _quality(
    prepared: Prepared,
    wanted_items: int,
    watcher: Watcher,
    gathered: Gathered,
    ceiling_s: float | None = None,
) -> tuple[Measurement | Missing | Caution, ...]:
    """`ceiling_s`: items that are not reached in it are left out, and that is said."""
    watcher.phase(f"quality on {wanted_items} items")
    found: list[Measurement | Missing | Caution] = []
    source = "reference" if prepared.asked.reference else _original(prepared)
    try:
        with quality.outputs(prepared.plan, wanted_items, ceiling_s) as (deployed, items):
            found += _sampled(items, wanted_items)
            answered = quality.restored(deployed, prepared.deployed.outputs)
            if prepared.labels is not None:
                found.append(quality.accuracy(answered, prepared.labels[:items]))
            if prepared.reference is not None:
                with quality.outputs(prepared.reference, items) as (reference, _):
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


def _sampled(items: int, wanted: int) -> list[Caution]:
    if items >= wanted:
        return []
    return [
        Caution(
            "quality-sampled",
            f"quality is of the first {items} of {wanted} items: there was no time to emulate more",
            "a larger --time allows more of them",
        )
    ]


def wanted_items(prepared: Prepared, runs: int) -> int:
    """All that were given; of values that are made those of so many runs, and not too many."""
    if prepared.items:
        return prepared.items
    plan = prepared.plan
    batch = plan.batches[0]
    if not any(feed.values.kind == "random" for feed in plan.loads[batch].feeds):
        return batch
    return batch * max(1, min(-(-MADE_ITEMS // batch), runs))


def _original(prepared: Prepared) -> str:
    runtime = "LiteRT" if prepared.model.format == "tflite" else "ONNX Runtime"
    return f"the original, {runtime} on the CPU"
