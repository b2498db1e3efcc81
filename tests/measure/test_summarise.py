"""Trials into figures."""

import pytest

from effprof.base.records import Measurement, Missing, Origin
from effprof.measure.findings import Findings
from effprof.measure.summarise import latencies, metered, once_a_trial
from tests.measure.build import block, plan, trial


def found(*parts: object) -> Findings:
    findings = Findings()
    for part in parts:
        findings.add(part)  # type: ignore[arg-type]
    return findings


def test_percentiles_come_from_all_trials() -> None:
    trials = [trial(block([1000 + step for step in range(100)])) for _ in range(6)]
    figures = found(*latencies(plan(), trials))
    assert figures.value("latency.p50") == pytest.approx(1.049e-3)
    assert figures.value("latency.p99") == pytest.approx(1.098e-3)
    assert figures.value("latency.min") == pytest.approx(1e-3)
    assert figures.value("latency.max") == pytest.approx(1.099e-3)
    assert figures.value("throughput.items") == pytest.approx(1 / 1.0495e-3)
    assert figures.measurements["latency.p50"].n == 600


def test_a_p99_from_thirty_runs_is_missing_with_the_flag_that_mends_it() -> None:
    figures = found(*latencies(plan(), [trial(block([1000] * 30))]))
    missing = figures.missing["latency.p99"]
    assert missing.reason == "needs 459 runs, had 30"
    assert missing.hint is not None
    assert float(missing.hint.removeprefix("--time ")) >= 10 * 459 / 30
    assert "latency.jitter" in figures.missing
    assert "latency.p50" in figures.measurements


def test_short_runs_take_their_middle_from_many_and_their_tail_from_one() -> None:
    many, one = block([20.0] * 500, runs_per_reading=10), block([2.5] * 500)
    figures = found(*latencies(plan(), [trial(many, one), trial(many, one)]))
    assert figures.value("latency.p50") == pytest.approx(2e-6)
    assert figures.value("latency.p99") == pytest.approx(2.5e-6)
    assert "10 runs a reading" in figures.measurements["latency.p50"].source


def test_a_tail_is_never_under_the_median() -> None:
    many, one = block([30.0] * 500, runs_per_reading=10), block([2.5] * 500)
    figures = found(*latencies(plan(), [trial(many, one)]))
    assert figures.value("latency.p90") == figures.value("latency.p50")


def test_what_each_process_has_once_is_a_median_over_them() -> None:
    trials = [trial(block([1000] * 10)) for _ in range(6)]
    figures = found(*once_a_trial(plan(), trials))
    load = figures.measurements["latency.load"]
    assert (load.value, load.n, load.origin) == (0.02, 6, Origin.MEASURED)
    assert figures.value("utilization.cpu") == pytest.approx(0.5)


def test_nothing_timed_is_missing_and_never_zero() -> None:
    figures = found(*latencies(plan(), []), *once_a_trial(plan(), []))
    assert not figures.measurements
    assert {"latency.p50", "throughput.items", "latency.load"} <= set(figures.missing)


def test_meters_readings_that_are_missing_stay_missing() -> None:
    lost = {"kind": "missing", "metric": "memory.peak", "reason": "no /proc", "hint": None}
    trials = [trial(block([1000] * 10), found={"readings": [lost], "host": {}})] * 2
    figures = found(*once_a_trial(plan(), trials))
    assert figures.missing["memory.peak"].reason == "no /proc"


def test_a_measurement_replaces_the_entry_that_says_it_is_missing() -> None:
    figures = found(Missing("latency.p50", "not yet"))
    figures.add(Measurement("latency.p50", 1.0, Origin.MEASURED, "clock"))
    assert not figures.missing
    figures.add(Missing("latency.p50", "never mind"))
    assert not figures.missing


def test_one_process_of_one_block_has_no_interval() -> None:
    figures = found(*latencies(plan(), [trial(block([1000, 1001, 1002]))]))
    p50 = figures.measurements["latency.p50"]
    assert (p50.low, p50.high, p50.n) == (None, None, 3)


def _read(origin: Origin, value: float, **rest: object) -> dict[str, object]:
    return {
        "kind": "measured",
        "metric": "energy.inference",
        "value": value,
        "origin": int(origin),
        "source": "meter",
        "n": None,
        "low": None,
        "high": None,
        "scope": "package",
        **rest,
    }


def test_what_one_meter_said_is_kept_as_it_was_said() -> None:
    reading = _read(Origin.EMULATED, 2.0, low=1.5, high=2.5, n=50)
    (one,) = metered([trial(block([1000]), found={"readings": [reading], "host": {}})])
    assert one == Measurement(
        "energy.inference", 2.0, Origin.EMULATED, "meter", 50, 1.5, 2.5, "package"
    )


def test_of_several_readings_the_weakest_origin_counts() -> None:
    readings = [_read(Origin.MEASURED, 1.0), _read(Origin.EMULATED, 3.0)]
    trials = [
        trial(block([1000]), found={"readings": [reading], "host": {}}) for reading in readings
    ]
    (one,) = metered(trials)
    assert isinstance(one, Measurement)
    assert (one.origin, one.n, one.scope) == (Origin.EMULATED, 2, "package")
