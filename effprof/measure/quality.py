"""What the model answers, held against labels and against a reference, on the same inputs."""

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from effprof.base.errors import InputError, UnfinishedError
from effprof.base.records import Measurement, Missing, Origin, Quantization
from effprof.base.stats import wilson
from effprof.convert import Tensor
from effprof.measure import answered
from effprof.measure.launch import Limits
from effprof.measure.plan import Plan
from effprof.model.arrays import read_header

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Outputs = Mapping[str, NDArray[Any]]

METRICS = ("quality.agreement", "quality.cosine", "quality.max_error")


@contextmanager
def outputs(
    plan: Plan, items: int, ceiling_s: float | None = None
) -> Iterator[tuple["Outputs", int]]:
    """Every output, items first, as memory maps that live inside the `with`; and of how many items.

    Of all `items`, or of those that are reached in `ceiling_s`, one at least. UnfinishedError when
    the worker does not come back with them.
    """
    import numpy as np

    with tempfile.TemporaryDirectory(prefix="effprof-") as folder:
        settings = {"folder": folder, "items": items, "ceiling_s": ceiling_s}
        request = plan.request("outputs", plan.batches[0], plan.seed, **settings)
        limits = Limits(plan.silence_s, 0, plan.memory_limit_bytes)
        answer = answered.ask(plan, request, limits)
        if not answer.ok:
            raise UnfinishedError(
                f"running all {items} items ended in {answer.ending}: {answer.detail}",
                hint=answer.hint,
            )
        files = answer.found["outputs"]
        arrays = {
            name: _real(np.load(path, mmap_mode="r", allow_pickle=False), plan.quantised.get(name))
            for name, path in files.items()
        }
        yield arrays, answer.found["items"]


def _real(array: "NDArray[Any]", by: Quantization | None) -> "NDArray[Any]":
    """What a quantised output stands for, so that it can be held against one of floats."""
    return array if by is None else (array.astype("float64") - by.zero_point) * by.scale


def restored(answered: "Outputs", tensors: Sequence[Tensor]) -> "Outputs":
    """By the original's names and with its axes, where conversion gave others."""
    import numpy as np

    if not tensors:
        return answered
    return {
        one.original: np.transpose(answered[one.name], np.argsort(one.axes))
        if one.axes
        else answered[one.name]
        for one in tensors
        if one.name in answered
    }


def spoiled(answered: "Outputs", reference: "Outputs") -> list[str]:
    """Outputs that hold NaN or infinity where the reference's hold none."""
    import numpy as np

    return [
        name
        for name, array in answered.items()
        if name in reference and not np.isfinite(array).all() and np.isfinite(reference[name]).all()
    ]


def read_labels(path: Path, items: int | None) -> "NDArray[Any]":
    """One whole number an item, shape (items,)."""
    import numpy as np

    hint = "numpy.save('labels.npy', labels) with labels of shape (items,)"
    try:
        header = read_header(path)
    except InputError as error:
        raise InputError(f"--labels {error.message}", hint=hint) from error
    if len(header.shape) != 1 or np.dtype(header.dtype).kind not in "iu":
        raise InputError(
            f"--labels {path}: {header.dtype} of shape {header.shape} "
            "is not one whole number an item",
            hint=hint,
        )
    labels: NDArray[Any] = np.load(path, allow_pickle=False)
    if items is None:
        raise InputError(f"--labels {path}: nothing to label", hint="add --inputs FILE.npz")
    if len(labels) != items:
        raise InputError(f"--labels {path}: {len(labels)} labels for {items} items of --inputs")
    return labels


def accuracy(answered: "Outputs", labels: "NDArray[Any]") -> Measurement | Missing:
    """Share of items whose largest class is the label."""
    chosen = _classes(answered, len(labels))
    if isinstance(chosen, str):
        return Missing("quality.accuracy", chosen)
    return _share("quality.accuracy", int((chosen == labels).sum()), len(labels), "labels")


def against(
    answered: "Outputs", reference: "Outputs", items: int, source: str = "reference"
) -> list[Measurement | Missing]:
    """Agreement of the chosen class, cosine and largest error over outputs of the same name.

    `source`: what they are held against, for the report.
    """
    shared = [name for name in answered if name in reference]
    shared = [name for name in shared if answered[name].shape == reference[name].shape]
    if not shared:
        reason = "the reference has no output of the same name and shape"
        return [Missing(metric, reason) for metric in METRICS]
    return [
        _agreement(answered, reference, items, source),
        _cosine([(answered[name], reference[name]) for name in shared], items, source),
        _max_error([(answered[name], reference[name]) for name in shared], items, source),
    ]


def _agreement(
    answered: "Outputs", reference: "Outputs", items: int, source: str
) -> Measurement | Missing:
    ours, theirs = _classes(answered, items), _classes(reference, items)
    if isinstance(ours, str) or isinstance(theirs, str):
        return Missing("quality.agreement", ours if isinstance(ours, str) else str(theirs))
    return _share("quality.agreement", int((ours == theirs).sum()), items, source)


def _cosine(
    pairs: "list[tuple[NDArray[Any], NDArray[Any]]]", items: int, source: str
) -> Measurement | Missing:
    import numpy as np

    dot = ours = theirs = 0.0
    for left, right in pairs:
        a, b = (np.asarray(one, np.float64).ravel() for one in (left, right))
        dot, ours, theirs = dot + float(a @ b), ours + float(a @ a), theirs + float(b @ b)
    value = dot / math.sqrt(ours * theirs) if ours * theirs > 0 else math.nan
    return _finite("quality.cosine", value, items, source)


def _max_error(
    pairs: "list[tuple[NDArray[Any], NDArray[Any]]]", items: int, source: str
) -> Measurement | Missing:
    import numpy as np

    errors = [
        float(
            np.max(np.abs(np.asarray(left, np.float64) - np.asarray(right, np.float64)), initial=0)
        )
        for left, right in pairs
    ]
    return _finite("quality.max_error", max(errors), items, source)


def _finite(metric: str, value: float, items: int, source: str) -> Measurement | Missing:
    if not math.isfinite(value):
        return Missing(metric, "an output is not finite, or zero throughout")
    return Measurement(metric, value, Origin.MEASURED, source, n=items)


def _classes(answered: "Outputs", items: int) -> "NDArray[Any] | str":
    """Index of the largest class of each item, from the first output that has them; or why not."""
    import numpy as np

    for array in answered.values():
        if array.ndim >= 2 and len(array) == items and array.size // items == array.shape[-1] > 1:
            if np.isnan(array).any():
                return "an output holds NaN, which is no class"
            best: NDArray[Any] = array.reshape(items, -1).argmax(axis=1)
            return best
    return "no output has a row of classes for each item"


def _share(metric: str, hits: int, count: int, source: str) -> Measurement:
    low, high = wilson(hits, count)
    return Measurement(metric, hits / count, Origin.MEASURED, source, n=count, low=low, high=high)
