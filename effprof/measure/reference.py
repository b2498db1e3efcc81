"""The model whose answers are held against those of the one deployed: given, or the original."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from effprof.base.errors import InputError
from effprof.base.records import Feed
from effprof.measure.asked import Asked
from effprof.measure.plan import Plan
from effprof.measure.prepared import Prepared
from effprof.model.sniff import sniff
from effprof.target import Target
from effprof.worker.protocol import Load

NATIVE = {"onnx": "onnxruntime", "tflite": "litert"}
"""The backend that runs a model file as it is."""


def reference_plan(
    asked: Asked,
    feeds: Mapping[int, tuple[Feed, ...]],
    formats: tuple[str, ...],
    prepare: Callable[[Asked], Prepared],
    *,
    converted: bool,
) -> Plan | None:
    """On the very same inputs, which must bear the same names; as the file is, unconverted.

    `formats`: those that the target runs as they are; `converted`: it runs something else.

    None where nothing is to be compared: no --reference, and the model itself is what runs.
    """
    if asked.reference is None and not converted:
        return None
    path = asked.reference or asked.model
    alone = replace(
        asked,
        model=path,
        target=native(asked.target, path, formats),
        scenario="single-stream",
        max_batch=1,
        precision=None,
        runtime=asked.runtime if asked.reference is not None and not converted else None,
        labels=None,
        reference=None,
    )
    plan = prepare(alone).plan
    ours = {feed.name: feed for made in list(feeds.values())[:1] for feed in made}
    theirs = {feed.name for feed in plan.loads[plan.batches[0]].feeds}
    if theirs != set(ours):
        raise InputError(
            f"--reference {asked.reference}: its inputs are {', '.join(sorted(theirs))}, "
            f"those of {asked.model} are {', '.join(sorted(ours))}",
            hint="give a reference whose inputs have the same names",
        )
    same = {
        batch: Load(load.path, tuple(_alike(ours[feed.name], feed) for feed in load.feeds))
        for batch, load in plan.loads.items()
    }
    return replace(plan, loads=same)


def _alike(ours: Feed, theirs: Feed) -> Feed:
    """The very same numbers, made into what the other model takes."""
    if ours.dtype != theirs.dtype:
        raise InputError(
            f"input {ours.name}: {ours.dtype} was given, the reference takes {theirs.dtype}",
            hint="give real numbers, as float32: each model quantises them by its own scale",
        )
    return replace(ours, recast=theirs.recast)


def native(target: Target, path: Path, formats: tuple[str, ...]) -> Target:
    """The target, or this machine's CPU where the target's backend does not load the file."""
    form = sniff(path, path.stat().st_size)
    if target.means == "run" and form in formats:
        return replace(target, precision=None)
    threads = target.options.get("threads", "cores")
    return replace(
        target,
        means="run",
        environment="edge",
        backend=NATIVE[form],
        options={"threads": threads},
        precision=None,
        meters=(),
    )
