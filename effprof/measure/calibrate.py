"""This machine's ceilings, measured once and kept by host fingerprint and threads."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from effprof.base.errors import UnfinishedError
from effprof.base.folders import data_folder
from effprof.estimators.roofline import Bandwidth, Ceilings
from effprof.measure.launch import POOLS, Limits, launch
from effprof.worker.protocol import Request

SECONDS = 0.8
"""Of each of the two parts; the best of the repeats within is kept."""


def ceilings(fingerprint: str, threads: int, on_phase: Callable[[str], None]) -> Ceilings:
    """Those kept for this kind of machine, else measured now and kept."""
    kept = _read(_path(fingerprint, threads))
    return kept or measure(fingerprint, threads, on_phase)


def measure(
    fingerprint: str, threads: int, on_phase: Callable[[str], None], seconds: float = SECONDS
) -> Ceilings:
    """Measures afresh and keeps the better of old and new: a busy machine only ever lowers them."""
    on_phase("this machine's ceilings (once)")
    request = Request("ceilings", None, settings={"threads": threads, "seconds": seconds})
    pools = {name: str(threads) for name in POOLS}
    answer = launch(request, Limits(silence_s=60 + 4 * seconds), env=pools)
    if not answer.ok:
        raise UnfinishedError(f"measuring this machine's ceilings ended in {answer.detail}")
    path = _path(fingerprint, threads)
    best = _better(_decode(answer.found, threads), _read(path))
    _keep(path, best)
    return best


def _path(fingerprint: str, threads: int) -> Path:
    return data_folder() / "ceilings" / f"{fingerprint}-{threads}.json"


def _read(path: Path) -> Ceilings | None:
    """What was kept; None when there is nothing, or nothing that can be read."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return _decode(raw, raw["threads"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _decode(raw: Mapping[str, Any], threads: int) -> Ceilings:
    levels = (
        Bandwidth(int(one["working_set_bytes"]), float(one["bytes_per_s"]))
        for one in raw["bandwidth"]
    )
    return Ceilings(
        float(raw["flops_per_s"]),
        tuple(sorted(levels, key=lambda level: level.working_set_bytes)),
        int(threads),
    )


def _better(new: Ceilings, old: Ceilings | None) -> Ceilings:
    if old is None or len(old.bandwidth) != len(new.bandwidth):
        return new
    levels = tuple(
        max(pair, key=lambda level: level.bytes_per_s)
        for pair in zip(new.bandwidth, old.bandwidth, strict=True)
    )
    return Ceilings(max(new.flops_per_s, old.flops_per_s), levels, new.threads)


def _keep(path: Path, best: Ceilings) -> None:
    """Kept where it can be; a full or read-only disk costs two seconds the next time, no more."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(asdict(best)), encoding="utf-8")
        partial.replace(path)
    except OSError:
        return
