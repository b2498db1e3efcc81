"""CSV: read back by the standard library, every figure with its origin, and no formula."""

import csv
import io

import pytest
from msgspec.structs import replace

from effprof.formats.csv import COLUMNS
from effprof.formats.csv import csv as written
from effprof.report.bundle import Bundle
from effprof.report.report import Report
from tests.formats.sample import FULL, TINY


def rows(*reports: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(Bundle(reports)))))


def test_every_metric_of_every_report_is_a_row() -> None:
    found = rows(FULL, TINY)
    assert tuple(found[0]) == COLUMNS
    assert len(found) == sum(len(one.metrics) + len(one.missing) for one in (FULL, TINY))
    for row in found:
        report = FULL if row["target"] == "edge" else TINY
        if row["missing"]:
            assert row["value"] == row["origin"] == ""
            continue
        metric = report.metrics[row["metric"]]
        assert float(row["value"]) == metric.value
        assert (row["unit"], row["origin"]) == (metric.unit, metric.origin)


def test_what_this_machine_measured_for_another_device_is_told_apart() -> None:
    found = rows(replace(TINY, host_metrics={"memory.peak": FULL.metrics["memory.peak"]}))
    assert [row["metric"] for row in found if row["of"] == "host"] == ["memory.peak"]


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", '"a",b\n=1'])
def test_a_name_is_neither_a_formula_nor_a_row(evil: str) -> None:
    (first, *_) = found = rows(replace(TINY, model=replace(TINY.model, name=evil)))
    assert len(found) == len(TINY.metrics)
    assert not first["model"].startswith(("=", "+", "-", "@", "\t", "\r"))
