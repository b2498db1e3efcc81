"""How long a cell lasts at a duty cycle: so many inferences an hour, asleep between them.

Energy of the cell over mean power: inferences at the energy of one, and the sleep current at the
cell's voltage. Self-discharge, the cell's derating in the cold or under load, and all of the device
but the microcontroller are left out.
"""

from collections.abc import Callable, Sequence

from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.estimators import duty

METRIC = "battery.life"
FACTS = ("cell_charge", "cell_voltage", "duty_cycle", "sleep_current")
HINTS = {
    "cell_charge": "--cell 225mAh@3V",
    "cell_voltage": "--cell 225mAh@3V",
    "duty_cycle": "--duty 60/h",
    "sleep_current": "add sleep_current, with its source, to a copy of the target's YAML",
}
SHELF_S = 10 * 31_557_600.0
"""Makers of lithium cells state a shelf life of ten years."""


def life(
    found: Sequence[Measurement | Missing | Caution], fact: Callable[[str], float | None]
) -> list[Measurement | Missing | Caution]:
    """`battery.life` from `energy.inference` and `latency.mean` among what was found."""
    known = {one.metric: one for one in found if isinstance(one, Measurement)}
    lost = {one.metric: one for one in found if isinstance(one, Missing)}
    charge, voltage, rate_hz, sleep_a = (fact(key) for key in FACTS)
    if charge is None or voltage is None or rate_hz is None or sleep_a is None:
        absent = next(key for key in FACTS if fact(key) is None)
        reason = f"the target does not state {absent.replace('_', ' ')}"
        return [Missing(METRIC, reason, HINTS[absent])]
    energy, run = known.get("energy.inference"), known.get("latency.mean")
    if energy is None or run is None:
        reason = "the energy of an inference is not known"
        if why := lost.get("energy.inference"):
            return [Missing(METRIC, f"{reason}: {why.reason}", why.hint)]
        return [Missing(METRIC, reason)]
    if lack := duty.too_often(METRIC, rate_hz, run.value):
        return [lack]
    made = _life(energy, charge * voltage, rate_hz, sleep_a * voltage)
    return [made, *_beyond_shelf(made)]


def _life(energy: Measurement, cell_j: float, rate_hz: float, sleep_w: float) -> Measurement:
    def lasts_s(inference_j: float) -> float:
        return cell_j / (rate_hz * inference_j + sleep_w)

    return Measurement(
        METRIC,
        lasts_s(energy.value),
        Origin.MODELLED,
        "cell:energy over mean power",
        low=lasts_s(energy.high if energy.high is not None else energy.value),
        high=lasts_s(energy.low if energy.low is not None else energy.value),
        scope=f"{duty.an_hour(rate_hz)} inferences an hour, asleep between them, "
        "nothing but the MCU",
    )


def _beyond_shelf(made: Measurement) -> list[Caution]:
    if made.value <= SHELF_S:
        return []
    return [
        Caution(
            "cell-outlasted",
            "the cell's own shelf life, about ten years, ends before its energy does",
            "take battery.life as the answer that the model is not what empties it",
        )
    ]
