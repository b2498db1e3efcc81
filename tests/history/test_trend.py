from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from effprof.history.place import Place
from effprof.history.store import History, Wanted
from effprof.report.history import Kept
from effprof.report.report import HostPart, Metric, WarningPart
from effprof.report.trend import MetricTrend
from tests.history.build import counted, kept, latency

COMMITS = [f"{number:040x}" for number in range(100)]


def trend_of(metric: str, told: list[Kept], tmp_path: Path, **wanted: Any) -> MetricTrend:
    file = tmp_path / "history.db"
    with History(Place(file, "", str(file)), new=True) as history:
        history.keep(told)
        (series,) = history.trends(Wanted(**wanted), (metric,), last=1000)
    (found,) = series.metrics
    return found


def slower(at: int, count: int, by: float = 1.1, **changes: Any) -> list[Kept]:
    rng = Random(7)
    return [
        kept(
            number,
            p50_s=0.01 * rng.lognormvariate(0, 0.005) * (by if number >= at else 1.0),
            commit=COMMITS[number],
            **changes,
        )
        for number in range(count)
    ]


def test_when_by_how_much_and_the_commits_around_it(tmp_path: Path) -> None:
    found = trend_of("latency.p50", slower(12, 20), tmp_path)
    (change,) = found.changes
    assert (change.before.commit, change.after.commit) == (COMMITS[11], COMMITS[12])
    assert change.after.created == "2026-11-01T12:00:00Z"
    assert (change.since, change.verdict) == (8, "worse")
    assert change.ratio is not None
    assert change.low is not None
    assert change.high is not None
    assert change.low < change.ratio < change.high
    assert 1.08 < change.ratio < 1.12
    assert 0.0099 < found.first < 0.0101 < 0.0108 < found.now < 0.0112
    assert len(found.spots) == 20


def test_faster_is_better_and_more_throughput_too(tmp_path: Path) -> None:
    assert trend_of("latency.p50", slower(12, 20, 0.9), tmp_path).changes[0].verdict == "better"
    more = [
        kept(number, metrics={"throughput.items": Metric(value, "1/s", "measured", "clock", n=9)})
        for number, value in enumerate([100.0, 101.0, 99.0, 100.5, 120.0, 121.0, 119.0, 120.5], 40)
    ]
    (change,) = trend_of("throughput.items", more, tmp_path).changes
    assert change.verdict == "better"


def test_what_is_slight_is_not_told(tmp_path: Path) -> None:
    quiet = [
        kept(number, metrics={"latency.p50": latency(0.01 * by, 1e-6)})
        for number, by in enumerate([1.0, 1.00001, 0.99999] * 4 + [1.005, 1.00501, 1.00499] * 4)
    ]
    assert trend_of("latency.p50", quiet, tmp_path).changes == ()


def test_exact_figures_change_at_once(tmp_path: Path) -> None:
    sizes = [1000, 1000, 1400, 1400, 1400]
    told = [
        kept(number, commit=COMMITS[number], metrics={"size.model": counted("size.model", size)})
        for number, size in enumerate(sizes)
    ]
    (change,) = trend_of("size.model", told, tmp_path).changes
    assert (change.ratio, change.low, change.since, change.verdict) == (1.4, None, 3, "worse")
    assert change.after.commit == COMMITS[2]


def test_what_else_changed_there_is_named(tmp_path: Path) -> None:
    told = slower(12, 20)
    base = told[0].report
    host = HostPart(
        **{name: getattr(base.host, name) for name in base.host.__struct_fields__}
        | {"packages": {"onnxruntime": "2"}}
    )
    upgraded = [
        replace(
            one,
            report=replace(
                one.report, host=host, model=replace(base.model, sha256="1" * 64), effprof="1"
            ),
        )
        for one in told[12:]
    ]
    (change,) = trend_of("latency.p50", [*told[:12], *upgraded], tmp_path).changes
    assert change.also == ("model file", "runtime none → onnxruntime 2", "effprof 0 → 1")


def test_a_noisy_host_is_told_beside_the_change(tmp_path: Path) -> None:
    warned = WarningPart("noisy-host", "busy", "wait")
    told = slower(12, 20)
    told[13:16] = [
        replace(one, report=replace(one.report, warnings=(warned,))) for one in told[13:16]
    ]
    (change,) = trend_of("latency.p50", told, tmp_path).changes
    assert change.noisy == 3


def test_figures_of_another_origin_are_left_out(tmp_path: Path) -> None:
    told = [
        kept(
            number,
            metrics={
                "energy.inference": Metric(
                    1.0 if number < 5 else 9.0, "J", "modelled" if number < 5 else "measured", "x"
                )
            },
        )
        for number in range(8)
    ]
    found = trend_of("energy.inference", told, tmp_path)
    assert (found.origin, len(found.spots), found.left_out) == ("measured", 3, 5)
    assert found.changes == ()


def test_reports_cut_short_are_no_points(tmp_path: Path) -> None:
    told = [kept(0), kept(1, unfinished="interrupted", p50_s=9.0), kept(2)]
    assert len(trend_of("latency.p50", told, tmp_path).spots) == 2


def test_brought_in_late_is_put_where_it_belongs(tmp_path: Path) -> None:
    told = slower(12, 20)
    found = trend_of("latency.p50", [*told[10:], *told[:10]], tmp_path)
    assert [one.commit for one in found.spots] == COMMITS[:20]


def test_one_branch_alone(tmp_path: Path) -> None:
    told = [
        replace(one, branch="main" if number % 2 else "topic")
        for number, one in enumerate(slower(99, 10))
    ]
    found = trend_of("latency.p50", told, tmp_path, branch="main")
    assert [one.commit for one in found.spots] == COMMITS[1:10:2]


@pytest.mark.parametrize("unknown", ["latency.p99", "made.up"])
def test_a_metric_no_report_has_is_no_trend(unknown: str, tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    with History(Place(file, "", str(file)), new=True) as history:
        history.keep([kept(0)])
        assert not list(history.trends(Wanted(), (unknown,), last=9))
