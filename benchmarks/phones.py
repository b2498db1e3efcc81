"""Claim: a phone's CPU latency of a CNN never seen is foretold within 15 % (median), 35 % (p90).

Method. `effprof/estimators/phone.py` has two constants for each runtime (what an element written
and an operator are worth in MACs) and one rate for each phone. Here they are fitted anew to all
published latencies but those of one model, which is then foretold for every phone; each model has
its turn. Published figures come from ../shared/facts/phones.csv, the models' MACs, elements and
operators from phone_models.csv, with sources. The constants that ship are fitted to all models.

How to read. Error is |foretold - published| / published. GPU and NNAPI are stated and not used:
their time is mostly launches and layouts, which MACs do not tell. Transfer: the NPU latency of one
phone from that of another, by the median ratio of the two phones over the other models.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from benchmarks import phone_fit
from benchmarks.outcome import Outcome, Row
from effprof.estimators.phone import Shape

CLAIM = "CPU latency of a CNN on a phone, model left out: median 15 %, p90 35 %"
MEDIAN, P90 = 0.15, 0.35
NOT_CPU = Shape(10.0, 5e6)
"""Where the fits of the other units start; nothing that ships uses them."""
TRANSFERS = (
    ("Samsung Galaxy S25", "Samsung Galaxy S24"),
    ("Samsung Galaxy S25", "Snapdragon 8 Elite Gen 5 QRD"),
    ("Samsung Galaxy S25", "Snapdragon 7 Gen 4 QRD"),
)


def run(*, quick: bool) -> Outcome:
    outcome = Outcome("phones", CLAIM, quick=quick)
    if not phone_fit.FACTS.is_file():
        outcome.skipped = "no ../shared/facts/phones.csv to hold it against"
        return outcome
    every: list[float] = []
    for title, given in phone_fit.cpu_groups().items():
        found = [off for _, off in phone_fit.left_out(given)]
        every += found
        outcome.rows += _rows(f"CPU, {title}", found)
        outcome.notes.append(f"{title}: {_told(phone_fit.fit(given))}")
    outcome.rows += _rows("CPU, all", every, MEDIAN, P90)
    outcome.notes.append(f"95 % of the CPU's errors are within a factor of {_factor(every):.2f}")
    for unit in () if quick else ("GPU", "NNAPI"):
        given = phone_fit.points(unit)
        outcome.rows += _rows(unit, [off for _, off in phone_fit.left_out(given, NOT_CPU)])
    for known, wanted in TRANSFERS:
        outcome.rows += _rows(f"NPU of {wanted} from {known}", transfer(known, wanted))
    return outcome


def transfer(known: str, wanted: str, unit: str = "NPU", runtime: str = "tflite") -> list[float]:
    """Foretold over published for each model both phones have a figure of, that one left out."""
    by_model = defaultdict[tuple[str, ...], dict[str, float]](dict)
    for row in phone_fit.rows():
        if row["compute_unit"] == unit and row["runtime"] == runtime:
            key = (row["model"], row["precision"], row["layers_total"])
            by_model[key][row["device"]] = float(row["latency_ms"])
    ratios = [
        found[wanted] / found[known] for found in by_model.values() if {known, wanted} <= set(found)
    ]
    return [
        median(ratios[:place] + ratios[place + 1 :]) / ratio for place, ratio in enumerate(ratios)
    ]


def errors(offs: Iterable[float]) -> list[float]:
    return sorted(abs(off - 1) for off in offs)


def _factor(offs: Iterable[float]) -> float:
    logs = sorted(abs(math.log(off)) for off in offs)
    return math.exp(logs[math.ceil(0.95 * len(logs)) - 1])


def _rows(
    what: str, offs: Sequence[float], middle: float | None = None, tail: float | None = None
) -> list[Row]:
    off = errors(offs)
    if not off:
        return []
    p90 = off[math.ceil(0.9 * len(off)) - 1]
    p50 = median(off)
    return [
        Row(f"{what}: median error", p50, p50, p50, len(off), "%", limit=middle),
        Row(f"{what}: p90 of the error", p90, p90, p90, len(off), "%", limit=tail),
    ]


def _told(found: phone_fit.Fit) -> str:
    rates = ", ".join(
        f"{group[0]} {group[2]}: {rate / 1e9:.1f}" for group, rate in sorted(found.rates.items())
    )
    return (
        f"an element is worth {found.shape.element_macs:.1f} MACs, an operator "
        f"{found.shape.operator_macs / 1e3:.0f} k; GMAC/s {rates}"
    )
