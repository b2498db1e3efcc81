from collections.abc import Callable

import pytest

from effprof.base.records import Measurement, Missing
from effprof.measure.sustained import Sustained, bucket_s, cautions, figure


def _found(
    seconds: float, rate: Callable[[float], float], **readings: Callable[[float], float]
) -> Sustained:
    step = bucket_s(seconds)
    starts = [step * place for place in range(round(seconds / step))]
    rows = [
        {
            "start": start,
            "seconds": step,
            "throughput": rate(start / seconds),
            "cores": 2,
            **{key: value(start / seconds) for key, value in readings.items()},
        }
        for start in starts
    ]
    return Sustained(seconds, tuple(rows))


def _falling(share: float) -> float:
    return 100 - 40 * share


def test_a_long_run_compares_minutes_and_a_short_one_tenths() -> None:
    minutes = figure(_found(600, _falling))
    tenths = figure(_found(20, _falling))
    assert isinstance(minutes, Measurement)
    assert isinstance(tenths, Measurement)
    assert minutes.scope == "the last minute over the first, of 600 s without a pause"
    assert tenths.scope == "the last tenth (2 s) over the first, of 20 s without a pause"
    for one in (minutes, tenths):
        assert 0.6 < one.value < 0.66
        assert one.low is not None
        assert one.high is not None
        assert one.low < one.value < one.high
    assert (minutes.n, tenths.n) == (24, 8)


def test_a_steady_run_has_a_ratio_of_one_and_no_caution() -> None:
    found = _found(60, lambda share: 100.0)
    ratio = figure(found)
    assert isinstance(ratio, Measurement)
    assert ratio.value == pytest.approx(1)
    assert list(cautions(found, ratio)) == []


def test_what_fell_is_told_with_what_the_machine_told() -> None:
    found = _found(
        600,
        _falling,
        frequency_max_hz=lambda share: 3e9 - 1e9 * share,
        temperature_celsius=lambda share: 50 + 40 * share,
    )
    (caution,) = cautions(found, figure(found))
    assert caution.code == "throughput-fell"
    assert "GHz in the end" in caution.text
    assert "°C at first" in caution.text
    assert "heat" in caution.advice


def test_neighbours_who_came_later_are_named_instead_of_heat() -> None:
    found = _found(600, _falling, others_cpu_s=lambda share: 10 * share)
    (caution,) = cautions(found, figure(found))
    assert "others took" in caution.advice
    assert "no reading of clock" in caution.text


def test_two_runs_that_fill_the_time_have_no_beginning_and_no_end() -> None:
    rows = ({"start": 0.0, "seconds": 30.0, "throughput": 1.0},)
    found = figure(Sustained(10, rows))
    assert isinstance(found, Missing)
    assert found.hint == "--sustained 100"


def test_a_worker_that_died_is_the_reason() -> None:
    found = figure(Sustained(10, lack="the worker was killed by SIGSEGV"))
    assert isinstance(found, Missing)
    assert "SIGSEGV" in found.reason
    assert list(cautions(Sustained(10, lack="x"), found)) == []
