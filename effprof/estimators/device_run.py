"""One run of a graph on a device that is not here: the sum over its operators' rooflines.

Peak (by precision) and bandwidth are facts of the target; the rest is of its class of device
(`device_class.py`).

Williams, Waterman & Patterson, "Roofline: An Insightful Visual Performance Model", CACM 52(4),
2009.
"""

import math
from dataclasses import replace

from effprof.base.quantity import show
from effprof.base.work import Device, OperatorBound, Work
from effprof.estimators.device_class import (
    CALM,
    CLASSES,
    PUBLISHED_MACS,
    SEEN,
    TAKEN_IN,
    Constants,
    operator,
)

PEAKS = {
    "fp32": ("peak_tf32", "peak_fp32"),
    "fp16": ("peak_fp16", "peak_tf32", "peak_fp32"),
    "int8": ("peak_int8",),
    "mixed": ("peak_fp16", "peak_fp32"),
}
"""Facts looked for, by the file's precision: the first that is stated."""


def run_s(work: Work, device: Device) -> float:
    """Seconds of one run of the whole batch."""
    return sum(one.latency_s for one in bounds(work, device))


def bounds(work: Work, device: Device) -> list[OperatorBound]:
    """Seconds of each operator, and what binds it."""
    peak, bandwidth = peak_of(work, device)[1], device.facts["memory_bandwidth"]
    return [operator(one, constants(device), peak, bandwidth) for one in work.operators]


def peak_of(work: Work, device: Device) -> tuple[str, float]:
    """Name and FLOP/s of the peak this file is held against; `unknown` has looked for it.

    A CPU's is of all its cores: of fewer threads it is as much less.
    """
    stated = [key for key in PEAKS[work.precision or ""] if key in device.facts]
    cores, threads = device.facts.get("cpu_threads"), device.options.get("threads")
    used = min(1.0, threads / cores) if cores and isinstance(threads, int) else 1.0
    return stated[0], used * device.facts[stated[0]]


def unknown(work: Work, device: Device) -> str:
    """Why nothing can be worked out; empty where it can."""
    wanted = PEAKS.get(work.precision or "")
    if wanted is None:
        return f"no peak is known for {work.precision or 'an unknown precision'}"
    if not any(key in device.facts for key in wanted):
        return f"the target states no {' or '.join(wanted)}: convert the model, or fill it in"
    lost = [one.name for one in work.operators if one.activation_bytes is None]
    if work.macs is None or lost or not work.operators:
        named = f": {', '.join(lost[:3])}" if lost else ""
        return f"the MACs or bytes of some operators are not known{named}"
    if all(one.type in TAKEN_IN and not one.macs for one in work.operators):
        return "every operator is of a kind that runtimes take into the one before it: none is left"
    return ""


def constants(device: Device) -> Constants:
    return CLASSES[device.texts["device_class"]]


def unlike_published(work: Work, device: Device) -> str:
    """In what this graph is unlike the published ones; empty where it is not."""
    kind = device.texts["device_class"]
    least, most = PUBLISHED_MACS[kind]
    macs = (work.macs or 0) / work.batch
    strange: dict[str, int] = {}
    for one in work.operators:
        if one.macs and one.type not in SEEN[kind]:
            strange[one.type] = strange.get(one.type, 0) + one.macs
    if sum(strange.values()) > (1 - CALM) * (work.macs or 0):
        return f"much of the work is in {', '.join(sorted(strange)[:3])}"
    if not least <= macs <= most:
        sizes = f"{show(least, '1')} to {show(most, '1')}"
        return f"{show(macs, '1')} MACs an item, and the published networks have {sizes}"
    return ""


def at_batch(work: Work, batch: int) -> Work:
    """The same graph with another batch: MACs and activations grow, weights do not."""
    grown = batch / work.batch
    operators = tuple(
        replace(
            one,
            macs=None if one.macs is None else round(one.macs * grown),
            activation_bytes=None
            if one.activation_bytes is None
            else round(one.activation_bytes * grown),
        )
        for one in work.operators
    )
    return replace(work, batch=batch, operators=operators)


def too_large(work: Work, device: Device) -> str:
    """What it has no room for: weights and the two largest tensors; empty where it does."""
    largest = max(((one.activation_bytes or 0) for one in work.operators), default=0)
    needed, size = work.weight_bytes + 2 * largest, device.facts.get("memory_size", math.inf)
    if needed <= size:
        return ""
    return f"needs {show(needed, 'B')} at batch {work.batch}, the device has {show(size, 'B')}"
