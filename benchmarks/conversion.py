"""Claim: of 20 models and more that ONNX Runtime runs, all but one in twenty become a .tflite that
agrees (cosine over 0.999); one of MobileNetV2's size in under 15 s, from the cache in under 0.2 s.

Method. Models of many families, made here with seeded weights (`zoo.py`), the two that ship, and
those inside packages of the index. Each goes the way of `effprof measure -t mobile`, as it is and
with `--precision int8` and `fp16`, from an empty cache. Its outputs are compared with ONNX
Runtime's on the original, on the same random inputs. Latencies are p50s of one process of each
runtime, on every core: the order of size, not a benchmark of runtimes.

How to read. The notes are the table, model by model: `seconds` is the conversion alone (of a
quantised model: beyond the float one), `ran` what the report says ran, which is not what was asked
for where it fell back.
"""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from benchmarks import models, zoo
from benchmarks.noise import Witness
from benchmarks.outcome import Outcome, Row, shown, table
from effprof import environment
from effprof.base.errors import EffprofError
from effprof.base.folders import data_folder
from effprof.base.records import Measurement
from effprof.measure import quality
from effprof.measure.collect import timed
from effprof.measure.plan import Plan
from effprof.measure.prepare import Asked, Prepared, prepare
from effprof.measure.trial import middle
from effprof.target import load

CLAIM = "ONNX becomes .tflite: 19 of 20 agree, MobileNetV2 under 15 s, cached under 0.2 s"
AGREES, SHARE = 0.999, 0.95
SECONDS, CACHED_SECONDS = 15.0, 0.2
PRECISIONS = (None, "int8", "fp16")
SLICE_S = 0.2
LARGE = "mobilenet-v2"
QUICK = ("student", "square-signal", "lstm")


@dataclass(slots=True)
class Tried:
    """One model at one precision; `error` where it was refused."""

    model: str
    asked: str
    ran: str = ""
    error: str = ""
    seconds: float = 0.0
    cached_s: float = 0.0
    cosine: float | None = None
    onnxruntime_s: float | None = None
    litert_s: float | None = None
    size_bytes: int = 0
    remarks: str = ""

    @property
    def agrees(self) -> bool:
        return not self.error and self.cosine is not None and self.cosine > AGREES

    def cells(self) -> tuple[str, ...]:
        if self.error:
            return (self.model, self.asked, "no", "", "", "", "", "", self.error[:120])
        return (
            self.model,
            self.asked,
            self.ran,
            f"{self.seconds:.1f}",
            "" if self.cosine is None else f"{self.cosine:.5f}",
            "" if self.onnxruntime_s is None else shown(self.onnxruntime_s, "s"),
            "" if self.litert_s is None else shown(self.litert_s, "s"),
            shown(self.size_bytes, "B"),
            self.remarks,
        )


HEAD = ("model", "asked", "ran", "seconds", "cosine", "ONNX Runtime", "LiteRT", "size", "remarks")


class Silent:
    def phase(self, text: str) -> None: ...

    def trial(self, now: object) -> None: ...


def run(*, quick: bool) -> Outcome:
    witness = Witness()
    outcome = Outcome("conversion", CLAIM, quick=quick)
    lacking = [one.key for one in environment.SETS["mobile"] if environment.locate(one) is None]
    if lacking:
        outcome.skipped = f"{lacking[0]} is not set up: effprof setup mobile"
        return outcome
    made = data_folder().absolute() / "environments"
    with tempfile.TemporaryDirectory(prefix="effprof-bench-") as folder:
        (Path(folder) / "environments").symlink_to(made)
        with patch.dict("os.environ", {"EFFPROF_DATA": folder}):
            tried = list(_all(Path(folder), quick=quick))
    outcome.rows += _rows(tried)
    outcome.notes += table(HEAD, [one.cells() for one in tried])
    outcome.host = witness.told()
    return outcome


def _rows(tried: list[Tried]) -> list[Row]:
    floats = [one for one in tried if one.asked == "fp32"]
    good = sum(one.agrees for one in floats)
    share = good / len(floats)
    rows = [
        Row(f"{good} of {len(floats)} convert and agree", share, share, share, len(floats), "%",
            limit=SHARE, at_least=True),
    ]  # fmt: skip
    for one in floats:
        if one.model == LARGE:
            rows.append(_seconds("MobileNetV2: conversion", one.seconds, SECONDS))
            rows.append(_seconds("MobileNetV2: from the cache", one.cached_s, CACHED_SECONDS))
    return rows


def _seconds(what: str, value: float, limit: float) -> Row:
    return Row(what, value, value, value, 1, "s", limit=limit)


def _all(folder: Path, *, quick: bool) -> Iterator[Tried]:
    chosen = [
        (path, shapes)
        for path, shapes in _models(folder)
        if not quick or models.label(path) in QUICK
    ]
    for precision in PRECISIONS:
        for path, shapes in chosen:
            one = _try(path, shapes, precision)
            print("  " + "  ".join(filter(None, one.cells())), flush=True)
            yield one


def _models(folder: Path) -> Iterator[tuple[Path, dict[str, tuple[int, ...]]]]:
    for path in models.available():
        yield path, {}
    yield from models.silero()
    for name, make in zoo.MADE.items():
        yield make(folder / f"{name}.onnx"), {}


def _try(path: Path, shapes: dict[str, tuple[int, ...]], precision: str | None) -> Tried:
    one = Tried(models.label(path), precision or "fp32")
    with tempfile.TemporaryDirectory(prefix="effprof-") as scratch:
        asked = Asked(model=path, target=load("mobile"), precision=precision, shapes=shapes)
        try:
            prepared = prepare(asked, Path(scratch))
            _fill(one, prepared)
            if precision is None:
                one.cached_s = _again(asked, Path(scratch))
        except EffprofError as bad:
            one.error = bad.message
    return one


def _again(asked: Asked, scratch: Path) -> float:
    """Seconds of the deploy step alone, everything in the cache."""
    from effprof.measure import deploy as home
    from effprof.measure import prepare as room

    taken = 0.0
    real = home.deploy

    def watched(*given: object) -> object:
        nonlocal taken
        began = time.perf_counter()
        found = real(*given)  # type: ignore[arg-type]
        taken += time.perf_counter() - began
        return found

    with patch.object(room, "deploy", watched):
        prepare(asked, scratch)
    return taken


def _fill(one: Tried, prepared: Prepared) -> None:
    made = prepared.deployed.converted or {}
    one.ran = f"{made.get('to')} {made.get('precision')}"
    one.seconds = float(made.get("seconds", 0))
    one.size_bytes = int(made.get("size_bytes", 0))
    one.remarks = "; ".join(
        f"{way['way']}: {str(way['why'])[:60]}" for way in made.get("attempts", ()) if "why" in way
    )
    if added := made.get("transposes_added"):
        one.remarks = "; ".join(filter(None, (one.remarks, f"{added} transposes added")))
    assert prepared.reference is not None
    with (
        quality.outputs(prepared.plan, 1) as ours,
        quality.outputs(prepared.reference, 1) as theirs,
    ):
        answered = quality.restored(ours, prepared.deployed.outputs)
        compared = quality.against(answered, theirs, 1)
    found = {c.metric: c.value for c in compared if isinstance(c, Measurement)}
    one.cosine = found.get("quality.cosine")
    one.litert_s, one.onnxruntime_s = _p50(prepared.plan), _p50(prepared.reference)


def _p50(plan: Plan) -> float | None:
    trial = timed(plan, plan.batches[0], SLICE_S, 10.0, "benchmark", Silent())
    sample = middle([trial], plan.seed) if trial.blocks else None
    return sample.typical() if sample else None
