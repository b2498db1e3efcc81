"""Power and energy of a microcontroller while it infers, from its clock, supply and documents.

Best is board power that was measured while such models ran: published runs of one board and clock
lie within 15 % of their median. A data sheet's current is of an idle loop or CoreMark at best. Held
against published energy runs it was 2 to 4 times too small (STM32L4R5: 100 uA/MHz on paper,
190-250 measured; STM32U575: 64 uW/MHz on paper, 145-167 measured), so it is multiplied by the
geometric middle of that range, and given a band of 2.5 either way.
"""

from collections.abc import Callable, Mapping

from effprof.base.records import Measurement, Missing, Origin

MEASURED_BAND = 0.15
PAPER_FACTOR = 2.8
PAPER_BAND = 2.5

Fact = Callable[[str], float | None]


def active(fact: Fact, sources: Mapping[str, str]) -> Measurement | Missing:
    """Watts of the part while it infers, as `power.mean`."""
    measured_w = fact("power_active")
    if measured_w is not None:
        low, high = measured_w * (1 - MEASURED_BAND), measured_w * (1 + MEASURED_BAND)
        source = f"board-power:{sources['power_active']}"
        return _power(measured_w, low, high, source)
    wanted = ("run_current", "clock", "supply_voltage")
    current_a_per_hz, clock_hz, supply_v = (fact(key) for key in wanted)
    if current_a_per_hz is None or clock_hz is None or supply_v is None:
        absent = next(key for key in wanted if fact(key) is None)
        reason = sources.get("power_active", f"the target states neither power_active nor {absent}")
        hint = "add power_active, or run_current and supply_voltage, to a copy of the target's YAML"
        return Missing("power.mean", f"power while it infers is not known: {reason}", hint)
    paper_w = PAPER_FACTOR * current_a_per_hz * clock_hz * supply_v
    source = f"data-sheet current x {PAPER_FACTOR:g}:{sources['run_current']}"
    return _power(paper_w, paper_w / PAPER_BAND, paper_w * PAPER_BAND, source)


def _power(value_w: float, low_w: float, high_w: float, source: str) -> Measurement:
    return Measurement("power.mean", value_w, Origin.MODELLED, source, low=low_w, high=high_w)


def energy(
    run: Measurement | None, power: Measurement | Missing, kernels: str
) -> Measurement | Missing:
    """Joules of one inference, the wait before and after it left out."""
    if isinstance(power, Missing):
        return Missing("energy.inference", power.reason, power.hint)
    if run is None:
        return Missing("energy.inference", "the time of an inference is not known")
    assert power.low is not None
    assert power.high is not None
    return Measurement(
        "energy.inference",
        run.value * power.value,
        Origin.MODELLED,
        power.source,
        low=(run.low if run.low is not None else run.value) * power.low,
        high=(run.high if run.high is not None else run.value) * power.high,
        scope=f"one inference of {kernels}; sensor, radio and wake-up not counted",
    )
