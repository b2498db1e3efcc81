"""The energy pass: which meter's joules are the report's, and what each of them read.

Each meter is read over the same windows of work (`levels.py`). The idle baseline is that of the
bare worker, before the runtime is loaded. What did not move is missing, never 0.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from effprof.base.quantity import show
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.stats import CONFIDENCE
from effprof.measure import levels
from effprof.measure.caution import BUSY_SHARE
from effprof.measure.launch import Limits, launch
from effprof.measure.levels import Level, Metered, Stretch, read
from effprof.measure.meters import EXTERNAL
from effprof.measure.plan import WARM_UP_S, MeterPlan, Plan
from effprof.report.report import EnergyPart, EnergyWindow

METRICS = ("energy.inference", "energy.dynamic", "power.mean", "power.idle")
IDLE_S, SETTLE_S = 3.0, 1.0
UNSTEADY = 0.10
"""Coefficient of variation over windows from which the mean is warned of."""


@dataclass(frozen=True, slots=True)
class Pass:
    """`meters` in the target's order; `lack` where the worker did not end well."""

    meters: tuple[Metered, ...] = ()
    others_share: float = 0.0
    lack: str = ""

    @property
    def leader(self) -> Metered | None:
        return next((one for one in self.meters if not one.lack), None)


def run(plan: Plan, batch: int, on_phase: Any) -> Pass:
    """One worker under all meters that can be read here."""
    usable = [one for one in plan.energy if not one.lack]
    unusable = tuple(_unread(one) for one in plan.energy if one.lack)
    if not usable:
        return Pass(unusable)
    request = plan.energy_request(
        batch,
        idle_s=IDLE_S,
        settle_s=SETTLE_S,
        window_s=levels.WINDOW_S,
        updates=levels.UPDATES,
        windows=levels.WINDOWS,
        ceiling_s=plan.energy_s,
        warm_up_s=WARM_UP_S,
        options={"command": plan.meter_command},
    )
    windows_s = max(plan.energy_s, levels.WINDOWS * levels.WINDOW_S)
    limits = Limits(plan.silence_s, 3 * windows_s, plan.memory_limit_bytes)
    on_phase("energy: idle, then windows of work")
    answer = launch(request, limits, python=plan.python)
    if not answer.ok:
        detail = answer.detail or f"the worker ended in {answer.ending}"
        return Pass(unusable, lack=detail)
    return Pass(_decoded(usable, answer.found) + unusable, _others(answer.found["host"]))


def _unread(one: MeterPlan) -> Metered:
    return Metered(one.name, "", None, (), (), 0, lack=one.lack, present=one.present)


def _others(host: Mapping[str, float]) -> float:
    held_s = host.get("cores", 0.0) * host.get("wall_s", 0.0)
    return host.get("others_cpu_s", 0.0) / held_s if held_s else 0.0


def _decoded(plans: Sequence[MeterPlan], found: Mapping[str, Any]) -> tuple[Metered, ...]:
    stretches = tuple(
        Stretch(one["name"], one["start"], one["end"], one["items"], tuple(one["temperatures"]))
        for one in found["stretches"]
    )
    return tuple(
        read(plan.name, told, stretches, place)
        for place, (plan, told) in enumerate(zip(plans, found["meters"], strict=True))
    )


def figures(found: Pass, metered: bool) -> list[Measurement | Missing | Caution]:
    """Those of the first meter that read something; `metered`: an instrument is there at all."""
    leader = found.leader
    if leader is None:
        return list(_nothing(found, metered))
    work = leader.work()
    joules = [level.watts * one.seconds / one.items for one, level in work]
    least_s = min(one.seconds for one, _ in work)
    source = f"meter:{leader.name}, {len(work)} windows of {show(least_s, 's')} or more"
    idle = leader.level("idle")
    return [
        _sampled("energy.inference", joules, source, leader.scope),
        _sampled("power.mean", [level.watts for _, level in work], source, leader.scope),
        _idle(idle, leader),
        _dynamic(work, idle, source, leader.scope),
        *cautions(found, joules),
    ]


def _nothing(found: Pass, metered: bool) -> Iterable[Missing]:
    if not metered:
        reason = "no energy counter on this machine"
        return [Missing("power.mean", reason, "effprof doctor")]
    told = [(f"{one.name}: {one.lack}", one.hint) for one in found.meters if one.present]
    reason = found.lack or "; ".join(text for text, _ in told) or "no energy counter was read"
    hint = next((hint for _, hint in told if hint), "effprof doctor")
    return [Missing(metric, reason, hint) for metric in METRICS if metric != "energy.inference"]


def _idle(idle: Level | None, leader: Metered) -> Measurement | Missing:
    if idle is None:
        return Missing("power.idle", f"{leader.name} did not move while nothing ran")
    return Measurement(
        "power.idle",
        idle.watts,
        Origin.MEASURED,
        f"meter:{leader.name}, before the runtime was loaded",
        n=idle.updates,
        scope=leader.scope,
    )


def _dynamic(
    work: Sequence[tuple[Stretch, Level]], idle: Level | None, source: str, scope: str
) -> Measurement | Missing:
    metric = "energy.dynamic"
    if idle is None:
        return Missing(metric, "the idle baseline is not known")
    above = [(level.watts - idle.watts) * one.seconds / one.items for one, level in work]
    if mean(above) <= 0:
        busy_w = mean(level.watts for _, level in work)
        reason = (
            f"the work draws no more than idling: {show(busy_w, 'W')} and {show(idle.watts, 'W')}"
        )
        return Missing(metric, reason, "a machine that does nothing else")
    return _sampled(metric, above, source, f"above power.idle; {scope}")


def _sampled(metric: str, values: Sequence[float], source: str, scope: str) -> Measurement:
    """The mean over windows; its interval as Student's t has it for so few."""
    from scipy.special import stdtrit

    value, count = mean(values), len(values)
    arm = None
    if count > 2:
        arm = stdev(values) / math.sqrt(count) * float(stdtrit(count - 1, (1 + CONFIDENCE) / 2))
    return Measurement(
        metric,
        value,
        Origin.MEASURED,
        source,
        n=count,
        low=None if arm is None else max(0.0, value - arm),
        high=None if arm is None else value + arm,
        scope=scope,
    )


def variation(values: Sequence[float]) -> float | None:
    """Coefficient of variation, standard deviation over mean; None where it has no sense."""
    return stdev(values) / mean(values) if len(values) > 1 and mean(values) > 0 else None


def cautions(found: Pass, joules: Sequence[float]) -> Iterable[Caution]:
    if found.others_share >= BUSY_SHARE:
        yield Caution(
            "energy-shared",
            f"other processes used {show(found.others_share, '%')} of this machine while its "
            "energy was read: counters of the whole machine hold theirs too",
            "measure when nothing else runs",
        )
    if (unsteady := variation(joules)) is not None and unsteady > UNSTEADY:
        yield Caution(
            "energy-unsteady",
            f"energy.inference varies by {show(unsteady, '%')} from window to window",
            "a quieter or cooler machine, or longer windows: --energy-time 120",
        )


def unread(found: Pass | None) -> str:
    """Why the external meter, which was asked for by name, gave no figure; empty where it did.

    `found` is None where none was asked for, or the pass was not reached.
    """
    if found is None:
        return ""
    return found.lack or next((one.lack for one in found.meters if one.name == EXTERNAL), "")


def parts(found: Pass | None) -> tuple[EnergyPart, ...]:
    """Every meter for the report, the one the figures are of first."""
    return () if found is None else tuple(_part(one) for one in found.meters)


def _part(one: Metered) -> EnergyPart:
    idle, loaded, work = one.level("idle"), one.level("idle loaded"), one.work()
    joules = [level.watts * stretch.seconds / stretch.items for stretch, level in work]
    return EnergyPart(
        meter=one.name,
        scope=one.scope,
        update_period=one.period_s,
        idle=idle.watts if idle else None,
        idle_loaded=loaded.watts if loaded else None,
        windows=tuple(
            EnergyWindow(
                seconds=stretch.seconds,
                items=stretch.items,
                power=level.watts,
                updates=level.updates,
                temperature_celsius=stretch.temperatures[one.place],
            )
            for stretch, level in work
        ),
        variation=variation(joules),
        lack=one.lack or None,
    )
