"""How often a device is asked, said in words a person reads and a flag takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.base.quantity import parse
from effprof.base.records import Missing
from effprof.estimators.duty import an_hour, too_often


@pytest.mark.parametrize(
    ("rate_hz", "said"), [(1 / 60, "60"), (1.0, "3,600"), (1 / 7200, "0.5"), (100.0, "360,000")]
)
def test_a_rate_is_said_by_the_hour(rate_hz: float, said: str) -> None:
    assert an_hour(rate_hz) == said


def test_what_can_be_done_is_said_not_what_was_asked() -> None:
    lack = too_often("battery.life", 1e30, 0.5)
    assert isinstance(lack, Missing)
    assert lack.reason.startswith("it can do 7,200 an hour")
    assert lack.hint == "--duty 6480/h"
    assert too_often("battery.life", 2.0, 0.5) is None


@given(st.floats(1e-5, 1e5))
def test_a_hint_is_a_duty_that_it_can_do(run_s: float) -> None:
    lack = too_often("battery.life", 2 / run_s, run_s)
    assert lack is not None
    assert lack.hint is not None
    offered_hz = parse(lack.hint.removeprefix("--duty "), "1/s")
    assert too_often("battery.life", offered_hz, run_s) is None
