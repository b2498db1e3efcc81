from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from effprof import profile
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


def test_show_says_in_words_what_is_good_and_why() -> None:
    text = " ".join(shown("show", "edge").split())
    assert "latency.p99, 40 % of the weight Full credit at 10 ms or less, half of it at" in text
    assert "Without credit in this alone, 16 of 100 points are left." in text
    assert "control loop" in text
    assert "quality.agreement under 90 %: no score. Not known: nothing changes." in text
    assert "still counts as 1 %" in text
    rate = " ".join(shown("show", "cloud").split())
    assert "half of it at 1 k/s, none at 10 /s or less." in rate


def test_new_copies_a_profile_under_the_name_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    said = shown("new", "profiles/door.yaml", "--from", "mobile")
    assert "effprof profiles validate profiles/door.yaml" in " ".join(said.split())
    assert profile.load("door").aims == profile.load("mobile").aims
    assert profile.load("door").name == "door"
    assert "valid; profile door with 5 metrics" in shown("validate", "profiles/door.yaml")
    assert "edge" in shown("new", "other.yaml") + (tmp_path / "other.yaml").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("new",), "profiles new: which one?"),
        (("new", "mine.txt"), "mine.txt: a profile file ends in .yaml"),
        (("new", "My Own.yaml"), "'My Own' cannot name a profile"),
        (("new", "there.yaml"), "there.yaml: is there already"),
        (("new", "nowhere/mine.yaml"), "nowhere/mine.yaml: no such file or directory"),
        (("new", "mine.yaml", "--from", "egde"), "unknown profile 'egde'"),
        (("show", "edge", "--from", "mobile"), "--from says nothing to profiles show"),
    ],
)
def test_new_refuses_what_it_cannot_do(
    tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    (tmp_path / "there.yaml").write_text("mine")
    with pytest.raises(RequestError) as caught:
        shown(*words)
    assert caught.value.message == message
    assert caught.value.hint
    assert (tmp_path / "there.yaml").read_text() == "mine"


def test_validate(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "schema: 1\nname: mine\nenvironment: edge\nsummary: s\n"
        "metrics: {latency.p99: {weight: 1, good: 1 ms, poor: 1 s, why: w}}\n"
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
