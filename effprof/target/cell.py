"""A cell and a duty cycle said on the command line, in the place of the target's own."""

from dataclasses import replace

from effprof.base.errors import QuantityError, RequestError
from effprof.base.quantity import Quantity, parse
from effprof.target.facts import Fact
from effprof.target.file import Target


def with_cell(target: Target, cell: str | None, duty: str | None) -> Target:
    """`cell`: "225mAh@3V"; `duty`: "60/h", inferences. None leaves what the target says."""
    facts = dict(target.facts)
    if cell is not None:
        charge, at, voltage = cell.partition("@")
        if not at:
            raise RequestError(f"--cell {cell}: no voltage", hint="charge at voltage: 225mAh@3V")
        facts["cell_charge"] = _fact("--cell", cell, charge, "A*s")
        facts["cell_voltage"] = _fact("--cell", cell, voltage, "V")
    if duty is not None:
        facts["duty_cycle"] = _fact("--duty", duty, duty, "1/s", "inferences a time: 60/h or 2/s")
    return replace(target, facts=facts)


def _fact(flag: str, given: str, text: str, unit: str, hint: str = "") -> Fact:
    try:
        if parse(text, unit) <= 0:
            raise RequestError(f"{flag} {given}: {text} is not above zero", hint=hint)
        return Fact(text, flag, Quantity(text))
    except QuantityError as bad:
        raise RequestError(f"{flag} {given}: {bad.message}", hint=hint or bad.hint) from bad
