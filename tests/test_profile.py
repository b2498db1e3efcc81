from pathlib import Path

import pytest

from effprof import profile
from effprof.base.errors import ProfileError
from effprof.base.metrics import CATALOGUE

GOOD = """\
schema: 1
name: mine
environment: edge
summary: what counts for me
metrics:
  latency.p99: {weight: 2, good: 10 ms, poor: 100 ms, why: a loop}
  throughput.items: {weight: 1, good: 100 1/s, poor: 10 1/s, why: enough}
  utilization.cpu: {weight: 1, good: 0.9, poor: 10 %, why: head room}
"""
ENVIRONMENTS = ("cloud", "edge", "mobile", "tinyml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder and an empty user config folder."""
    monkeypatch.setenv("EFFPROF_CONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_amounts_are_in_the_unit_of_the_metric(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD)
    mine = profile.load(str(path))
    assert (mine.name, mine.environment, mine.summary) == ("mine", "edge", "what counts for me")
    assert mine.aims == (
        profile.Aim("latency.p99", 2.0, 0.01, 0.1, "a loop"),
        profile.Aim("throughput.items", 1.0, 100.0, 10.0, "enough"),
        profile.Aim("utilization.cpu", 1.0, 0.9, 0.1, "head room"),
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("good: 10 ms", "good: 10", "metrics.latency.p99.good: 10 has no unit"),
        ("good: 10 ms", "good: 10 W", "metrics.latency.p99.good: 10 W is a power, a duration is"),
        ("good: 10 ms", "good: 0 s", "metrics.latency.p99.good: 0 s is not above 0"),
        ("good: 10 ms", "good: 1 s", "metrics.latency.p99: good 1 s is worse than poor 100 ms"),
        ("good: 10 ms", "good: 0.1 s", "metrics.latency.p99: good and poor are both 0.1 s"),
        ("good: 10 ms", "god: 10 ms", "metrics.latency.p99.god: unknown key"),
        ("good: 10 ms, ", "", "metrics.latency.p99.good: is missing"),
        ("good: 100 1/s", "good: 1 1/s", "metrics.throughput.items: good 1 1/s is worse than"),
        ("weight: 2", "weight: 0", "metrics.latency.p99.weight: expected a number > 0.0 (0)"),
        ("weight: 2", "weight: heavy", "metrics.latency.p99.weight: expected a number, got text"),
        ("latency.p99", "latency.p98", "metrics.latency.p98: unknown metric"),
        ("schema: 1", "schema: 2", "schema: 2 is not allowed"),
        ("edge", "fog", "environment: 'fog' is not allowed"),
        ("name: mine", "", "name: is missing"),
        ("summary", "sumary", "sumary: unknown key"),
        (", why: a loop", "", "metrics.latency.p99.why: is missing"),
        ("why: a loop", 'why: ""', "metrics.latency.p99.why: expected text of length >= 1"),
        ("schema: 1", "schema: 1\nfloor: 0", "floor: 0 is not above 0 and at most 50 %"),
        ("schema: 1", "schema: 1\nfloor: 60 %", "floor: 60 % is not above 0 and at most 50 %"),
        ("schema: 1", "schema: 1\nfloor: 1 s", "floor: 1 s is a duration, a share or a count is"),
        ("schema: 1", "schema: 1\nquality: {}", "quality.min: is missing"),
        (
            "schema: 1",
            "schema: 1\nquality: {min: {quality.max_error: 1}}",
            "quality.min.quality.max_error: not a quality with a least value",
        ),
        (
            "schema: 1",
            "schema: 1\nquality: {min: {quality.accuracy: 98 ms}}",
            "quality.min.quality.accuracy: 98 ms is a duration, a share or a count is",
        ),
        (
            "schema: 1",
            "schema: 1\nquality: {min: {quality.accuracy: 95}}",
            "quality.min.quality.accuracy: 95 is more than quality.accuracy can be, 100 %",
        ),
    ],
)
def test_bad_profiles_are_told_by_file_key_and_value(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ProfileError) as caught:
        profile.read(path)
    assert caught.value.message.startswith(f"{path}: {message}")


def test_floor_and_gates(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD)
    assert (profile.read(path).floor, profile.read(path).gates) == (0.01, ())
    path.write_text(
        GOOD + "floor: 5 %\nquality: {min: {quality.accuracy: 98 %, quality.cosine: 0.9}, why: w}\n"
    )
    assert profile.read(path).floor == 0.05
    assert profile.read(path).gates == (
        profile.Gate("quality.accuracy", 0.98, required=True, why="w"),
        profile.Gate("quality.cosine", 0.9, required=True, why="w"),
    )


def test_a_profile_without_metrics_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD.split("metrics:")[0] + "metrics: {}\n")
    with pytest.raises(ProfileError, match=r"metrics: expected a mapping of length >= 1"):
        profile.read(path)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_profiles_that_ship(name: str) -> None:
    shipped = profile.load(name)
    assert shipped.name == shipped.environment == name
    assert sum(aim.weight for aim in shipped.aims) == 100
    for aim in shipped.aims:
        assert len(aim.why) > 20
        assert (aim.good < aim.poor) == (CATALOGUE[aim.metric].better == "lower")


def test_no_default_weighs_what_only_the_server_scenario_has() -> None:
    weighted = {aim.metric for name in ENVIRONMENTS for aim in profile.load(name).aims}
    assert not weighted & {
        "deadline.miss_rate",
        "latency.under_load.p99",
        "throughput.at_deadline",
    }


def test_an_unknown_name_is_told_with_the_nearest(folder: Path) -> None:
    with pytest.raises(ProfileError, match="unknown profile 'egde'") as caught:
        profile.load("egde")
    assert caught.value.hint == "did you mean edge?"


def test_a_name_is_never_a_way_out_of_the_folders(folder: Path) -> None:
    (folder / "secret.yaml").write_text(GOOD)
    with pytest.raises(ProfileError, match=r"profiles/\.\./none\.yaml: no such file"):
        profile.load("profiles/../none.yaml")
    with pytest.raises(ProfileError, match="unknown profile 'secret'"):
        profile.load("secret")


def test_nearer_folders_come_first(folder: Path) -> None:
    config = folder / "config" / "profiles"
    for place, summary in ((config, "the user's"), (folder / "profiles", "here")):
        place.mkdir(parents=True)
        (place / "edge.yaml").write_text(GOOD.replace("what counts for me", summary))
    assert profile.load("edge").summary == "here"
    (folder / "profiles" / "edge.yaml").unlink()
    assert profile.load("edge").summary == "the user's"
    assert set(profile.known_profiles()) >= set(ENVIRONMENTS)
