"""What a meter's raw series say of each stretch of a pass: mean watts, or why they are none.

A mean is taken between the first and the last update inside a stretch, so that no update is cut. A
window of work lasts at least 5 s and 50 updates of the counter, and there are several: what a
counter that moves now and then says of a shorter one is chance.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from effprof.base.quantity import show
from effprof.host import place as where

WINDOW_S, UPDATES, WINDOWS = 5.0, 50, 3
OF_THE_CPU = ("rapl", "hwmon")


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
    """What one meter read; `levels` by stretch, None where it did not move enough to tell.

    `present`: whether this machine has such an instrument at all.
    """

    name: str
    scope: str
    period_s: float | None
    levels: tuple[Level | None, ...]
    stretches: tuple[Stretch, ...]
    place: int
    lack: str = ""
    hint: str = ""
    present: bool = True

    def level(self, name: str) -> Level | None:
        """Of the stretch of that name, the first where there are several."""
        pairs = zip(self.stretches, self.levels, strict=True)
        return next((level for stretch, level in pairs if stretch.name == name), None)

    def work(self) -> list[tuple[Stretch, Level]]:
        pairs = zip(self.stretches, self.levels, strict=True)
        return [(one, level) for one, level in pairs if one.name == "work" and level]


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
    """Why its figures are no measurement, and what to do; nothing where they are.

    A counter that is lost once every window has its updates has told enough.
    """
    if told["lack"]:
        return told["lack"], ""
    work = [
        (one, level) for one, level in zip(stretches, levels, strict=True) if one.name == "work"
    ]
    fewest = min((level.updates if level else 0) for _, level in work)
    broken = next((one["lack"] for one in told["series"] if one["lack"]), "")
    if broken and fewest < UPDATES:
        return f"lost on the way: {broken}", ""
    if not moving:
        watched_s = stretches[-1].end_s - stretches[0].start_s
        silent = not any(one["times_s"] for one in told["series"])
        what = "the meter said nothing" if silent else "the counter did not move"
        return f"{what} in {watched_s:.0f} s{_virtual(name)}", ""
    if fewest < UPDATES:
        assert period_s is not None
        windows_s = [one.seconds for one, _ in work]
        reason = (
            f"{fewest} updates in a window of {show(min(windows_s), 's')}, {UPDATES} are needed: "
            f"the counter moves every {show(period_s, 's')}"
        )
        wanted_s = math.ceil(1.3 * WINDOWS * UPDATES * period_s)
        if wanted_s <= sum(windows_s):  # it would have had its updates: it stopped on the way
            return f"it fell silent: {reason}", ""
        return reason, f"--energy-time {wanted_s}"
    if not all(level and level.watts > 0 for _, level in work):
        watts = min(level.watts for _, level in work if level)
        return f"the counter told no power while the model ran: {watts:.3g} W", ""
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
