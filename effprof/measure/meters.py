"""The target's meters sorted by the pass they are read in, and which energy meters work here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from effprof import plugins
from effprof.base.records import Plugin
from effprof.measure.plan import MeterPlan
from effprof.ports import Meter

EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Meters:
    """`clock`: read beside the clock; `alone`: a pass for each; `energy`: one pass for all."""

    clock: tuple[Plugin, ...]
    alone: tuple[Plugin, ...]
    energy: tuple[MeterPlan, ...]


def meters_of(names: Sequence[str], command: str | None, *, energy: bool) -> Meters:
    """`command`: of an external meter, whose word then counts before all others'."""
    made = [(name, plugins.meter(name)) for name in names if name != EXTERNAL]
    marked = [(name, cast("Meter", one)) for name, one in made if not plugins.reads_energy(one)]
    found = [
        MeterPlan(name, _plugin(name), one.present(), plugins.unavailable(one) or "")
        for name, one in made
        if energy and plugins.reads_energy(one)
    ]
    if command is not None:
        found = [MeterPlan(EXTERNAL, _plugin(EXTERNAL), present=True), *found]
    return Meters(
        tuple(_plugin(name) for name, one in marked if not one.disturbs),
        tuple(_plugin(name) for name, one in marked if one.disturbs),
        tuple(found),
    )


def _plugin(name: str) -> Plugin:
    return plugins.reference("meter", name)
