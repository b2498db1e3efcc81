"""Ceilings and which one binds."""

import pytest

from effprof.base.records import Measurement, Missing, Origin
from effprof.estimators.roofline import Bandwidth, Ceilings, Work, bound, utilization

CEILINGS = Ceilings(100e9, (Bandwidth(2**20, 100e9), Bandwidth(2**28, 10e9)), threads=2)
RUN = Measurement("latency.p50", 1e-3, Origin.MEASURED, "clock", low=0.9e-3, high=1.25e-3)


def test_the_ceiling_is_that_of_the_cache_the_work_fits_into() -> None:
    assert CEILINGS.bytes_per_s(1000) == 100e9
    assert CEILINGS.bytes_per_s(2**21) == 10e9
    assert CEILINGS.bytes_per_s(2**40) == 10e9


def test_shares_of_both_ceilings_with_the_interval_of_the_run() -> None:
    compute, memory = utilization(Work(25_000_000, 2_000_000, 2_000_000), RUN, CEILINGS)
    assert isinstance(compute, Measurement)
    assert isinstance(memory, Measurement)
    assert compute.value == pytest.approx(0.5)
    assert compute.low == pytest.approx(0.4)
    assert compute.high == pytest.approx(0.5 / 0.9)
    assert memory.value == pytest.approx(0.2)
    assert compute.origin is memory.origin is Origin.MODELLED


def test_unknown_work_is_missing() -> None:
    for found in utilization(Work(None, None, 0), RUN, CEILINGS):
        assert isinstance(found, Missing)


@pytest.mark.parametrize(
    ("macs", "moved", "binds"),
    [
        (40_000_000, 1000, "compute"),
        (1000, 8_000_000, "memory"),
        (1000, 1000, "overhead"),
        (None, 1000, None),
    ],
)
def test_the_nearer_ceiling_binds(macs: int | None, moved: int, binds: str | None) -> None:
    assert bound(Work(macs, moved, moved), 1e-3, CEILINGS) == binds
