import json
from pathlib import Path

import jsonschema
import pytest
import typer
from msgspec.structs import replace
from typer.testing import CliRunner

from effprof.base.errors import ProfileError, ReportError, RequestError
from effprof.cli.score import score
from effprof.report import codec
from effprof.report.report import Report
from effprof.report.save import save
from effprof.report.schema import schema
from tests.cli.shown import lines
from tests.judge.reports import finished, metric, report

app = typer.Typer()
app.command()(score)


def said(*words: str) -> str:
    """What is shown, as one line."""
    return " ".join(" ".join(lines(app, *words)).split())


def edge(name: str, p99: float) -> Report:
    values = {"latency.jitter": 0.2, "energy.inference": 0.1, "memory.peak": 5e7}
    metrics = {key: metric(key, value) for key, value in values.items()}
    found = metric("latency.p99", p99, p99 * 0.99, p99 * 1.01)
    return report({"latency.p99": found, **metrics}, name=name)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths: list[str] = []
    for name, p99 in (("slow", 0.08), ("fast", 0.02), ("[red]same", 0.0201)):
        path = tmp_path / f"{len(paths)}.json"
        save(codec.dump(edge(name, p99)), path)
        paths.append(str(path))
    return paths


def test_one_report_is_scored_by_its_environment(tmp_path: Path) -> None:
    shown = lines(app, str(finished(tmp_path)))
    assert shown[0] == "kws.onnx on edge"
    assert " of 100 by profile edge; of the weight 75 %" in shown[1]
    assert "75 % measured, 25 % modelled" in " ".join(shown[1:3])
    assert any(
        line.split()
        == ["latency.p99", "400", "µs", "10", "ms", "1", "s", "100", "%", "40", "%", "measured"]
        for line in shown
    )


def test_a_missing_metric_means_no_score_with_its_reason(tmp_path: Path) -> None:
    shown = " ".join(lines(app, str(finished(tmp_path)), "--profile", "mobile"))
    assert "no score by profile mobile: latency.first is missing" in shown
    assert "latency.p90 is missing: needs 44 runs, had 30" in shown


def test_partial_scores_what_is_there_and_says_how_much(tmp_path: Path) -> None:
    shown = " ".join(lines(app, str(finished(tmp_path)), "--profile", "mobile", "--partial"))
    assert "of 100 by profile mobile; of the weight" in shown
    assert "partial, over 65 % of the weight: latency.first is missing" in shown
    path = tmp_path / "out.json"
    lines(app, str(finished(tmp_path)), "--profile", "mobile", "--partial", "--json", str(path))
    (one,) = codec.load(path)
    assert one.score is not None
    assert one.score.points is not None
    assert one.score.coverage is not None
    assert 0 < one.score.coverage < 1


def test_several_are_ranked_and_ties_are_said(files: list[str]) -> None:
    shown = lines(app, *files)
    places = [line.split()[:2] for line in shown[2:5]]
    assert places == [["1", "fast"], ["2=", "[red]same"], ["3", "slow"]]
    assert "=: not told apart from the line above" in "\n".join(shown)
    assert any(
        line.split() == ["latency.p99", "20", "ms", "20.1", "ms", "80", "ms"] for line in shown
    )


def test_energies_of_different_things_are_told(files: list[str], tmp_path: Path) -> None:
    shown = " ".join(lines(app, *files))
    assert "not of the same thing" not in shown
    (board,) = codec.load(Path(files[0]))
    scoped = replace(board.metrics["energy.inference"], scope="the whole server")
    path = tmp_path / "server.json"
    changed = replace(board, metrics={**board.metrics, "energy.inference": scoped})
    save(codec.dump(changed), path)
    shown = " ".join(" ".join(lines(app, files[1], str(path))).split())
    assert "energy.inference is not of the same thing in all: 1: " in shown
    assert "2: the whole server" in shown


def test_one_without_points_is_ranked_last_with_its_reason(
    files: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "none.json"
    save(codec.dump(report({}, name="empty")), path)
    shown = lines(app, str(path), files[0])
    assert shown[3].split() == ["-", "empty", "edge", "no", "score"]
    assert "-: latency.p99 is missing: the report does not have it" in "\n".join(shown)


def test_different_environments_are_not_ranked_against_each_other(
    files: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "phone.json"
    save(codec.dump(report({}, name="phone", environment="mobile")), path)
    shown = lines(app, files[0], str(path))
    assert not any("Ranking" in line for line in shown)
    assert "slow on edge" in shown
    assert "phone on mobile" in shown


def test_three_reports_show_the_trade_offs_of_the_two_heaviest_metrics(files: list[str]) -> None:
    shown = lines(app, *files)
    at = shown.index("Trade-offs of latency.p99 and energy.inference")
    rows = [line.split() for line in shown[at + 2 : at + 6]]
    assert rows[0][:2] + rows[0][-1:] == ["1", "fast", "frontier"]
    assert rows[1][:2] + rows[1][-3:] == ["3", "slow", "beaten", "by", "1"]
    assert rows[2][:2] + rows[2][-2:] == ["2", "[red]same", "can't", "tell"]
    assert rows[3] == ["not", "told", "apart", "in", "latency.p99"]
    assert "latency.p99 (lower is better)" in shown[-1]
    assert not any("Trade-offs" in line for line in lines(app, *files[:2]))


def test_the_frontier_takes_the_metrics_it_is_given(files: list[str]) -> None:
    shown = lines(app, *files[:2], "--frontier", "memory.peak,latency.p99")
    assert "Trade-offs of memory.peak and latency.p99" in shown


def test_sensitivity_says_what_is_robust(files: list[str]) -> None:
    shown = said(*files, "--sensitivity")
    assert "Weights moved by up to 20 % either way, 1000 times" in shown
    assert "the first place is robust: fast leads in 100 % of the weightings." in shown


def test_json_holds_what_they_say_together(files: list[str], tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    lines(app, *files, "--sensitivity", "--json", str(path))
    document = json.loads(path.read_text())
    jsonschema.Draft202012Validator(schema("report")).validate(document)
    (ranking,) = document["rankings"]
    assert [one["report"] for one in ranking["places"]] == [1, 2, 0]
    assert ranking["sensitivity"]["robust"]
    assert ranking["frontier"]["metrics"] == ["latency.p99", "energy.inference"]
    assert len(codec.load(path)) == 3


def test_json_holds_the_reports_with_their_new_scores(files: list[str], tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    lines(app, files[0], "--json", str(path))
    (one,) = codec.load(path)
    assert one.score is not None
    assert one.score.profile == "edge"
    lines(app, *files, "--json", str(path))
    assert len(codec.load(path)) == 3


def test_json_to_stdout_is_alone_there(files: list[str]) -> None:
    result = CliRunner().invoke(app, [files[0], "--json", "-"], catch_exceptions=False)
    assert json.loads(result.stdout)["score"]["profile"] == "edge"
    assert "slow on edge" in result.stderr


def test_bad_requests(tmp_path: Path) -> None:
    for words, error in (
        ([str(tmp_path / "none.json")], ReportError),
        ([str(finished(tmp_path)), "--profile", "nope"], ProfileError),
        ([str(finished(tmp_path)), "--sensitivity"], RequestError),
        ([str(finished(tmp_path)), "--frontier", "latency.p99,size.model"], RequestError),
        ([str(finished(tmp_path)), "--frontier", "latency.p98,size.model"], RequestError),
    ):
        with pytest.raises(error):
            CliRunner().invoke(app, words, catch_exceptions=False)
    assert CliRunner().invoke(app, []).exit_code == 2


def test_equals_lead_together_and_nobody_is_robust(tmp_path: Path) -> None:
    paths = [tmp_path / f"{at}.json" for at in range(3)]
    for path, p99 in zip(paths, (0.02, 0.02, 0.08), strict=True):
        save(codec.dump(edge(path.name, p99)), path)
    for order in (paths, paths[::-1]):
        shown = said(*map(str, order), "--sensitivity")
        assert "Nobody leads: 1 and 2 share the first place, each of them first in all" in shown
        assert "robust" not in shown


def test_a_lead_by_weights_alone_is_said_where_the_figures_do_not_tell_it(files: list[str]) -> None:
    shown = said(*files, "--sensitivity")
    assert "Against other weights the first place is robust" in shown
    assert "By the figures it is not told apart from 2." in shown


def test_a_partial_score_in_a_ranking_says_its_coverage(tmp_path: Path) -> None:
    whole, part = edge("whole", 0.02), edge("part", 0.03)
    fewer = {key: one for key, one in part.metrics.items() if key != "energy.inference"}
    paths = [tmp_path / "whole.json", tmp_path / "part.json"]
    for path, one in zip(paths, (whole, replace(part, metrics=fewer)), strict=True):
        save(codec.dump(one), path)
    shown = said(*map(str, paths), "--partial")
    assert "partial, over 75 % of the weight: energy.inference is missing" in shown


def test_what_the_figures_leave_out_is_said(tmp_path: Path) -> None:
    paths = [tmp_path / f"{at}.json" for at in range(6)]
    for at, path in enumerate(paths):
        save(codec.dump(edge(path.name, 0.02 + 0.01 * at)), path)
    assert "of the first 4; 2 more are left out" in said(*map(str, paths))
    assert "left out" not in said(*map(str, paths[:4]))
