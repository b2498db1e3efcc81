"""What `effprof doctor` looks at: each check gives one finding and how to mend it.

Nothing here loads a runtime or changes the machine.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from effprof.base.errors import EffprofError, LackingError

if TYPE_CHECKING:
    from effprof.target import Listed, Target

# Above these, the intervals of a measurement widen visibly; a note, not a refusal.
_BUSY = 0.25  # runnable processes per CPU
_STOLEN = 0.01
_COARSE_NS = 1000
_STEAL_WINDOW_S = 0.3  # 30 clock ticks a CPU
_ROOM_BYTES = 2 << 30  # the largest runtime environment so far, with uv's cache


class State(StrEnum):
    """`note`: works, and the figures are worse for it, or fewer."""

    OK = "ok"
    NOTE = "note"
    LACK = "lack"


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    state: State
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """One target of the catalogue."""

    id: str
    findings: tuple[Finding, ...]

    @property
    def measurable(self) -> bool:
        return all(finding.state != State.LACK for finding in self.findings)


def machine() -> tuple[Finding, ...]:
    """This machine and this installation, target by target left aside."""
    return (
        _cores(),
        _memory(),
        _place(),
        _clock(),
        _load(),
        _steal(),
        _frequency(),
        _counters(),
        *_energy(),
        _uv(),
        _adb(),
        _data(),
        _terminal(),
    )


def examine(target: "Target") -> Examined:
    """Whether it can be measured here: its backend first, then each meter."""
    worked_out = () if target.estimator is None else (_estimator(target, target.estimator),)
    run = () if target.backend is None else (_backend(target.backend),)
    parts = (*worked_out, *run, *_converters(target), *_meters(target), _profile(target))
    return Examined(target.id, parts)


def _estimator(target: "Target", name: str) -> Finding:
    from effprof import plugins
    from effprof.measure.estimate import described

    subject = f"estimator {name}"
    try:
        estimator = plugins.estimator(name)
        lack = estimator.lacks(described(target, None))
    except EffprofError as bad:  # a tool of its own that is not installed is no fault of the file
        return Finding(subject, State.LACK, bad.message, bad.hint)
    if lack:
        return Finding(subject, State.LACK, lack, f"edit {target.path}")
    return Finding(subject, State.OK, f"works out {', '.join(estimator.metrics)}")


def _converters(target: "Target") -> Iterator[Finding]:
    """What an ONNX model has to pass on its way to a target that takes other files."""
    from effprof import environment, plugins

    try:
        formats = plugins.backend(target.backend).formats if target.backend else ("onnx",)
    except EffprofError:  # told by the finding on the backend
        return
    if "onnx" in formats or "tflite" not in formats:
        return
    for spec, lack in (
        (environment.ONNX2TF, "ONNX models cannot be converted: give a .tflite"),
        (environment.QUANTIZER, "nothing can be quantised"),
    ):
        if environment.locate(spec):
            yield Finding("converter", State.OK, spec.key)
        else:
            text = f"{spec.key} is not set up: {lack}"
            yield Finding("converter", State.NOTE, text, "effprof setup mobile")


def examine_listed(listed: "Listed") -> Examined:
    if listed.target is None:
        return Examined(listed.id, (Finding("file", State.LACK, listed.error),))
    return examine(listed.target)


def _backend(name: str) -> Finding:
    from effprof import plugins

    subject = f"backend {name}"
    try:
        backend = plugins.backend(name)
        reason = plugins.unavailable(backend)
    except EffprofError as bad:
        return Finding(subject, State.LACK, bad.message, bad.hint)
    if reason:
        return Finding(subject, State.LACK, reason)
    return Finding(subject, State.OK, ", ".join(_versions(backend.packages)) or "available")


def _versions(packages: "Sequence[str]") -> list[str]:
    """Of those that are installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for package in packages:
        with suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return found


def _meters(target: "Target") -> Iterator[Finding]:
    """Each meter; of energy only the one that would be read: the machine's rows tell the rest."""
    from effprof import plugins

    energy = []
    for name in target.meters:
        subject = f"meter {name}"
        try:
            meter = plugins.meter(name)
        except EffprofError as bad:
            yield Finding(subject, State.LACK, bad.message, bad.hint)
            continue
        reason = plugins.unavailable(meter)
        if plugins.reads_energy(meter):
            energy += [] if reason else [name]
        elif reason:
            yield Finding(subject, State.NOTE, f"not measured: {', '.join(meter.metrics)}", reason)
        else:
            yield Finding(subject, State.OK, ", ".join(meter.metrics))
    if energy:
        yield Finding(f"meter {energy[0]}", State.OK, "energy.inference, power.mean, power.idle")


def _profile(target: "Target") -> Finding:
    from effprof import profile

    subject = f"profile {target.profile}"
    try:
        return Finding(subject, State.OK, profile.load(target.profile).summary)
    except EffprofError as bad:
        return Finding(subject, State.LACK, bad.message, bad.hint)


def _cores() -> Finding:
    from effprof.host import cgroup, cpu

    quota = cgroup.cpu_quota()
    text = f"{cpu.cpu_name()}, {cpu.usable_cores()} usable of {os.cpu_count()} CPUs"
    if quota is None:
        return Finding("cpu", State.OK, text)
    advice = "a quota stops all threads at once when it is spent: p99 shows it"
    return Finding("cpu", State.NOTE, f"{text}, quota {quota:g} CPUs", advice)


def _memory() -> Finding:
    from effprof.base.quantity import show
    from effprof.host import cgroup, memory

    free, physical = memory.available_bytes(), memory.physical_bytes()
    text = f"{show(free, 'B')} available of {show(physical, 'B')}"
    limit = cgroup.memory_limit_bytes()
    if limit is not None:
        text += f", limited to {show(limit, 'B')} by a control group"
    return Finding("memory", State.OK, text)


def _place() -> Finding:
    from effprof.host.place import place, virtual_machine

    if virtual_machine() is None:
        return Finding("runs on", State.OK, place())
    return Finding(
        "runs on", State.NOTE, place(), "neighbours share its caches: expect wider tails"
    )


def _clock() -> Finding:
    from effprof.host.clock import step_ns

    step = step_ns()
    text = f"smallest step {step} ns"
    if step <= _COARSE_NS:
        return Finding("clock", State.OK, text)
    return Finding("clock", State.NOTE, text, "several runs share a reading when one is short")


def _load() -> Finding:
    from effprof.host.load import load_per_core

    load = load_per_core()
    if load is None:
        return Finding("load", State.NOTE, "this system does not tell")
    text = f"{load:.2f} runnable processes per CPU over the last minute"
    if load <= _BUSY:
        return Finding("load", State.OK, text)
    return Finding("load", State.NOTE, text, "stop other work, or expect wider intervals")


def _steal() -> Finding:
    import time

    from effprof.host.load import cpu_ticks, steal_share

    before = cpu_ticks()
    time.sleep(_STEAL_WINDOW_S)
    after = cpu_ticks()
    share = steal_share(before, after) if before and after else None
    if share is None:
        return Finding("steal", State.OK, "not counted by this system")
    text = f"{share * 100:.1f} % of CPU time taken by the hypervisor, over {_STEAL_WINDOW_S:g} s"
    if share <= _STOLEN:
        return Finding("steal", State.OK, text)
    return Finding("steal", State.NOTE, text, "measure on a machine with CPUs of its own")


def _frequency() -> Finding:
    from effprof.host.cpu import governor, turbo

    found, boost = governor(), turbo()
    if found is None:
        return Finding("frequency", State.OK, "governor not shown by this kernel")
    text = f"governor {found}"
    if boost is not None:
        text += f", turbo {'on' if boost else 'off'}"
    if found == "performance":
        return Finding("frequency", State.OK, text)
    advice = "for steadier figures: sudo cpupower frequency-set -g performance"
    return Finding("frequency", State.NOTE, text, advice)


def _counters() -> Finding:
    from effprof.host.cpu import perf_paranoia

    level = perf_paranoia()
    if level is None:
        return Finding("perf", State.OK, "no hardware counters; effprof needs none")
    allowed = "open" if level <= 2 else "closed"
    return Finding("perf", State.OK, f"counters {allowed} to this user; effprof needs none")


def _energy() -> Iterator[Finding]:
    """A row for each instrument that is here; one where there is none."""
    from effprof import plugins
    from effprof.host import describe
    from effprof.measure import plug

    seen = False
    for name in plugins.names("meter"):
        meter = plugins.meter(name)
        if not plugins.reads_energy(meter) or not meter.present():
            continue
        seen = True
        if reason := plugins.unavailable(meter):
            yield Finding(f"energy {name}", State.NOTE, "not measured", reason)
        else:
            yield Finding(f"energy {name}", State.OK, "can be read")
    if seen:
        return
    if kept := plug.read(describe().fingerprint):
        text = f"no counter; worked out from {kept.idle_w:g} W idle and {kept.busy_w:g} W busy"
        yield Finding("energy", State.OK, f"{text} at the plug")
        return
    advice = "effprof calibrate with a wall meter's idle and busy watts, or an external meter"
    yield Finding("energy", State.NOTE, "no counter on this machine: energy is modelled", advice)


def _uv() -> Finding:
    from effprof.environment.uv import find_uv

    try:
        return Finding("uv", State.OK, find_uv())
    except LackingError as bad:
        return Finding("uv", State.NOTE, f"{bad.message}: no `effprof setup`", bad.hint)


def _adb() -> Finding:
    import shutil

    found = shutil.which("adb")
    if found:
        return Finding("adb", State.OK, f"{found}: --device adb measures on a phone")
    text = "not on the PATH: no `--device adb`"
    return Finding("adb", State.NOTE, text, "install Android's platform-tools")


def _data() -> Finding:
    import shutil

    from effprof.base.folders import data_folder
    from effprof.base.quantity import show

    folder = data_folder().absolute()
    there = next(path for path in (folder, *folder.parents) if os.access(path, os.F_OK))
    if not os.access(there, os.W_OK):
        advice = "name another with EFFPROF_DATA"
        return Finding("data folder", State.NOTE, f"{folder} cannot be written to", advice)
    free = shutil.disk_usage(there).free
    text = f"{folder}, {show(free, 'B')} free"
    if free >= _ROOM_BYTES:
        return Finding("data folder", State.OK, text)
    return Finding("data folder", State.NOTE, text, "too little for `effprof setup`")


def _terminal() -> Finding:
    import sys

    from effprof.formats.text_look import look_of

    look = look_of(sys.stdout)
    if not sys.stdout.isatty():
        return Finding("terminal", State.OK, "none: plain text, no progress line")
    text = f"{look.width} columns, {'colour' if look.colour else 'no colour'}"
    if look.ascii_only:
        return Finding("terminal", State.OK, f"{text}, ASCII only")
    return Finding("terminal", State.OK, text)


def find(word: str | None) -> "tuple[Examined, ...]":
    """The target asked for, or every one of the catalogue."""
    from effprof.target import catalogue, load

    if word is None:
        return tuple(examine_listed(listed) for listed in catalogue())
    return (examine(load(word)),)
