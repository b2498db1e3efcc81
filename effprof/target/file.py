"""One target file: its keys, what each may hold, and the value it becomes."""

import hashlib
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from msgspec import Struct

from effprof.base import yamlfile
from effprof.base.errors import TargetError
from effprof.base.quantity import Quantity
from effprof.base.vocabulary import MOST_THREADS, Environment, Means, Precision
from effprof.target.facts import UNKNOWN, Fact, FactEntry, Line, fact

ENVIRONMENTS: tuple[Environment, ...] = get_args(Environment)

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Device(Struct, frozen=True, forbid_unknown_fields=True):
    name: Line = "this machine"
    soc: Line | None = None


class Here(Struct, frozen=True, forbid_unknown_fields=True):
    """How it is measured where it is this very machine, one of whose names is `board`.

    `*` stands for anything in it: `Raspberry Pi 5 *`.
    """

    board: Line
    backend: Line
    options: dict[str, Any] = {}
    meters: tuple[Line, ...] = ()


class TargetFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`options` go to the backend as they are; `threads: cores` means every usable core.

    `precision`: what models are converted to unless `--precision` asks for another.
    """

    schema: Literal[1]
    name: str
    environment: Environment
    summary: Line
    means: Means
    profile: Line
    backend: Line | None = None
    estimator: Line | None = None
    options: dict[str, Any] = {}
    precision: Precision | None = None
    memory_limit: Quantity | None = None
    facts: dict[str, FactEntry] = {}
    meters: tuple[Line, ...] = ()
    device: Device = Device()
    here: Here | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where the model will live. `sha256` is of the file's bytes; `device` is for the report.

    `run` has a backend; `model` has an estimator, and a backend where the model is also run here.
    """

    id: str
    path: Path
    sha256: str
    environment: Environment
    summary: str
    means: Means
    backend: str | None
    estimator: str | None
    profile: str
    options: Mapping[str, Any]
    memory_limit_bytes: int | None
    facts: Mapping[str, Fact]
    meters: tuple[str, ...]
    device: Mapping[str, str]
    precision: Precision | None = None
    here: Here | None = None

    @property
    def duty_hz(self) -> float | None:
        """Queries a second that the target is said to answer."""
        return self.fact("duty_cycle")

    def fact(self, key: str) -> float | None:
        """A numeric fact in its base unit; None where the file does not state it."""
        found = self.facts.get(key)
        return found.quantity.value if found and found.quantity else None

    def plain_facts(self) -> dict[str, float | str]:
        """Every fact that is known, for a plugin: numbers in base units, texts as they are."""
        return {
            key: fact.quantity.value if fact.quantity else fact.text
            for key, fact in self.facts.items()
            if fact.text != UNKNOWN
        }


def is_id(word: str) -> bool:
    """Whether it can name a target: no path in it, so nothing leaves the catalogue's folders."""
    return bool(_ID.fullmatch(word))


def read(path: Path) -> Target:
    """The target a YAML file describes, every value checked; TargetError says which is not."""
    if _irregular(path):
        raise TargetError(f"{path}: is not a file", hint="a target is one YAML file")
    document = yamlfile.read(path, TargetError)
    limit_bytes = _memory_limit(path, document.get("memory_limit"))
    file = yamlfile.check(document, TargetFile, str(path), TargetError)
    if not is_id(file.name):
        raise TargetError(
            f"{path}: name: {file.name!r} is not an id",
            hint="lower-case letters, digits and hyphens, like jetson-orin-nano",
        )
    _check_parts(path, file)
    return Target(
        id=file.name,
        path=path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        environment=file.environment,
        summary=file.summary,
        means=file.means,
        backend=file.backend,
        estimator=file.estimator,
        profile=file.profile,
        options=_options(path, file.options),
        memory_limit_bytes=limit_bytes,
        facts={key: fact(path, key, entry) for key, entry in file.facts.items()},
        meters=_meters(path, file.meters),
        device=_device(file.device),
        precision=file.precision,
        here=file.here,
    )


def _check_parts(path: Path, file: TargetFile) -> None:
    """What the means needs must be named, and nothing that it would not use."""
    means = f"`means: {file.means}`"
    if file.means != "model" and file.backend is None:
        hint = "name what runs it, as `backend: onnxruntime`"
        raise TargetError(f"{path}: backend: is not there, and {means} needs one", hint=hint)
    if file.means != "model" and file.estimator is not None:
        hint = "write `means: model`, or leave the estimator out"
        raise TargetError(f"{path}: estimator: says nothing under {means}", hint=hint)
    if file.means == "model" and file.estimator is None:
        hint = "name what works it out, as `estimator: phone`"
        raise TargetError(
            f"{path}: estimator: is not there, and `means: model` needs one", hint=hint
        )
    if file.here is not None and file.means != "model":
        hint = "a target that is run is this machine already"
        raise TargetError(f"{path}: here: says nothing under {means}", hint=hint)


def _device(device: Device) -> dict[str, str]:
    known = {"name": device.name, "soc": device.soc}
    return {key: value for key, value in known.items() if value is not None}


def _irregular(path: Path) -> bool:
    """A folder, or a pipe that opening would wait for; what cannot be looked at is told later."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _options(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    threads = options.get("threads", 1)
    if threads != "cores" and (type(threads) is not int or not 1 <= threads <= MOST_THREADS):
        raise TargetError(
            f"{path}: options.threads: {threads!r} is no number of threads",
            hint=f"write `cores` for every usable core, or 1 to {MOST_THREADS}",
        )
    for key, value in options.items():
        if not _plain(value):
            raise TargetError(
                f"{path}: options: {key!r}: {value!r} does not fit in a report",
                hint="text, numbers, true, false, lists and mappings of them do",
            )
    return options


def _plain(value: object) -> bool:
    """Whether JSON can hold it: YAML also knows dates, bytes and sets."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _plain(part) for key, part in value.items())
    if isinstance(value, list):
        return all(_plain(part) for part in value)
    return value is None or isinstance(value, str | int | float)


def _memory_limit(path: Path, limit: object) -> int | None:
    """Looked at before all else is checked: only here is it known that memory is meant."""
    if isinstance(limit, bool) or not isinstance(limit, str | int | float):
        return None
    size_bytes = yamlfile.amount(limit, "B", str(path), "memory_limit", TargetError)
    if size_bytes < 1:
        raise TargetError(
            f"{path}: memory_limit: {limit} is not an amount of memory", hint="write 512 MiB"
        )
    return int(size_bytes)


def _meters(path: Path, meters: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((name for name in meters if meters.count(name) > 1), None)
    if twice:
        raise TargetError(f"{path}: meters: {twice} is listed twice", hint="name each meter once")
    return meters
