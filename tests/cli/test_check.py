import json
from pathlib import Path

import pytest
import typer
from msgspec.structs import replace
from typer.testing import CliRunner

from effprof.base.errors import BudgetError, ReportError
from effprof.cli.check import check
from effprof.report import codec
from effprof.report.save import save
from tests.judge.reports import finished

app = typer.Typer()
app.command()(check)


def invoke(limits: str, tmp_path: Path, *words: str, report: Path | None = None) -> tuple[int, str]:
    path = tmp_path / "budget.yaml"
    path.write_text(f"schema: 1\nname: b\nlimits: {{{limits}}}\n")
    result = CliRunner().invoke(
        app,
        [str(report or finished(tmp_path)), "--budget", str(path), *words],
        catch_exceptions=False,
    )
    assert "--json" in words or all(len(line) <= 80 for line in result.stdout.splitlines())
    return result.exit_code, result.stdout


PASS = "latency.p99: {max: 50 ms}"
FAIL = "memory.peak: {max: 1 MB}"
UNDECIDED = "latency.p50: {max: 212 µs}"


@pytest.mark.parametrize(
    ("limits", "words", "code"),
    [
        (PASS, (), 0),
        (FAIL, (), 1),
        (UNDECIDED, (), 5),
        (f"{PASS}, {UNDECIDED}", (), 5),
        (f"{FAIL}, {UNDECIDED}", (), 1),
        (f"{FAIL}, {UNDECIDED}", ("--undecided", "pass"), 1),
        (f"{PASS}, {UNDECIDED}", ("--undecided", "pass"), 0),
        (f"{PASS}, {UNDECIDED}", ("--undecided", "fail"), 1),
        (PASS, ("--undecided", "maybe"), 2),
    ],
)
def test_exit_codes(limits: str, words: tuple[str, ...], code: int, tmp_path: Path) -> None:
    assert invoke(limits, tmp_path, *words)[0] == code


def test_several_reports_are_checked_at_once_and_the_worst_counts(tmp_path: Path) -> None:
    (one,) = codec.load(finished(tmp_path))
    heavy = replace(one.metrics["memory.peak"], value=9e9, low=8e9, high=9.5e9)
    worse = replace(one, metrics={**one.metrics, "memory.peak": heavy})
    second = tmp_path / "worse.json"
    save(codec.dump(worse), second)
    limit = "memory.peak: {max: 1 GB}"
    assert invoke(limit, tmp_path)[0] == 0
    code, shown = invoke(limit, tmp_path, str(second))
    assert code == 1
    assert shown.count("kws.onnx on edge") == 2


def test_every_line_says_what_was_wanted_and_found(tmp_path: Path) -> None:
    _, shown = invoke(f"{PASS}, {FAIL}, latency.p90: {{max: 50 ms}}", tmp_path)
    said = [" ".join(line.split()) for line in shown.splitlines()]
    assert said[0] == "kws.onnx on edge"
    assert said[2] == "pass latency.p99 400 µs 380 µs 430 µs at most 50 ms"
    assert said[3].startswith("fail memory.peak 30.0 MiB")
    assert said[4] == "undecided latency.p90 unknown at most 50 ms"
    assert said[5] == "not known: needs 44 runs, had 30"


def test_the_worked_example(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "photo-search.yaml"
    result = CliRunner().invoke(app, [str(finished(tmp_path)), "--budget", str(example)])
    assert result.exit_code == 5
    assert [line.split()[1] for line in result.stdout.splitlines() if "at most" in line] == [
        "memory.peak",
        "latency.p90",
        "battery.share_per_hour",
    ]


def test_json_holds_the_verdicts(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert invoke(FAIL, tmp_path, "--json", str(path))[0] == 1
    assert [one.verdict for one in codec.load(path)[0].verdicts] == ["fail"]
    _, out = invoke(PASS, tmp_path, "--json", "-")
    assert json.loads(out)["verdicts"][0]["verdict"] == "pass"


def test_every_report_of_a_file_is_checked(tmp_path: Path) -> None:
    (report,) = codec.load(finished(tmp_path))
    path = tmp_path / "two.json"
    save(codec.dump([report, report]), path)
    code, shown = invoke(PASS, tmp_path, report=path)
    assert code == 0
    assert shown.count("kws.onnx on edge") == 2


@pytest.mark.parametrize(("limit", "code"), [(PASS, 4), (FAIL, 1), ("latency.p90: {max: 1 s}", 4)])
def test_an_unfinished_report_is_never_let_through(limit: str, code: int, tmp_path: Path) -> None:
    (report,) = codec.load(finished(tmp_path))
    path = tmp_path / "cut.json"
    save(codec.dump(replace(report, unfinished="interrupted")), path)
    ended, shown = invoke(limit, tmp_path, "--undecided", "pass", report=path)
    assert ended == code
    assert "NOT FINISHED: interrupted" in shown


def test_bad_requests(tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match=r"limits\.latency\.p99\.max: 50 has no unit"):
        invoke("latency.p99: {max: 50}", tmp_path)
    with pytest.raises(ReportError, match="no such file"):
        invoke(PASS, tmp_path, report=tmp_path / "none.json")
    assert CliRunner().invoke(app, [str(finished(tmp_path))]).exit_code == 2
