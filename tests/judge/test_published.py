"""The profiles that ship against published systems: typical ones land between 20 and 90.

`published.csv` holds figures others published, in SI units, each with its source: MLPerf Inference
with power (per accelerator in the data centre; single-stream on boards under 60 W at the edge),
LiteRT's leaderboard on phone CPUs, MLPerf Tiny on Cortex-M. They do not give every metric a
profile weighs, so scores are partial.
"""

import csv
from pathlib import Path

import pytest

from effprof import profile
from effprof.base.metrics import CATALOGUE
from effprof.judge.score import score
from effprof.report.report import Metric
from tests.judge.reports import report

FILE = Path(__file__).with_name("published.csv")


def points(name: str) -> dict[tuple[str, str, str], float]:
    """By system, model and source."""
    systems: dict[tuple[str, str, str], dict[str, Metric]] = {}
    with FILE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["profile"] == name:
                key = row["metric"]
                found = Metric(float(row["value"]), CATALOGUE[key].unit, "measured", row["source"])
                systems.setdefault((row["system"], row["model"], row["source"]), {})[key] = found
    shipped = profile.load(name)
    scores = {one: score(report(found), shipped, partial=True) for one, found in systems.items()}
    assert all(one.coverage for one in scores.values())
    return {one: found.points or 0.0 for one, found in scores.items()}


@pytest.mark.parametrize("name", ["cloud", "edge", "mobile", "tinyml"])
def test_typical_systems_land_between_20_and_90(name: str) -> None:
    found = points(name)
    assert len(found) >= 10
    inside = [one for one in found.values() if 20 <= one <= 90]
    assert len(inside) >= 0.75 * len(found), sorted(found.items(), key=lambda one: one[1])


@pytest.mark.parametrize("name", ["cloud", "edge", "mobile", "tinyml"])
def test_systems_are_spread_over_the_scale(name: str) -> None:
    found = sorted(points(name).values())
    assert found[-1] - found[0] > 40
