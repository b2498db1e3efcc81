"""The page as text: what a name out of a file may not do, and what is in it."""

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import effprof
from effprof.cli.report import together
from effprof.formats.html import html
from effprof.formats.html.charts import charts
from effprof.report.bundle import Bundle
from effprof.report.judgement import Verdict
from effprof.report.report import Report
from tests.formats.pages import BOARD, HOSTILE, RICH, faster, long
from tests.formats.sample import FULL, GATE, TINY, UNFINISHED

VENDOR = Path(effprof.__file__).parent / "formats" / "html" / "static" / "vendor"


def page(*reports: Report) -> str:
    return html(together(reports))


def data(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found is not None
    assert "<" not in found[1]
    loaded: dict[str, Any] = json.loads(found[1])
    return loaded


def named(report: Report, name: str) -> Report:
    return replace(report, model=replace(report.model, name=name))


def test_a_name_is_text() -> None:
    text = page(RICH, BOARD)
    assert "<script>window" not in text
    assert "<img" not in text
    assert "&lt;script&gt;window.hacked = 1&lt;/script&gt;" in text


def test_a_name_in_the_data_cannot_end_it() -> None:
    sly = replace(FULL.operators[0], name="</script><script>alert(1)</script><!--")
    report = replace(RICH, operators=(sly,))
    found = data(page(report))["r0-roofline"]["dots"][0]["name"]
    assert found == "</script><script>alert(1)</script><!--"


def test_what_steers_a_line_is_shown_as_what_it_is() -> None:
    text = page(named(RICH, "a\u202egnp.onnx"))
    assert "\u202e" not in text
    assert "a\\u202egnp.onnx" in text
    assert "\\udcff.onnx" in page(named(RICH, "\udcff.onnx")).encode().decode()


def test_every_part_of_a_report_is_told() -> None:
    text = page(FULL)
    for said in (
        *FULL.metrics, *(one.metric for one in FULL.missing), *(one.reason for one in FULL.missing),
        *(one.text for one in FULL.advice), *(one.name for one in FULL.operators),
        *(word for one in FULL.warnings for word in (one.text, one.advice)),
        FULL.model.sha256, "effprof measure models/mobilenetv2-1.0.onnx -t edge",
        "run with --time 30", "81.2", "79.9 to 82.4", "budget fail", "noisy machine",
    ):  # fmt: skip
        assert said in text, said
    marks = set(re.findall(r'class="mark (\w+)"', text))
    assert marks == {"measured", "emulated", "modelled"}


def test_a_gate_is_told_whole_and_its_lines_are_no_limits() -> None:
    limit = Verdict("latency.p90", 0.05, "pass", bound="max", why="at most 50 ms")
    again = [Verdict(line.metric, 1.0, line.verdict) for line in GATE.lines if line.gates]
    text = page(replace(TINY, gate=GATE, verdicts=(limit, *again)))
    head, _, budget = text.partition("<h2>Budget</h2>")
    for said in (
        "gate: fail", "against old.onnx; fails above 3 %, passes below 3 %; 1 thread",
        "+20 %", "+18 % to +22 %", "CPU of 6", "two workers differ by more",
        "the machine was calm", "<td>shown</td>",
    ):  # fmt: skip
        assert said in head, said
    assert "at most 50 ms" in budget
    assert "size.model" not in budget.partition("</table>")[0]


def test_unfinished_says_so_and_shows_what_there_is() -> None:
    text = page(UNFINISHED)
    assert "Not finished: trial 2 ended with memory" in text
    assert "No score by profile edge: latency.p90 is missing" in text


def test_charts_are_drawn_from_the_report() -> None:
    found = charts(RICH, 4.0, 2000)
    assert set(found) == {"spread", "trials", "sweep", "roofline", "memory", "costs", "sustained"}
    assert sum(one[2] for one in found["spread"]["bins"]) == 1464
    assert len(found["trials"]["dots"]) == sum(len(one.blocks) for one in RICH.trials)
    assert (found["sweep"]["knee"], found["sweep"]["peak"]) == (4.0, 16)
    dot = found["roofline"]["dots"][0]
    assert dot["name"] == "/features/features.1/conv/Conv"
    assert dot["x"] == pytest.approx(2 * 3612672 / 3211392)
    assert dot["y"] == pytest.approx(2 * 3612672 / 0.00335)
    assert {row["origin"] for row in found["costs"]["rows"]} == {"modelled"}


def test_a_chart_with_nothing_in_it_is_not_there() -> None:
    bare = replace(UNFINISHED, metrics={}, trials=())
    assert charts(bare, None, 2000) == {}
    assert set(charts(BOARD, None, 2000)) == {"firmware", "costs"}


def test_several_are_compared_and_set_side_by_side() -> None:
    text = page(RICH, faster(2, "half.onnx", "2026-11-24T12:00:00Z"), BOARD, UNFINISHED)
    assert "Ranking" in text
    assert "2.0x faster" in text
    assert "Not like for like" in text
    assert "was not finished" in text
    assert "not in this report" in text
    assert set(data(text)) >= {"forest-0", "r0-trials", "r2-firmware"}


@pytest.mark.parametrize("count", [1, 15])
def test_it_stays_under_its_weight(count: int) -> None:
    reports = tuple(replace(long(3000), id=str(at)) for at in range(count))
    text = page(*reports)
    assert len(text.encode()) < 1.5e6
    assert "more, in the JSON" in text
    assert ("7 more reports" in text) == (count == 15)


def test_nothing_in_it_points_elsewhere() -> None:
    text = re.sub(r"<script>.*?</script>", "", html(Bundle((RICH,))), flags=re.S)
    assert not re.findall(r"https?://|@import|url\((?!#)|<link|<iframe", text)
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text


def test_scripts_are_those_recorded_with_their_licences() -> None:
    recorded = tomllib.loads((VENDOR / "vendored.toml").read_text())
    for name, entry in recorded.items():
        script = (VENDOR / Path(entry["file"]).name).read_bytes()
        assert hashlib.sha256(script).hexdigest() == entry["sha256"], name
        assert b"</script" not in script.lower()
        licence = (VENDOR / f"LICENSE.{name}").read_text()
        assert "Permission to use, copy, modify" in licence
        assert licence.strip() in html(Bundle((FULL,)))
    assert {Path(entry["file"]).name for entry in recorded.values()} == {
        path.name for path in VENDOR.glob("*.js")
    }


def test_hostile_is_hostile() -> None:
    assert HOSTILE in RICH.model.name
