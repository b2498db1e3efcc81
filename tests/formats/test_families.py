from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from effprof.base.metrics import CATALOGUE
from effprof.formats.families import families
from effprof.report.judgement import Score, Verdict
from effprof.report.report import MissingPart, Report
from tests.formats.sample import GATE
from tests.judge.reports import metric, report


class Given(Collector):
    def __init__(self, reports: Iterable[Report]) -> None:
        self._reports = reports

    def collect(self) -> Iterable[Metric]:
        return families(self._reports)


def read_back(*reports: Report) -> dict[str, Metric]:
    """Through the strict parser of OpenMetrics."""
    registry = CollectorRegistry()
    registry.register(Given(reports))
    text = generate_latest(registry).decode()  # type: ignore[no-untyped-call]
    every = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    return {one.name: one for one in every}


def test_a_figure_with_its_interval_unit_and_origin() -> None:
    found = read_back(report({"latency.p50": metric("latency.p50", 0.002, 0.001, 0.003)}))
    for part, value in (("", 0.002), ("_low", 0.001), ("_high", 0.003)):
        family = found[f"effprof_latency_p50{part}_seconds"]
        (sample,) = family.samples
        assert (sample.value, family.unit) == (value, "seconds")
        assert sample.labels["origin"] == "measured"
        assert (sample.labels["model"], sample.labels["target"]) == ("m.onnx", "edge")


def test_every_metric_of_the_catalogue_has_a_name_of_its_own() -> None:
    every = {key: metric(key, 1.0) for key in CATALOGUE}
    found = read_back(report(every))
    named = [name for name in found if not name.startswith("effprof_report")]
    assert len(named) == len(CATALOGUE)


def test_what_is_missing_has_no_sample_and_is_named() -> None:
    found = read_back(report({}, MissingPart("latency.p99", "too few runs")))
    assert set(found) == {
        "effprof_metric_missing", "effprof_report", "effprof_report_created_timestamp_seconds"
    }  # fmt: skip
    assert found["effprof_metric_missing"].samples[0].labels["metric"] == "latency.p99"


def test_score_verdicts_and_what_it_is_of() -> None:
    plain = report({"size.model": metric("size.model", 7)})
    told = replace(
        plain,
        score=Score("edge", points=81.2),
        verdicts=(Verdict("latency.p90", 0.05, "undecided", bound="max"),),
        host=replace(plain.host, packages={"onnxruntime": "1.32.0"}),
    )
    found = read_back(told)
    assert found["effprof_score_points"].samples[0].value == 81.2
    assert found["effprof_budget_verdict"].samples[0].labels["verdict"] == "undecided"
    gated = read_back(replace(plain, gate=GATE))["effprof_gate_verdict"].samples
    assert {one.labels["metric"]: one.labels["verdict"] for one in gated} == {
        line.metric: line.verdict for line in GATE.lines if line.gates
    }
    about = found["effprof_report"].samples[0].labels
    assert (about["sha256"], about["runtime"]) == ("0" * 64, "onnxruntime 1.32.0")
    (made,) = found["effprof_report_created_timestamp_seconds"].samples
    assert made.value == datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()
    assert "effprof_size_model_bytes" in found


def test_of_two_reports_of_the_same_the_later_counts() -> None:
    first, later = (report({"latency.p50": metric("latency.p50", one)}) for one in (1.0, 2.0))
    (sample,) = read_back(first, later)["effprof_latency_p50_seconds"].samples
    assert sample.value == 2.0


def test_hostile_names_stay_inside_their_label() -> None:
    name = 'a"} 1\n# EOF\nb{c="\\.onnx'
    (sample,) = read_back(
        report(
            {"latency.p50": metric("latency.p50", 1.0), "my.own-key\n": metric("size.model", 3)},
            name=name,
        )
    )["effprof_latency_p50_seconds"].samples
    assert sample.labels["model"] == name
