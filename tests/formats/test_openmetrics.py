"""OpenMetrics by the strict parser of prometheus_client, and the dashboard that reads the names."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from msgspec.structs import replace
from prometheus_client.core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from effprof.base.metrics import CATALOGUE
from effprof.cli.rounds import Board
from effprof.cli.serve import Served
from effprof.formats.openmetrics import openmetrics
from effprof.report.bundle import Bundle
from effprof.report.report import Metric as Figure
from effprof.report.report import Report
from tests.formats.sample import FULL, TINY, UNFINISHED

DASHBOARD: dict[str, Any] = json.loads(
    files("effprof.formats").joinpath("grafana.json").read_text(encoding="utf-8")
)
EVERY = {key: Figure(1.0, one.unit, "measured", "x") for key, one in CATALOGUE.items()}


def read(*reports: Report) -> dict[str, Metric]:
    text = openmetrics(Bundle(reports))
    assert text.endswith("# EOF\n")
    found = list(text_string_to_metric_families(text))  # type: ignore[no-untyped-call]
    assert len({one.name for one in found}) == len(found)
    return {one.name: one for one in found}


def test_reports_are_read_back() -> None:
    found = read(FULL, TINY, UNFINISHED)
    assert {sample.labels["origin"] for sample in found["effprof_latency_p50_seconds"].samples} == {
        "emulated"
    }
    found = read(FULL, TINY)
    origins = {
        one.labels["target"]: one.labels["origin"]
        for one in found["effprof_latency_p50_seconds"].samples
    }
    assert origins == {"edge": "measured", "nrf52840": "emulated"}
    assert found["effprof_quality_accuracy_ratio"].unit == "ratio"
    assert found["effprof_throughput_peak_batch"].unit == ""


@pytest.mark.parametrize(
    "keys",
    [
        ["é", "è", "a.b", "a_b", "a.b.low", "", "\n"],
        ["latency_p50_seconds", "latency.p50.low", "score_points", "report", "metric_missing"],
    ],
)
def test_keys_of_others_meet_none_of_ours(keys: list[str]) -> None:
    one = Figure(1.0, "1", "measured", "x", low=0.5, high=2.0)
    found = read(replace(FULL, metrics=EVERY | dict.fromkeys(keys, one), created="not a time"))
    own = [name for name in found if name.startswith("effprof_own_")]
    assert len(own) == 3 * len(keys)
    assert "effprof_report_created_timestamp_seconds" not in found


def test_hostile_names_stay_inside_their_label() -> None:
    evil = 'a"} 1\n# EOF\nb{c="\\\x1b'
    found = read(replace(FULL, model=replace(FULL.model, name=evil)))
    assert found["effprof_score_points"].samples[0].labels["model"] == evil


def expressions(value: object) -> Iterator[str]:
    """Whatever the dashboard asks Prometheus, also for its variables."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key in ("expr", "definition", "query") and isinstance(one, str):
                yield one
            yield from expressions(one)
    elif isinstance(value, list):
        for one in value:
            yield from expressions(one)


def test_every_name_in_the_dashboard_is_one_that_is_served() -> None:
    full = {
        key: replace(one, low=0.5, high=2.0) if one.unit != "1" else one
        for key, one in EVERY.items()
    }
    board = Board()
    board.newest["edge"] = replace(FULL, metrics=full)
    served = {sample.name for family in Served(board).collect() for sample in family.samples}
    served.add("effprof_change_ratio")  # has a sample once the history holds a change
    asked = {name for text in expressions(DASHBOARD) for name in re.findall(r"effprof_\w+", text)}
    assert len(asked) > 20
    assert asked <= served


def test_panels_have_each_their_place() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
