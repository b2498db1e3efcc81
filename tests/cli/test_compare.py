import json
from pathlib import Path

import jsonschema
import pytest
import typer
from msgspec.structs import replace
from typer.testing import CliRunner

from effprof.base.errors import ReportError
from effprof.cli.compare import compare
from effprof.report import codec
from effprof.report.save import save
from effprof.report.schema import schema
from tests.cli.shown import lines
from tests.formats.sample import FULL

app = typer.Typer()
app.command()(compare)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A report, one twice as fast, one of another batch."""
    p50 = FULL.metrics["latency.p50"]
    half = replace(p50, value=p50.value / 2, low=(p50.low or 0) / 2, high=(p50.high or 0) / 2)
    fast = replace(
        FULL,
        model=replace(FULL.model, name="[red]fast"),
        metrics={**FULL.metrics, "latency.p50": half},
    )
    batch = replace(FULL, sweep=(), scenario=replace(FULL.scenario, batch=3))
    paths = []
    for name, one in (("base", FULL), ("fast", fast), ("batch", batch)):
        paths.append(str(tmp_path / f"{name}.json"))
        save(codec.dump(one), Path(paths[-1]))
    return paths


def test_headed_by_the_trade_then_every_metric(files: list[str]) -> None:
    shown = lines(app, files[0], files[1])
    assert shown[0] == "[red]fast against mobilenetv2-1.0.onnx on edge"
    assert shown[1].startswith("2.0x faster, at no cost seen here")
    text = "\n".join(shown)
    assert all(key in text for key in ("latency.p50", "memory.steady", "throughput.items"))
    (p50,) = (line for line in shown if "latency.p50" in line)
    assert p50.split()[-1] == "better"
    assert "0.5x" in p50.split()


def test_several_others_have_a_section_each(files: list[str]) -> None:
    shown = lines(app, files[0], files[1], files[0])
    assert sum(" against " in line for line in shown) == 2


def test_reports_that_mean_different_things_are_refused_unless_asked_for(files: list[str]) -> None:
    with pytest.raises(ReportError, match=r"cannot be compared with .*: batch [0-9, ]+ against 3"):
        CliRunner().invoke(app, [files[0], files[2]], catch_exceptions=False)
    shown = lines(app, files[0], files[2], "--anyway")
    assert shown[1].startswith("Not like for like (batch): ")
    assert "Not alike in both" in shown


def test_json_is_alone_on_stdout_and_follows_its_schema(files: list[str]) -> None:
    words = [files[0], files[1], "--json", "-"]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    document = json.loads(result.stdout)
    jsonschema.Draft202012Validator(schema("comparison")).validate(document)
    (one,) = document["comparisons"]
    assert one["trade"].startswith("2.0x faster")
    row = next(row for row in one["rows"] if row["metric"] == "latency.p50")
    assert row["verdict"] == "better"
    assert row["low"] < row["ratio"] == 0.5 < row["high"]
    assert "2.0x faster" in result.stderr


def test_bad_requests(files: list[str], tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no such file"):
        CliRunner().invoke(app, [files[0], str(tmp_path / "none")], catch_exceptions=False)
    assert CliRunner().invoke(app, [files[0]]).exit_code == 2
