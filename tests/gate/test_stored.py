"""A stored baseline: the weaker form, and refused where it would be none."""

import math
from pathlib import Path

import pytest
from msgspec.structs import replace

from effprof.base.errors import ReportError
from effprof.gate import drift, stored
from effprof.gate.decide import Rule
from effprof.gate.steady import line
from effprof.measure.prepare import Asked
from effprof.report.report import Metric, Report
from effprof.target import load
from tests.judge.reports import metric, report


def timed(p50_s: float, **target: object) -> Report:
    made = report(
        {
            "latency.p50": metric("latency.p50", p50_s, 0.99 * p50_s, 1.01 * p50_s),
            "compute.macs": metric("compute.macs", 1e6),
            "utilization.compute": metric("utilization.compute", 0.1),
            "size.model": metric("size.model", 1000),
        }
    )
    settings = {"threads": 2, "spinning": True, **target}
    return replace(made, target=replace(made.target, settings=settings))


def test_what_a_clock_read_gets_wider_and_what_is_counted_does_not() -> None:
    base, other = timed(0.010), timed(0.011)
    bare = line("latency.p50", base, other, Rule())
    wide = line("latency.p50", base, other, Rule(), drift=0.4)
    assert bare.verdict == "fail"
    assert (wide.verdict, wide.how) == ("undecided", "stored")
    assert wide.low is not None
    assert bare.low is not None
    assert wide.low < bare.low / math.exp(0.3)
    assert line("size.model", base, other, Rule(), drift=0.4).verdict == "pass"


def test_a_gross_regression_is_found_all_the_same() -> None:
    drifts = stored._drifts({}, other=False)  # noqa: SLF001
    found = line("latency.p50", timed(0.010), timed(0.020), Rule(), drift=drifts["latency"])
    assert found.verdict == "fail"


def test_a_history_that_knows_this_host_narrows_the_bounds() -> None:
    silent = stored._drifts({}, other=False)  # noqa: SLF001
    known = stored._drifts({"latency.p50": 0.005}, other=False)  # noqa: SLF001
    assert known["latency.p50"] < silent["latency"] / 10
    elsewhere = stored._drifts({"latency.p50": 0.005}, other=True)  # noqa: SLF001
    assert elsewhere["latency.p50"] > known["latency.p50"]


def test_a_spread_of_few_runs_is_taken_as_wider() -> None:
    few, many = [1.0, 1.1] * 3, [1.0, 1.1] * 50
    assert drift.spread(few) > drift.spread(many) > 0.04
    assert drift.sigmas(timed(1.0), Path("m.onnx"), None) == {}


def test_other_settings_are_refused_by_name() -> None:
    with pytest.raises(ReportError, match="spinning"):
        stored._check_alike(timed(1.0, spinning=False), timed(1.0))  # noqa: SLF001
    with pytest.raises(ReportError, match="threads"):
        stored._check_alike(timed(1.0, threads=1), timed(1.0))  # noqa: SLF001
    stored._check_alike(timed(1.0), timed(1.1))  # noqa: SLF001


def test_normalising_takes_the_ceilings_out_of_both_reports() -> None:
    slow, fast = timed(0.010), timed(0.005)
    assert stored._faster(slow, fast) == pytest.approx(2.0)  # noqa: SLF001
    scaled = stored._scaled(slow, 2.0)  # noqa: SLF001
    assert scaled.metrics["latency.p50"].value == pytest.approx(0.005)
    assert scaled.metrics["size.model"].value == 1000
    bare = replace(slow, metrics={"latency.p50": Metric(1.0, "s", "measured", "clock")})
    with pytest.raises(ReportError, match="ceilings"):
        stored._faster(bare, fast)  # noqa: SLF001


def test_the_report_of_the_target_is_taken_and_an_unfinished_one_is_not() -> None:
    asked = Asked(Path("m.onnx"), load("edge"))
    one = timed(1.0)
    assert stored.of_target((one,), asked, "base.json") is one
    elsewhere = replace(one, target=replace(one.target, id="mobile"))
    with pytest.raises(ReportError, match="no report of edge"):
        stored.of_target((elsewhere,), asked, "base.json")
    with pytest.raises(ReportError, match="not finished"):
        stored.of_target((replace(one, unfinished="crashed"),), asked, "base.json")
    assert stored.asked_alike(asked, one).threads == 2
