"""Plugins by name: found through entry points, imported on demand, checked before use.

Those shipped with effprof register the same way as those of any other package.
"""

import importlib.machinery
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeGuard, cast

from effprof.base.errors import LackingError, nearest_name
from effprof.base.records import Plugin
from effprof.ports import Backend, EnergyMeter, Estimator, Meter

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints, SelectableGroups

    from effprof.report.bundle import Bundle

Kind = Literal["backend", "meter", "estimator", "format"]
Format = Callable[["Bundle"], str]
Options = Mapping[str, Any]
OURS = "effprof"

# What a foreign module may raise while it is imported or its class is made. `except Exception`
# would also hide what is wrong in effprof itself.
_BROKEN = (
    *(ImportError, AttributeError, NameError, SyntaxError, OSError, RuntimeError),
    *(TypeError, ValueError, LookupError, ArithmeticError, AssertionError),
)


def names(kind: Kind) -> tuple[str, ...]:
    """Every plugin of a kind, by name; none is imported."""
    return tuple(sorted({point.name for point in _points(kind)}))


def backend(name: str) -> Backend:
    made = _made("backend", name, Backend)
    for word in ("accelerator", "no_device"):  # what it need not have, and what is called if it has
        if not callable(getattr(made, word, callable)):
            raise _unfit(_point("backend", name), "backend", f"its {word} is no method")
    return cast("Backend", made)


@dataclass(frozen=True, slots=True)
class Traits:
    """What a backend may say of itself beyond what it must, as `ports.Backend` has it."""

    any_batch: bool
    rebuilds: bool
    environment: str | None
    accelerator: Callable[[Options], bool]
    no_device: Callable[[Options], str | None]


def traits(backend: Backend) -> Traits:
    """Of one that says nothing: it runs on this machine's CPU, in this environment, as it is."""
    return Traits(
        any_batch=bool(getattr(backend, "any_batch", False)),
        rebuilds=bool(getattr(backend, "rebuilds", False)),
        environment=getattr(backend, "environment", None),
        accelerator=getattr(backend, "accelerator", lambda _options: False),
        no_device=getattr(backend, "no_device", lambda _options: None),
    )


def meter(name: str) -> Meter | EnergyMeter:
    """One that is marked over the clock's window, or one that has a pass of its own."""
    point = _point("meter", name)
    energy = hasattr(_loaded(point, "meter"), "counters")
    return cast("Meter | EnergyMeter", _made("meter", name, EnergyMeter if energy else Meter))


def reads_energy(meter: Meter | EnergyMeter) -> TypeGuard[EnergyMeter]:
    return hasattr(meter, "counters")


def estimator(name: str) -> Estimator:
    return cast("Estimator", _made("estimator", name, Estimator))


def format_(name: str) -> Format:
    """A function that writes reports down; LackingError where one of another package fails."""
    point = _point("format", name)
    loaded = _loaded(point, "format")
    if not callable(loaded):
        raise _unfit(point, "format", "it is not a function")
    if _package(point) == OURS:
        return cast("Format", loaded)

    def foreign(bundle: "Bundle") -> str:
        try:
            text = loaded(bundle)
        except Exception as bad:
            why = f"{type(bad).__name__}: {_first_line(bad)}"
            raise _unfit(point, "format", why) from bad
        if not isinstance(text, str):
            raise _unfit(point, "format", f"it gave {type(text).__name__} and no text")
        return text

    return foreign


def reference(kind: Kind, name: str) -> Plugin:
    """What a worker loads it by, without importing it or the packages it is in."""
    point = _point(kind, name)
    path = _module_path(point.module)
    if path is None:
        raise _unfit(point, kind, f"no file {point.module} can be found")
    return Plugin(point.value, str(path))


def unavailable(plugin: Backend | Meter | EnergyMeter) -> str | None:
    """Why the plugin cannot work here, its own failure to say included; None when it can."""
    try:
        return plugin.unavailable()
    except Exception as bad:  # noqa: BLE001 - foreign code that was to answer, and raised instead
        return f"its check failed: {type(bad).__name__}: {_first_line(bad)}"


def _made(kind: Kind, name: str, protocol: type) -> Any:
    point = _point(kind, name)
    loaded = _loaded(point, kind)
    if not callable(loaded):
        raise _unfit(point, kind, "it is not a class")
    try:
        plugin = loaded()
    except _BROKEN as bad:
        raise _unfit(point, kind, f"{type(bad).__name__}: {_first_line(bad)}") from bad
    lacking = [member for member in _members(protocol) if not hasattr(plugin, member)]
    if lacking:
        raise _unfit(point, kind, f"it has no {', '.join(lacking)}")
    return plugin


def _members(protocol: type) -> list[str]:
    """Methods and attributes that the Protocol asks for, in its order."""
    declared = {**protocol.__annotations__, **vars(protocol)}
    return [name for name in declared if not name.startswith("_")]


def _loaded(point: "EntryPoint", kind: Kind) -> object:
    try:
        return point.load()
    except _BROKEN as bad:
        raise _unfit(point, kind, f"{type(bad).__name__}: {_first_line(bad)}") from bad


@cache
def _installed() -> "EntryPoints | SelectableGroups":
    """Of every group: finding them reads a file of each package that is installed, 35 ms."""
    from importlib.metadata import entry_points

    return entry_points()


def _points(kind: Kind) -> tuple["EntryPoint", ...]:
    return tuple(_installed().select(group=f"effprof.{kind}s"))


def _point(kind: Kind, name: str) -> "EntryPoint":
    points = _points(kind)
    found = [point for point in points if point.name == name]
    if not found:
        near = nearest_name(name, {point.name for point in points})
        raise LackingError(f"{name}: no {kind} of that name is installed", hint=near)
    if len(found) > 1:  # one package may be found twice
        packages = sorted({_package(point) for point in found})
        if len(packages) > 1 or len({point.value for point in found}) > 1:
            raise LackingError(
                f"{name}: more than one {kind} of that name is installed, "
                f"by {' and '.join(packages)}",
                hint="uninstall all but one of them",
            )
    return found[0]


def _package(point: "EntryPoint") -> str:
    return point.dist.name if point.dist else "a package without a name"


def _unfit(point: "EntryPoint", kind: Kind, why: str) -> LackingError:
    return LackingError(
        f"{kind} {point.name} of package {_package(point)} cannot be used: {why}",
        hint=f"reinstall or update {_package(point)}; its entry point is {point.value}",
    )


def _first_line(bad: Exception) -> str:
    return str(bad).strip().partition("\n")[0][:200] or "no message"


def _module_path(module: str) -> Path | None:
    """The file of `a.b.c`, package by package; `find_spec("a.b.c")` would import a and a.b."""
    folders: list[str] | None = None
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        spec = _spec(".".join(parts[:depth]), folders)
        if spec is None:
            return None
        folders = list(spec.submodule_search_locations or [])
    return Path(spec.origin) if spec and spec.origin and spec.has_location else None


def _spec(name: str, folders: list[str] | None) -> importlib.machinery.ModuleSpec | None:
    """As the import system would find it: editable installs add finders of their own."""
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        spec = find(name, folders) if find else None
        if spec is not None:
            return cast("importlib.machinery.ModuleSpec", spec)
    return None
