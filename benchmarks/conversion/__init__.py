"""Claim: of 20 models and more that ONNX Runtime runs, all but one in twenty become a .tflite that
agrees (cosine over 0.999); one of MobileNetV2's size in under 15 s, from the cache in under 0.2 s.

Method. Models of many families, made here with seeded weights (`zoo.py`), the two that ship, and
those inside packages of the index. Each goes the way of `effprof measure -t mobile`, as it is and
with `--precision int8` and `fp16`, from an empty cache. Its outputs are compared with ONNX
Runtime's on the original, on the same random inputs. Latencies are p50s of one process of each
runtime, on every core: the order of size, not a benchmark of runtimes. MobileNetV2 is then taken
from the cache several times, each in a process of its own, as the next command would
(`again.py`): the step that conversion is, and all that comes before the first worker starts.

How to read. The lines are printed as they are found, saved with `--save`, and a table of them is
what `python -m benchmarks.conversion.table` writes: `seconds` is the conversion alone, of a
quantised model with the float one it is made from; `ran` what the report says ran, which is not
what was asked for where it fell back. A run that was broken off goes on where it was (`done.py`).
"""

import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks import models, zoo
from benchmarks.conversion import again, done
from benchmarks.conversion.tried import PRECISIONS, Original, Tried, try_
from benchmarks.noise import Witness
from benchmarks.outcome import Outcome, Row
from benchmarks.paired import Middle, middle
from effprof import environment
from effprof.base.folders import data_folder

CLAIM = "ONNX becomes .tflite: 19 of 20 agree, MobileNetV2 under 15 s, cached under 0.2 s"
SHARE = 0.95
SECONDS, CACHED_SECONDS = 15.0, 0.2
LARGE = "mobilenet-v2"
QUICK = ("student", "square-signal", "lstm", LARGE)

Shapes = dict[str, tuple[int, ...]]


def run(*, quick: bool) -> Outcome:
    witness = Witness()
    outcome = Outcome("conversion", CLAIM, quick=quick)
    lacking = [one.key for one in environment.SETS["mobile"] if environment.locate(one) is None]
    if lacking:
        outcome.skipped = f"{lacking[0]} is not set up: effprof setup mobile"
        return outcome
    made = data_folder().absolute() / "environments"
    with done.Folder(made, quick=quick) as folder:
        before = len(folder.lines)
        os.environ["EFFPROF_DATA"] = str(folder.data)
        tried = list(_all(folder, quick=quick))
        outcome.rows += _rows(tried, again.seconds(folder.models / f"{LARGE}.onnx"))
    if before:
        outcome.notes.append(f"{before} of {len(tried)} lines are of an earlier run, broken off")
    outcome.details += [one.told() for one in tried]
    outcome.host = witness.told()
    return outcome


def _rows(tried: list[Tried], cached: again.Seconds) -> list[Row]:
    floats = [one for one in tried if one.asked == "fp32"]
    good = sum(one.agrees for one in floats)
    share = good / len(floats)
    large = next(one for one in floats if one.model == LARGE)
    return [
        Row(f"{good} of {len(floats)} convert and agree", share, share, share, len(floats), "%",
            limit=SHARE, at_least=True),
        _seconds("MobileNetV2: conversion", middle([large.seconds]), SECONDS),
        _seconds("MobileNetV2: from the cache", middle(cached.deploy), CACHED_SECONDS),
        _seconds("MobileNetV2 again: imports and all before the first worker",
                 middle(cached.before), None),
    ]  # fmt: skip


def _seconds(what: str, found: Middle, limit: float | None) -> Row:
    return Row(what, found.value, found.low, found.high, found.n, "s", limit=limit)


def _all(folder: done.Folder, *, quick: bool) -> Iterator[Tried]:
    for path, shapes in _models(folder.models):
        name = models.label(path)
        if quick and name not in QUICK:
            continue
        original = Original()
        for precision in PRECISIONS:
            line = folder.lines.get((name, precision))
            if line is None:
                one = try_(path, name, shapes, precision, original)
                folder.add(one)
            else:
                one = Tried(**line)
            if precision == "fp32":  # which the others are made from
                original.converted_s = one.seconds
            print("  " + "  ".join(filter(None, one.cells())), flush=True)
            yield one


def _models(folder: Path) -> Iterator[tuple[Path, Shapes]]:
    for path in models.available():
        yield path, {}
    yield from models.silero()
    for name, make in zoo.MADE.items():
        path = folder / f"{name}.onnx"
        yield path if path.exists() else make(path), {}
