"""The energy pass: which meter's joules are the report's, and what each of them read.

Rules: a window lasts at least 5 s and 50 updates of the counter, and there are several; what a
counter that moves now and then says of a shorter one is chance. A mean is taken between the first
and the last update inside a window, so that no update is cut. The idle baseline is that of the bare
worker, before the runtime is loaded. What did not move is missing, never 0.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median, stdev
from typing import Any

from effprof.base.quantity import show
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.stats import CONFIDENCE
from effprof.host import place as where
from effprof.measure.caution import BUSY_SHARE
from effprof.measure.launch import Limits, launch
from effprof.measure.plan import WARM_UP_S, MeterPlan, Plan
from effprof.report.report import EnergyPart, EnergyWindow

METRICS = ("energy.inference", "energy.dynamic", "power.mean", "power.idle")
WINDOW_S, UPDATES, WINDOWS, IDLE_S, SETTLE_S = 5.0, 50, 3, 3.0, 1.0
OF_THE_CPU = ("rapl", "hwmon")
UNSTEADY = 0.10
"""Coefficient of variation over windows from which the mean is warned of."""


@dataclass(frozen=True, slots=True)
class Stretch:
    name: str
    start_s: float
    end_s: float
    items: int
    temperatures: tuple[float | None, ...]

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Level:
    """Mean watts over a stretch, from so many updates."""

    watts: float
    updates: int


@dataclass(frozen=True, slots=True)
class Metered:
    """What one meter read; `levels` by stretch, None where it did not move enough to tell."""

    name: str
    scope: str
    period_s: float | None
    levels: tuple[Level | None, ...]
    stretches: tuple[Stretch, ...]
    place: int
    lack: str = ""
    hint: str = ""

    def level(self, name: str) -> Level | None:
        """Of the stretch of that name, the first where there are several."""
        pairs = zip(self.stretches, self.levels, strict=True)
        return next((level for stretch, level in pairs if stretch.name == name), None)

    def work(self) -> list[tuple[Stretch, Level]]:
        pairs = zip(self.stretches, self.levels, strict=True)
        return [(one, level) for one, level in pairs if one.name == "work" and level]


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
        window_s=WINDOW_S,
        updates=UPDATES,
        windows=WINDOWS,
        ceiling_s=plan.energy_s,
        warm_up_s=WARM_UP_S,
        options={"command": plan.meter_command},
    )
    limits = Limits(
        plan.silence_s, 3 * max(plan.energy_s, WINDOWS * WINDOW_S), plan.memory_limit_bytes
    )
    on_phase("energy: idle, then windows of work")
    answer = launch(request, limits, python=plan.python, env=plan.env)
    if not answer.ok:
        detail = answer.detail or f"the worker ended in {answer.ending}"
        return Pass(unusable, lack=detail)
    return Pass(_decoded(usable, answer.found) + unusable, _others(answer.found["host"]))


def _unread(one: MeterPlan) -> Metered:
    return Metered(one.name, "", None, (), (), 0, lack=one.lack)


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


def read(name: str, told: Mapping[str, Any], stretches: tuple[Stretch, ...], place: int) -> Metered:
    """What one meter's raw series say of every stretch; counters are added up."""
    series = [one for one in told["series"] if len(one["times_s"]) > 1]
    levels = tuple(_summed([level(one, stretch) for one in series]) for stretch in stretches)
    period = median(_periods(series)) if series else None
    lack, hint = _lack(name, told, series, levels, stretches, period)
    return Metered(name, _scope(told, series), period, levels, stretches, place, lack, hint)


def level(series: Mapping[str, Any], stretch: Stretch) -> Level | None:
    """Mean watts of one counter over a stretch; None where it moved less than twice in it."""
    points = list(zip(series["times_s"], series["values"], strict=True))
    inside = [point for point in points if stretch.start_s <= point[0] <= stretch.end_s]
    if len(inside) < 2:
        return None
    if series["unit"] == "J":
        (first_s, first_j), (last_s, last_j) = inside[0], inside[-1]
        return Level((last_j - first_j) / (last_s - first_s), len(inside) - 1)
    before = [point for point in points if point[0] < stretch.start_s][-1:]
    return Level(_held(before + inside, stretch), len(inside))


def _held(points: Sequence[tuple[float, float]], stretch: Stretch) -> float:
    """Mean of watts that hold from each reading to the next."""
    ends = [*(time_s for time_s, _ in points[1:]), stretch.end_s]
    spans = [
        (max(0.0, end_s - max(time_s, stretch.start_s)), watts)
        for (time_s, watts), end_s in zip(points, ends, strict=True)
    ]
    held_s = sum(span_s for span_s, _ in spans)
    return sum(span_s * watts for span_s, watts in spans) / held_s


def _summed(levels: Sequence[Level | None]) -> Level | None:
    known = [one for one in levels if one is not None]
    if not known or len(known) < len(levels):
        return None
    return Level(sum(one.watts for one in known), min(one.updates for one in known))


def _periods(series: Sequence[Mapping[str, Any]]) -> Iterable[float]:
    for one in series:
        yield median(later - earlier for earlier, later in pairwise(one["times_s"]))


def _lack(
    name: str,
    told: Mapping[str, Any],
    moving: Sequence[Mapping[str, Any]],
    levels: Sequence[Level | None],
    stretches: Sequence[Stretch],
    period_s: float | None,
) -> tuple[str, str]:
    """Why its figures are no measurement, and what to do; nothing where they are."""
    if told["lack"]:
        return told["lack"], ""
    if broken := next((one["lack"] for one in told["series"] if one["lack"]), ""):
        return f"lost on the way: {broken}", ""
    watched_s = stretches[-1].end_s - stretches[0].start_s
    if not moving:
        return f"the counter did not move in {watched_s:.0f} s{_virtual(name)}", ""
    work = [
        (one, level) for one, level in zip(stretches, levels, strict=True) if one.name == "work"
    ]
    fewest = min((level.updates if level else 0) for _, level in work)
    if fewest < UPDATES:
        assert period_s is not None
        window_s = work[0][0].seconds
        wanted_s = math.ceil(1.3 * WINDOWS * UPDATES * period_s)
        reason = (
            f"{fewest} updates in a window of {show(window_s, 's')}, {UPDATES} are needed: the "
            f"counter moves every {show(period_s, 's')}"
        )
        return reason, f"--energy-time {wanted_s}"
    if not all(level and level.watts > 0 for _, level in work):
        return "the counter told no power while the model ran", ""
    return "", ""


def _virtual(name: str) -> str:
    """A hypervisor lets the files of RAPL be seen and their counters stand still."""
    if name not in OF_THE_CPU or where.virtual_machine() is None:
        return ""
    return f": a {where.place()}, whose hypervisor hides it"


def _scope(told: Mapping[str, Any], moving: Sequence[Mapping[str, Any]]) -> str:
    still = [one["name"] for one in told["series"] if one not in moving]
    scope = str(told["scope"])
    return (
        f"{scope}; {', '.join(still)} did not move and is left out" if still and moving else scope
    )


def figures(found: Pass, metered: bool) -> list[Measurement | Missing | Caution]:
    """Those of the first meter that read something; `metered`: an instrument is there at all."""
    leader = found.leader
    if leader is None:
        return list(_nothing(found, metered))
    work = leader.work()
    joules = [level.watts * one.seconds / one.items for one, level in work]
    source = f"meter:{leader.name}, {len(work)} windows of {show(work[0][0].seconds, 's')} or more"
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
    told = [(f"{one.name}: {one.lack}", one.hint) for one in found.meters if one.lack]
    reason = found.lack or "; ".join(text for text, _ in told)
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


def variation(values: Sequence[float]) -> float:
    """Coefficient of variation: standard deviation over mean."""
    return stdev(values) / mean(values) if len(values) > 1 else 0.0


def cautions(found: Pass, joules: Sequence[float]) -> Iterable[Caution]:
    if found.others_share >= BUSY_SHARE:
        yield Caution(
            "energy-shared",
            f"other processes used {show(found.others_share, '%')} of this machine while its "
            "energy was read: counters of the whole machine hold theirs too",
            "measure when nothing else runs",
        )
    if (unsteady := variation(joules)) > UNSTEADY:
        yield Caution(
            "energy-unsteady",
            f"energy.inference varies by {show(unsteady, '%')} from window to window",
            "a quieter or cooler machine, or longer windows: --energy-time 120",
        )


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
        variation=variation(joules) if len(joules) > 1 else None,
        lack=one.lack or None,
    )
