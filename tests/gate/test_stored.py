"""A stored baseline: the weaker form, and refused where it would be none."""

import math
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from effprof.base.errors import ReportError
from effprof.gate import drift, job, stored
from effprof.gate.decide import Rule
from effprof.gate.drift import Drift, Spread
from effprof.gate.run import Wanted
from effprof.gate.steady import line
from effprof.history.place import Place
from effprof.history.store import History
from effprof.measure.asked import Asked
from effprof.report.gate import Gate, GateBase
from effprof.report.history import Kept
from effprof.report.report import Metric, Report
from effprof.target import load
from tests.history.build import BEGAN, kept
from tests.judge.reports import metric, report

FAR = Drift(0.4, "because of the weather")
GATE = Gate("pass", GateBase("m.onnx", "0" * 64, 1), 0.01, 0.04, ())


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
    wide = line("latency.p50", base, other, Rule(), drift=FAR)
    assert bare.verdict == "fail"
    assert (wide.verdict, wide.how) == ("undecided", "stored")
    assert wide.low is not None
    assert bare.low is not None
    assert wide.low < bare.low / math.exp(0.3)
    assert wide.why == FAR.why
    size = line("size.model", base, other, Rule(), drift=FAR)
    assert (size.verdict, size.why) == ("pass", None)


def test_a_gross_regression_is_found_all_the_same() -> None:
    drifts = stored._drifts({}, other=False)  # noqa: SLF001
    found = line("latency.p50", timed(0.010), timed(0.020), Rule(), drift=drifts["latency"])
    assert found.verdict == "fail"


def test_a_history_that_knows_this_host_narrows_the_bounds() -> None:
    spreads = {"latency.p50": Spread(0.005, 12)}
    silent = stored._drifts({}, other=False)["latency"]  # noqa: SLF001
    known = stored._drifts(spreads, other=False)["latency.p50"]  # noqa: SLF001
    elsewhere = stored._drifts(spreads, other=True)["latency.p50"]  # noqa: SLF001
    assert known.reach < silent.reach / 10
    assert elsewhere.reach > known.reach
    assert "12 runs" in known.why
    assert "knows too little" in silent.why
    assert "another host" in elsewhere.why


def test_a_spread_of_few_runs_is_taken_as_wider() -> None:
    few, many = [1.0, 1.1] * 3, [1.0, 1.1] * 50
    assert drift.spread(few) > drift.spread(many) > 0.04


def runs(count: int, *, every_h: int = 1) -> list[Kept]:
    """Of one series, `every_h` hours apart, 2 % around 10 ms in turn."""
    return [kept(at * every_h, p50_s=0.0100 if at % 2 else 0.0102) for at in range(count)]


def spread_of(folder: Path, told: list[Kept], age_h: int) -> Mapping[str, drift.Spread]:
    """Of the first of them, that many hours later, out of a real history and no checkout."""
    where = Place(folder / "history.db", "", "")
    with History(where, new=True) as history:
        history.keep(told)
    model, now = folder / "m.onnx", BEGAN + timedelta(hours=age_h)
    return drift.spreads(told[0].report, model, where, ("latency.p50", "latency.p99"), now)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is no checkout of any project."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_spread_is_that_of_the_measured_runs_since_the_last_change(nowhere: Path) -> None:
    told = runs(40)
    told[0:20] = [kept(at, p50_s=0.02) for at in range(20)]
    raced = [replace(one.report, id=f"G{at}", gate=GATE) for at, one in enumerate(told)]
    gates = [
        replace(one, metrics={"latency.p50": metric("latency.p50", 10.0 * (at + 1))})
        for at, one in enumerate(raced)
    ]
    told += [replace(one, report=gate) for one, gate in zip(told, gates, strict=True)]
    found = spread_of(nowhere, told, age_h=38)
    assert list(found) == ["latency.p50"]
    assert found["latency.p50"].runs == 20
    assert 0.01 < found["latency.p50"].sigma < 0.02


@pytest.mark.parametrize(
    ("count", "age_h", "enough"),
    [(drift.LEAST - 1, 5, False), (drift.LEAST, 5, True), (20, 38, True), (20, 39, False)],
)
def test_few_runs_or_runs_of_one_hour_say_nothing_of_a_week(
    nowhere: Path, count: int, age_h: int, enough: bool
) -> None:
    assert bool(spread_of(nowhere, runs(count), age_h)) == enough


def test_where_there_is_no_history_nothing_is_known(tmp_path: Path) -> None:
    none = Place(tmp_path / "none.db", "", "")
    for where in (None, none):
        assert drift.spreads(timed(1.0), Path("m.onnx"), where, ("latency.p50",)) == {}


def test_a_baseline_of_no_zone_is_of_utc_and_one_of_no_time_is_refused(nowhere: Path) -> None:
    where = Place(nowhere / "history.db", "", "")
    told = runs(12)
    with History(where, new=True) as history:
        history.keep(told)
    now, model = BEGAN + timedelta(hours=12), nowhere / "m.onnx"
    base = replace(told[0].report, created="2026-11-01T00:00:00")
    assert drift.spreads(base, model, where, ("latency.p50",), now)["latency.p50"].runs == 12
    with pytest.raises(ReportError, match="'once' is no time"):
        drift.spreads(replace(base, created="once"), model, where, ("latency.p50",), now)


def test_a_history_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    where = Place(tmp_path / "bad.db", "", "bad.db")
    (tmp_path / "bad.db").write_bytes(b"no database at all, but some text\n" * 40)
    asked = Asked(model=tmp_path / "m.onnx", target=load("edge"))
    told = job.Job(asked, tmp_path / "base.json", None, Wanted(Rule()), history=where)
    known, lack = job._spreads(timed(1.0), told, ("latency.p50",))  # noqa: SLF001
    assert known == {}
    assert lack.startswith("bad.db: damaged")


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


def renamed(one: Report, name: str) -> Report:
    return replace(one, model=replace(one.model, name=name))


def test_the_report_of_the_target_is_taken_and_an_unfinished_one_is_not() -> None:
    asked = Asked(Path("m.onnx"), load("edge"))
    one = timed(1.0)
    assert stored.of_target((one,), asked, "base.json") is one
    elsewhere = replace(one, target=replace(one.target, id="mobile"))
    with pytest.raises(ReportError, match="no report of edge"):
        stored.of_target((elsewhere,), asked, "base.json")
    with pytest.raises(ReportError, match=r"several reports of edge, none of m\.onnx"):
        stored.of_target((renamed(one, "a.onnx"), renamed(one, "b.onnx")), asked, "base.json")
    assert stored.of_target((renamed(one, "a.onnx"), one), asked, "base.json") is one
    with pytest.raises(ReportError, match="not finished"):
        stored.of_target((replace(one, unfinished="crashed"),), asked, "base.json")
    assert stored.asked_alike(asked, one).threads == 2
