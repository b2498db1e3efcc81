"""What the worker of an emulated target answered, kept: the next run of the same asks nobody.

An emulator reads no clock. Its figures and answers follow from the model, the inputs, the board,
the packages and the code, and their hash names the file that holds them: what is found is never out
of date. The seconds that it took are this machine's, and are not kept.
"""

import io
import json
import platform
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from effprof.base import digest, shelf
from effprof.base.folders import data_folder
from effprof.base.records import Ending
from effprof.measure.launch import Answer, Limits, launch
from effprof.measure.plan import Plan
from effprof.worker.protocol import Request

MOST = 128
"""Answers that are kept; those not asked for the longest go."""
LARGEST_BYTES = 8 << 20
"""Of the outputs, which are most of an answer: ten int8 classes of 100,000 items take 1 MB."""

_PACKAGE = Path(__file__).parents[1]
_CODE = ("base", "worker", "backends/mcu", "ports.py")
_SUFFIXES = (".py", ".c", ".h", ".in")
_SECONDS = ("load_ns", "first_ns")
_READ_BY = ("numpy", "tflite")
_NO_MATTER = ("folder", "ceiling_s")  # an answer of all items is kept alone
_DAMAGED = (zipfile.BadZipFile, zlib.error, ValueError, KeyError, TypeError, EOFError, OSError)


def ask(
    plan: Plan,
    request: Request,
    limits: Limits,
    on_phase: Callable[[str], None] = lambda _phase: None,
) -> Answer:
    """As `launch`; `cached` where no worker was asked."""
    place = _place(plan, request)
    if place is not None and (found := _read(place, request)):
        return found
    answer = launch(request, limits, python=plan.python, on_phase=on_phase)
    if place is not None and _lasting(answer, request) and place == _place(plan, request):
        with suppress(OSError):  # a read-only folder, a full disk: then it is emulated again
            _write(place, answer)
    return answer


def _lasting(answer: Answer, request: Request) -> bool:
    """Not where this machine had no time for all items, or no compiler: another day it may."""
    wanted = request.settings.get("items")
    told = answer.found.get("emulation", {}).get("cautions", ())
    followed = all(one["code"] != "flash-unfollowed" for one in told)
    return answer.ok and answer.found.get("items") == wanted and followed


def folder() -> Path:
    return data_folder() / "emulated"


def _place(plan: Plan, request: Request) -> Path | None:
    """None where another answer may come, or more than an answer is wanted: a project to keep."""
    if plan.means != "emulate" or plan.python != sys.executable or request.options.get("keep"):
        return None
    if request.backend is None or not request.backend.reference.startswith("effprof."):
        return None  # the code of a stranger is not known
    try:
        parts = {
            "backend": request.backend.reference,
            "asked": _asked(request),
            "packages": {name: version(name) for name in (*plan.packages, *_READ_BY)},
            "machine": (platform.python_version(), sys.platform, platform.machine()),
            "code": _code(),
        }
    except (OSError, PackageNotFoundError):  # the worker says it better
        return None
    text = json.dumps(parts, sort_keys=True)
    return folder() / f"{sha256(text.encode()).hexdigest()[:32]}.npz"


def _asked(request: Request) -> dict[str, Any]:
    """Files by their content: where they lie changes nothing."""
    plain = asdict(replace(request, backend=None, settings=_settings(request)))
    for load in plain["loads"]:
        load["path"] = digest.sha256(Path(load["path"]))
        for feed in load["feeds"]:
            values = feed["values"]
            values["path"] = digest.sha256(Path(values["path"])) if values["path"] else ""
    return plain


def _settings(request: Request) -> dict[str, Any]:
    return {key: value for key, value in request.settings.items() if key not in _NO_MATTER}


@cache
def _code() -> str:
    """Changes with every line of the emulator, of the generator and of what feeds them."""
    whole = sha256()
    for name in _CODE:
        place = _PACKAGE / name
        for path in sorted(place.rglob("*")) if place.is_dir() else (place,):
            if path.suffix in _SUFFIXES:
                whole.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0")
                whole.update(path.read_bytes())
    return whole.hexdigest()


def _write(place: Path, answer: Answer) -> None:
    import numpy as np

    files: Mapping[str, str] = answer.found.get("outputs", {})
    if sum(Path(path).stat().st_size for path in files.values()) > LARGEST_BYTES:
        return
    told = {
        "loaded": {key: value for key, value in answer.loaded.items() if key not in _SECONDS},
        "python": answer.python,
        "packages": answer.packages,
        "settings": answer.settings,
        "found": answer.found | ({"outputs": list(files)} if files else {}),
    }
    arrays = {str(at): np.load(path) for at, path in enumerate(files.values())}
    content = io.BytesIO()
    np.savez(content, told=np.frombuffer(json.dumps(told).encode(), np.uint8), **arrays)
    shelf.put(place, content.getvalue(), MOST)


def _read(place: Path, request: Request) -> Answer | None:
    """The answer, its outputs laid where a worker would have; None: none yet, or damaged."""
    import numpy as np

    content = shelf.take(place)
    if content is None:
        return None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as held:
            told = json.loads(held["told"].tobytes())
            answer = Answer(**told, ending=Ending.OK, phase="done", cached=True)
            if "outputs" in answer.found:
                answer.found["outputs"] = _laid(answer.found["outputs"], held, request)
    except _DAMAGED:
        return None
    return answer


def _laid(names: list[str], held: Any, request: Request) -> dict[str, str]:
    import numpy as np

    files = {}
    for at, name in enumerate(names):
        path = Path(request.settings["folder"]) / f"{at}.npy"
        np.save(path, held[str(at)], allow_pickle=False)
        files[name] = str(path)
    return files
