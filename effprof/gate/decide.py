"""Three zones: slower than the margin fails, within the tolerance passes, between them go on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from effprof.base.vocabulary import VerdictName
from effprof.gate.effect import Clock, Effect, Unit, effect
from effprof.gate.sequential import ALPHA, FIRST, LAST, level, p_value


@dataclass(frozen=True, slots=True)
class Rule:
    """`margin` and `tolerance` are shares of the base: 0.01, 0.04.

    `lines`: how many sampled comparisons the whole gate makes. A fail that ends the measuring early
    must hold among all of them; a pass need not, since the gate passes only where every line does.
    """

    margin: float = 0.01
    tolerance: float = 0.04
    clock: Clock = "cpu"
    lines: int = 1

    @property
    def margin_log(self) -> float:
        return math.log1p(self.margin)

    @property
    def tolerance_log(self) -> float:
        return math.log1p(self.tolerance)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the units so far say. `contradicted`: by wall time.

    `tails`: of every look so far, workers and the chance of so much at the margin.
    """

    verdict: VerdictName
    effect: Effect
    tails: tuple[tuple[int, float], ...]
    contradicted: bool = False

    @property
    def p(self) -> float:
        """Over all looks: the smallest error rate at which this would be a fail."""
        return p_value(self.tails)

    @property
    def settled(self) -> bool:
        return self.verdict != "undecided"

    def span(self, alpha: float = ALPHA) -> tuple[float, float, float]:
        """The ratio candidate / base, and its 95 % interval over all looks."""
        ends = (self.effect.log, self.effect.low(alpha), self.effect.high(alpha))
        value, low, high = (math.exp(min(max(end, -700.0), 700.0)) for end in ends)
        return value, low, high


def decide(units: Sequence[Unit], rule: Rule) -> Decision | None:
    """The verdict after these units; None before the first look.

    With CPU time deciding, wall time may not say the contrary: neither clear a candidate that CPU
    time fails, nor find one slower that CPU time passes. Wall time decides by itself.
    """
    if len(units) < FIRST:
        return None
    found = effect([unit.by(rule.clock) for unit in units])
    tails = _tails(units, rule)
    verdict: VerdictName = "undecided"
    if any(tail <= level(ALPHA / rule.lines, count) for count, tail in tails):
        verdict = "fail"
    elif found.high(ALPHA) < rule.tolerance_log:
        verdict = "pass"
    if rule.clock == "cpu" and _contrary(verdict, found, units, rule):
        return Decision("undecided", found, tails, contradicted=True)
    return Decision(verdict, found, tails)


def _tails(units: Sequence[Unit], rule: Rule) -> tuple[tuple[int, float], ...]:
    """Of every look so far against the margin: a look that rejected is not taken back."""
    counts = range(FIRST, min(len(units), LAST) + 1)
    ratios = [unit.by(rule.clock) for unit in units]
    return tuple((count, effect(ratios[:count]).tail(rule.margin_log)) for count in counts)


def _contrary(verdict: VerdictName, cpu: Effect, units: Sequence[Unit], rule: Rule) -> bool:
    """Wall time lies in the other zone, or elsewhere altogether without confirming this one."""
    wall = effect([unit.wall for unit in units])
    low, high = wall.low(ALPHA), wall.high(ALPHA)
    if verdict == "fail":
        return high < rule.margin_log or (high < cpu.low(ALPHA) and low <= rule.margin_log)
    if verdict == "pass":
        return low > rule.margin_log or (low > cpu.high(ALPHA) and high >= rule.tolerance_log)
    return False
