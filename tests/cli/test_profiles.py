from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from effprof.base.errors import ProfileError, RequestError
from effprof.cli.profiles import profiles

app = typer.Typer()
app.command()(profiles)


def shown(*words: str) -> str:
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    return result.stdout


@pytest.fixture(autouse=True)
def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFPROF_CONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


def test_list_is_the_default() -> None:
    assert shown() == shown("list")
    names = [line.split()[0] for line in shown().splitlines() if line[2] != " "]
    assert names == ["cloud", "edge", "mobile", "tinyml"]


def test_a_broken_profile_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "broken.yaml").write_text("schema: 1\n")
    text = shown()
    assert "profiles/broken.yaml: name: is missing" in " ".join(text.split())
    assert "tinyml" in text


def test_show_says_what_is_good_and_why() -> None:
    text = shown("show", "edge")
    assert ["latency.p99", "10", "ms", "100", "ms", "40", "%"] in map(str.split, text.splitlines())
    assert "control loop" in text


def test_validate(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "schema: 1\nname: mine\nenvironment: edge\nsummary: s\n"
        "metrics: {latency.p99: {weight: 1, good: 1 ms, poor: 1 s}}\n"
    )
    assert "mine.yaml: valid; profile mine with 1 metric" in " ".join(
        shown("validate", "mine.yaml").split()
    )
    path.write_text(path.read_text().replace("1 ms", "1"))
    with pytest.raises(ProfileError, match=r"metrics\.latency\.p99\.good: 1 has no unit"):
        shown("validate", "mine.yaml")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("shwo", "edge"), "profiles shwo: no such action"),
        (("show",), "profiles show: which one?"),
        (("validate",), "profiles validate: which one?"),
        (("show", "egde"), "unknown profile 'egde'"),
    ],
)
def test_bad_requests(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(RequestError) as caught:
        shown(*words)
    assert caught.value.message == message
    assert caught.value.hint
