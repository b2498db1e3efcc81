"""This machine's watts at its plug, as a user read them once: kept by host fingerprint."""

import json
from dataclasses import asdict
from pathlib import Path

from effprof.base.errors import LackingError, RequestError, reason
from effprof.base.folders import data_folder, write_whole
from effprof.estimators.cpu_power import Plug

MOST_WATTS = 1e5
"""A rack of the densest servers draws as much."""


def _path(fingerprint: str) -> Path:
    return data_folder() / "power" / f"{fingerprint}.json"


def read(fingerprint: str) -> Plug | None:
    """What was kept; None when there is nothing, or nothing that can be read."""
    try:
        raw = json.loads(_path(fingerprint).read_text(encoding="utf-8"))
        return Plug(float(raw["idle_w"]), float(raw["busy_w"]), int(raw["cores"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(fingerprint: str, plug: Plug) -> Path:
    """Written by rename; says where."""
    path = _path(fingerprint)
    try:
        write_whole(path, json.dumps(asdict(plug)).encode())
    except OSError as error:
        raise LackingError(
            f"{path}: {reason(error)}", hint="name another folder with EFFPROF_DATA"
        ) from None
    return path


def forget(fingerprint: str) -> Plug | None:
    """What was kept until now; None when there was nothing."""
    kept = read(fingerprint)
    path = _path(fingerprint)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise LackingError(f"{path}: {reason(error)}", hint="remove the file yourself") from None
    return kept


def asked(idle_w: float | None, busy_w: float | None, cores: int) -> Plug | None:
    """Both watts or neither, and a busy machine that draws more than an idle one."""
    if idle_w is None and busy_w is None:
        return None
    if idle_w is None or busy_w is None:
        given = "--watts-idle" if busy_w is None else "--watts-busy"
        raise RequestError(
            f"{given} alone: both watts are needed", hint="--watts-idle 8 --watts-busy 23"
        )
    if not 0 < idle_w < busy_w < float("inf"):
        raise RequestError(
            f"--watts-idle {idle_w:g} --watts-busy {busy_w:g}: a busy machine draws more than an "
            "idle one, and both more than nothing",
            hint="read the meter with nothing running, then with every core busy",
        )
    if busy_w > MOST_WATTS:
        raise RequestError(
            f"--watts-busy {busy_w:g}: more than {MOST_WATTS:g} W, which no machine draws",
            hint="watts, as the meter shows them: --watts-idle 8 --watts-busy 23",
        )
    return Plug(idle_w, busy_w, cores)
