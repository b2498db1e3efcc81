"""One model at one precision: converted, compared with the original, timed in both runtimes."""

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.outcome import shown
from effprof.base.errors import EffprofError
from effprof.base.records import Measurement
from effprof.base.vocabulary import Precision
from effprof.measure import quality
from effprof.measure.asked import Asked
from effprof.measure.collect import timed
from effprof.measure.plan import Plan
from effprof.measure.prepare import prepare
from effprof.measure.prepared import Prepared
from effprof.measure.trial import middle
from effprof.target import load

PRECISIONS: tuple[Precision, ...] = ("fp32", "int8", "fp16")
AGREES = 0.999
SLICE_S = 0.2
ITEMS = 1


@dataclass(slots=True)
class Tried:
    """`ran`: the way that was taken and the precision it gave; `error` where it was refused."""

    model: str
    asked: str
    ran: str = ""
    error: str = ""
    seconds: float = 0.0
    cosine: float | None = None
    onnxruntime_s: float | None = None
    litert_s: float | None = None
    size_bytes: int = 0
    original_bytes: int = 0
    transposes_added: int = 0
    fell_back: str = ""

    @property
    def agrees(self) -> bool:
        return not self.error and self.cosine is not None and self.cosine > AGREES

    @property
    def as_asked(self) -> bool:
        """Whether the precision is the one that was asked for."""
        return not self.error and self.asked in self.ran

    def told(self) -> dict[str, Any]:
        return asdict(self)

    def cells(self) -> tuple[str, ...]:
        if self.error:
            return (self.model, self.asked, "no", "", "", "", "", "", self.error)
        count = self.transposes_added
        added = f"{count} transpose{'' if count == 1 else 's'} added" if count else ""
        return (
            self.model,
            self.asked,
            self.ran,
            f"{self.seconds:.1f} s",
            "" if self.cosine is None else f"{self.cosine:.5f}",
            "" if self.onnxruntime_s is None else shown(self.onnxruntime_s, "s"),
            "" if self.litert_s is None else shown(self.litert_s, "s"),
            shown(self.size_bytes, "B"),
            "; ".join(filter(None, (self.fell_back, added))),
        )


@dataclass(slots=True)
class Original:
    """What ONNX Runtime answers and takes, and what its conversion took: for every precision."""

    outputs: dict[str, Any] | None = None
    p50_s: float | None = None
    converted_s: float = 0.0  # to float


class Silent:
    def phase(self, text: str) -> None: ...

    def trial(self, now: object) -> None: ...


def try_(
    path: Path,
    name: str,
    shapes: dict[str, tuple[int, ...]],
    precision: Precision,
    original: Original,
) -> Tried:
    """`original` is filled where it is still empty."""
    one = Tried(name, precision, original_bytes=path.stat().st_size)
    wanted = None if precision == "fp32" else precision
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        asked = Asked(model=path, target=load("mobile"), precision=wanted, shapes=shapes)
        try:
            _fill(one, prepare(asked, Path(scratch)), original)
        except EffprofError as bad:
            one.error = bad.message
    return one


def _fill(one: Tried, prepared: Prepared, original: Original) -> None:
    made = prepared.deployed.converted or {}
    ways = made.get("attempts", ())
    one.ran = "fp32" if one.asked == "fp32" else [way["way"] for way in ways if way["taken"]][-1]
    one.fell_back = "; ".join(f"{way['way']}: {way['why']}" for way in ways if "why" in way)
    kept_s = original.converted_s if "cached_parts" in made else 0.0
    one.seconds = float(made["seconds"]) + kept_s
    one.size_bytes = int(made["size_bytes"])
    one.transposes_added = int(made.get("transposes_added", 0))
    assert prepared.reference is not None
    if original.outputs is None:
        with quality.outputs(prepared.reference, ITEMS) as (theirs, _):
            original.outputs = {name: np.array(array) for name, array in theirs.items()}
        original.p50_s = _p50(prepared.reference)
    with quality.outputs(prepared.plan, ITEMS) as (ours, _):
        answered = quality.restored(ours, prepared.deployed.outputs)
        compared = quality.against(answered, original.outputs, ITEMS)
    found = {c.metric: c.value for c in compared if isinstance(c, Measurement)}
    one.cosine = found.get("quality.cosine")
    one.litert_s, one.onnxruntime_s = _p50(prepared.plan), original.p50_s


def _p50(plan: Plan) -> float | None:
    trial = timed(plan, plan.batches[0], SLICE_S, 10.0, "benchmark", Silent())
    sample = middle([trial], plan.seed) if trial.blocks else None
    return sample.typical() if sample else None
