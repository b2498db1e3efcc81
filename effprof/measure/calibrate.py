"""This machine's ceilings, measured once and kept by host fingerprint and threads."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from effprof.base.errors import UnfinishedError
from effprof.base.folders import data_folder, write_whole
from effprof.base.quantity import show
from effprof.base.records import Caution
from effprof.estimators.roofline import Bandwidth, Ceilings
from effprof.measure.caution import BUSY_SHARE
from effprof.measure.launch import POOLS, Limits, launch
from effprof.worker.protocol import Request

SECONDS = 0.8
"""Of each of the two parts; the best of the repeats within is kept."""


QUIET_LOAD = 0.5
"""Load a core under which it is worth measuring again what was measured beside others."""


def ceilings(fingerprint: str, threads: int, on_phase: Callable[[str], None]) -> Ceilings:
    """Those kept for this kind of machine, else measured now and kept.

    Those measured beside other processes are too low; they are measured again once it is quiet.
    """
    kept = _read(_path(fingerprint, threads))
    if kept is None or (kept.others_share >= BUSY_SHARE and _is_quiet()):
        return measure(fingerprint, threads, on_phase)
    return kept


def _is_quiet() -> bool:
    return os.getloadavg()[0] < QUIET_LOAD * (os.cpu_count() or 1)


def cautions(found: Ceilings | None) -> tuple[Caution, ...]:
    if found is None or found.others_share < BUSY_SHARE:
        return ()
    return (
        Caution(
            "busy-ceilings",
            f"other processes used {show(found.others_share, '%')} of this machine while its "
            "ceilings were measured: utilization reads too high",
            "effprof calibrate, when nothing else runs",
        ),
    )


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
        float(raw.get("others_share", 0.0)),
    )


def _better(new: Ceilings, old: Ceilings | None) -> Ceilings:
    if old is None or len(old.bandwidth) != len(new.bandwidth):
        return new
    levels = tuple(
        max(pair, key=lambda level: level.bytes_per_s)
        for pair in zip(new.bandwidth, old.bandwidth, strict=True)
    )
    others_share = min(new.others_share, old.others_share)
    return Ceilings(max(new.flops_per_s, old.flops_per_s), levels, new.threads, others_share)


def _keep(path: Path, best: Ceilings) -> None:
    """Kept where it can be; a full or read-only disk costs two seconds the next time, no more."""
    with suppress(OSError):
        write_whole(path, json.dumps(asdict(best)).encode())
