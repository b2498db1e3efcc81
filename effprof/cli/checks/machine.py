"""This machine: its cores, memory, clock and neighbours, and the instruments it has."""

import os
import time
from collections.abc import Iterator

from effprof import host, plugins
from effprof.base.quantity import show
from effprof.cli.checks.finding import Finding, State
from effprof.host import cgroup, clock, cpu, load, memory
from effprof.host.place import place, virtual_machine
from effprof.measure import plug

# Above these, the intervals of a measurement widen visibly; a note, not a refusal.
_BUSY = 0.25  # runnable processes per CPU
_STOLEN = 0.01
_COARSE_NS = 1000
_STEAL_WINDOW_S = 0.3  # 30 clock ticks a CPU


def machine() -> tuple[Finding, ...]:
    """All of them, in the order they are shown."""
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
    )


def _cores() -> Finding:
    quota = cgroup.cpu_quota()
    text = f"{cpu.cpu_name()}, {cpu.usable_cores()} usable of {os.cpu_count()} CPUs"
    if quota is None:
        return Finding("cpu", State.OK, text)
    advice = "a quota stops all threads at once when it is spent: p99 shows it"
    return Finding("cpu", State.NOTE, f"{text}, quota {quota:g} CPUs", advice)


def _memory() -> Finding:
    free, physical = memory.available_bytes(), memory.physical_bytes()
    text = f"{show(free, 'B')} available of {show(physical, 'B')}"
    limit = cgroup.memory_limit_bytes()
    if limit is not None:
        text += f", limited to {show(limit, 'B')} by a control group"
    return Finding("memory", State.OK, text)


def _place() -> Finding:
    if virtual_machine() is None:
        return Finding("runs on", State.OK, place())
    return Finding(
        "runs on", State.NOTE, place(), "neighbours share its caches: expect wider tails"
    )


def _clock() -> Finding:
    step = clock.step_ns()
    text = f"smallest step {step} ns"
    if step <= _COARSE_NS:
        return Finding("clock", State.OK, text)
    return Finding("clock", State.NOTE, text, "several runs share a reading when one is short")


def _load() -> Finding:
    runnable = load.load_per_core()
    if runnable is None:
        return Finding("load", State.NOTE, "this system does not tell")
    text = f"{runnable:.2f} runnable processes per CPU over the last minute"
    if runnable <= _BUSY:
        return Finding("load", State.OK, text)
    return Finding("load", State.NOTE, text, "stop other work, or expect wider intervals")


def _steal() -> Finding:
    before = load.cpu_ticks()
    time.sleep(_STEAL_WINDOW_S)
    after = load.cpu_ticks()
    share = load.steal_share(before, after) if before and after else None
    if share is None:
        return Finding("steal", State.OK, "not counted by this system")
    text = f"{share * 100:.1f} % of CPU time taken by the hypervisor, over {_STEAL_WINDOW_S:g} s"
    if share <= _STOLEN:
        return Finding("steal", State.OK, text)
    return Finding("steal", State.NOTE, text, "measure on a machine with CPUs of its own")


def _frequency() -> Finding:
    found, boost = cpu.governor(), cpu.turbo()
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
    level = cpu.perf_paranoia()
    if level is None:
        return Finding("perf", State.OK, "no hardware counters; effprof needs none")
    allowed = "open" if level <= 2 else "closed"
    return Finding("perf", State.OK, f"counters {allowed} to this user; effprof needs none")


def _energy() -> Iterator[Finding]:
    """A row for each instrument that is here; one where there is none."""
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
    if kept := plug.read(host.describe().fingerprint):
        text = f"no counter; worked out from {kept.idle_w:g} W idle and {kept.busy_w:g} W busy"
        yield Finding("energy", State.OK, f"{text} at the plug")
        return
    advice = "effprof calibrate with a wall meter's idle and busy watts, or an external meter"
    yield Finding("energy", State.NOTE, "no counter on this machine: energy is modelled", advice)
