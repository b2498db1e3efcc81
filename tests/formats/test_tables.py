"""Score, ranking, comparison and budget at 80 and 120 columns: snapshots, and no line too wide."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from effprof.cli.report import together
from effprof.formats import judgement_text
from effprof.formats.comparison_text import comparison
from effprof.formats.ranking_text import ranking
from effprof.formats.text_look import Line, Look, render
from effprof.judge.ranking import rankings
from effprof.report.judgement import Score
from effprof.report.report import Metric, Report
from tests.formats.sample import FULL, METRICS, SCORE, VERDICTS

GOLDEN = Path(__file__).parent / "golden"


def variant(name: str, points: float, times: float) -> Report:
    """The sample under another name, its latencies and size `times` as large."""
    metrics = {key: _scaled(metric, times) for key, metric in METRICS.items() if metric.unit == "s"}
    metrics |= {"size.model": _scaled(METRICS["size.model"], times)}
    return replace(
        FULL,
        id=name,
        model=replace(FULL.model, name=f"{name}.onnx"),
        metrics=METRICS | metrics,
        score=replace(SCORE, points=points, low=points - 1, high=points + 1),
    )


def _scaled(metric: Metric, times: float) -> Metric:
    low, high = (None if end is None else end * times for end in (metric.low, metric.high))
    return replace(metric, value=metric.value * times, low=low, high=high)


SEVERAL = (FULL, variant("mobilenetv2-int8", 88.1, 0.4), variant("mobilenetv2-wide", 61.0, 2.1))
KEYS = ("latency.p90", "size.model")


def lines(what: str, look: Look) -> list[Line]:
    if what == "ranking":
        (found,) = rankings(SEVERAL, KEYS)
        return ranking(found, SEVERAL, look)
    if what == "comparison":
        return comparison(together(SEVERAL[:2]).comparisons[0], look)
    if what == "score":
        no_score = Score("edge", reason="latency.p90 is missing: needs 44 runs, had 12")
        return [*judgement_text.score(SCORE, look), [], *judgement_text.score(no_score, look)]
    return judgement_text.verdicts(VERDICTS, look)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("what", ["ranking", "comparison", "score", "budget"])
def test_snapshot(what: str, width: int) -> None:
    shown = render(lines(what, Look(width)), Look(width))
    path = GOLDEN / f"{what}-{width}.txt"
    if os.environ.get("EFFPROF_UPDATE_GOLDEN") == "1":
        path.write_text(shown, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == shown
    assert max(map(cell_len, shown.splitlines())) <= width
