"""Three zones, on workers that never ran: how often the rule is right, and what it never does."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.gate.decide import Decision, Rule, decide
from effprof.gate.effect import Ratio, Unit, effect, ratio
from effprof.gate.sequential import ALPHA, FIRST, LAST
from tests.gate.synthetic import replay, units

RULE = Rule()
LOGS = st.floats(-0.2, 0.2)


def share(verdict: str, slower: float, spread: float, gates: int = 200) -> float:
    """Of seeded gates, those that end in this verdict."""
    rng = random.Random(7)
    found = [replay(units(rng, slower, spread), RULE) for _ in range(gates)]
    return sum(one is not None and one.verdict == verdict for one in found) / gates


@pytest.mark.parametrize("spread", [0.001, 0.003, 0.008, 0.03, 0.1])
def test_an_innocent_change_fails_in_less_than_one_of_a_hundred(spread: float) -> None:
    assert share("fail", 0.0, spread) <= 0.01


@pytest.mark.parametrize("spread", [0.001, 0.003, 0.008])
def test_five_percent_are_found_where_processes_differ_by_under_one(spread: float) -> None:
    assert share("fail", 0.05, spread) >= 0.95
    assert share("pass", 0.05, spread) == 0


def test_three_percent_are_found_on_a_machine_of_ordinary_noise() -> None:
    assert share("fail", 0.03, 0.005) >= 0.9


@pytest.mark.parametrize("spread", [0.003, 0.02, 0.1])
def test_at_the_margin_itself_the_rate_of_fails_is_held(spread: float) -> None:
    """2.5 % of gates, and three standard errors of 200."""
    assert share("fail", 0.01, spread) <= ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / 200)


def test_what_is_slower_than_the_tolerance_hardly_ever_passes() -> None:
    assert share("pass", 0.045, 0.02) <= 0.03


def test_noise_beyond_all_is_undecided_not_wrong() -> None:
    assert share("undecided", 0.05, 0.3) >= 0.9


def test_nothing_is_decided_before_the_first_look() -> None:
    found = units(random.Random(0), 0.5, 0.001)
    assert decide(found[: FIRST - 1], RULE) is None
    assert decide(found[:FIRST], RULE) is not None


@given(st.lists(LOGS, min_size=FIRST, max_size=LAST))
def test_the_interval_holds_the_estimate(logs: list[float]) -> None:
    found = effect([Ratio(log, 0.001) for log in logs])
    assert found.low(ALPHA) <= found.log <= found.high(ALPHA)
    assert found.error >= 0.001 / math.sqrt(len(logs)) * (1 - 1e-9)


@given(st.lists(LOGS, min_size=FIRST, max_size=LAST), st.floats(0, 0.05))
def test_a_slower_candidate_never_looks_better(logs: list[float], more: float) -> None:
    def judged(shift: float) -> Decision:
        found = decide([_unit(log + shift) for log in logs], RULE)
        assert found is not None
        return found

    order = ("pass", "undecided", "fail")
    assert order.index(judged(more).verdict) >= order.index(judged(0).verdict)


def _unit(log: float) -> Unit:
    return Unit(Ratio(log, 0.001), Ratio(log, 0.001))


def test_agreement_by_luck_is_no_certainty() -> None:
    """Four workers that say 1.1 % to the digit, each unsure by 1 % itself."""
    found = decide([Unit(Ratio(0.011, 0.01), Ratio(0.011, 0.01))] * 4, RULE)
    assert found is not None
    assert found.verdict == "undecided"


def test_wall_time_must_not_contradict_cpu_time() -> None:
    rng = random.Random(1)
    waits = replay(units(rng, 0.0, 0.002, wall_slower=0.5), RULE)
    assert waits is not None
    assert (waits.verdict, waits.contradicted) == ("undecided", True)
    spins = replay(units(rng, 0.5, 0.002, wall_slower=0.0), RULE)
    assert spins is not None
    assert (spins.verdict, spins.contradicted) == ("undecided", True)
    alone = replay(units(rng, 0.0, 0.002, wall_slower=0.5), Rule(clock="wall"))
    assert alone is not None
    assert alone.verdict == "fail"


def test_several_comparisons_ask_more_of_a_fail() -> None:
    """The same workers at the edge: enough for one comparison, not for twenty."""
    rng = random.Random(3)
    found = [units(rng, 0.03, 0.008, FIRST + 2) for _ in range(60)]
    alone = [decide(one, RULE) for one in found]
    among = [decide(one, Rule(lines=20)) for one in found]
    fails = [
        sum(one is not None and one.verdict == "fail" for one in all_) for all_ in (alone, among)
    ]
    assert fails[0] > fails[1]


def test_the_ratio_of_blocks_is_the_median_turn_by_turn() -> None:
    found = ratio([1.0, 2.0, 4.0, 1.0, 1.0], [1.1, 2.2, 4.4, 9.0, 1.1])
    assert math.exp(found.log) == pytest.approx(1.1)
    assert ratio([1.0], [1.5]).error == 0
