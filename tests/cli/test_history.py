import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from effprof.history.place import Place
from effprof.history.store import History, Wanted
from effprof.report import codec
from effprof.report.report import ModelPart
from effprof.report.schema import schema
from tests.e2e.command import effprof, effprof_here
from tests.history.build import kept
from tests.judge.reports import finished

Say = Callable[..., Any]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def say(db: Path) -> Say:
    """`effprof history WORDS` with this history; twelve reports at 10 ms, then eight at 12."""
    with History(Place(db, "", str(db)), new=True) as history:
        history.keep([kept(at, p50_s=0.010 + 1e-6 * (at % 3), commit="a" * 40) for at in range(12)])
        history.keep([kept(at, p50_s=0.012, commit="b" * 40) for at in range(12, 20)])
    return lambda *words: effprof_here("history", *words, "--db", db)


def count(db: Path) -> int:
    with History(Place(db, "", str(db))) as history:
        return history.count(Wanted())


def test_list(say: Say, tmp_path: Path) -> None:
    said = say("list", "some/folder/m.onnx", "--last", 2)
    assert said.returncode == 0
    rows = said.stdout.splitlines()
    assert "R000019" in rows[1]
    assert "12 ms" in rows[1]
    assert "bbbbbbb" in rows[1]
    assert "2 of 20" in rows[-1]
    say("list", "--json", tmp_path / "list.json")
    told = json.loads((tmp_path / "list.json").read_text())
    jsonschema.validate(told, schema("history"))
    assert (told["kept"], len(told["entries"])) == (20, 20)
    assert "no such reports" in say("list", "other.onnx").stdout


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (("list",), {"sqlalchemy", "numpy", "scipy", "ruptures", "pint", "rich.console"}),
        (("show", "R000003"), {"sqlalchemy", "numpy", "scipy", "ruptures", "pint"}),
        (("trend", "--metric", "latency.p50"), {"sqlalchemy", "scipy.stats", "ruptures", "pint"}),
    ],
)
def test_what_reads_a_file_imports_no_more_than_it_takes(
    words: tuple[str, ...], heavy: set[str], say: Say, db: Path
) -> None:
    code = (
        "import sys; from effprof.cli import main\n"
        "try: main(lambda: None, lambda: None)\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, "history", *words, "--db", str(db)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == say(*words).stdout
    assert not heavy & set(done.stderr.split())


def test_show(say: Say, tmp_path: Path) -> None:
    assert "m.onnx on edge" in say("show", "r000003").stdout
    say("show", "R000003", "--json", tmp_path / "shown.json")
    assert json.loads((tmp_path / "shown.json").read_text())["id"] == "R000003"
    for word in ("R00000", "nothing"):
        said = say("show", word)
        assert (said.returncode, said.stderr.count("\n")) == (2, 2)


def test_trend(say: Say, tmp_path: Path) -> None:
    said = say("trend", "m.onnx")
    assert said.returncode == 0
    assert "+20" in said.stdout
    assert "worse" in said.stdout
    assert "commit aaaaaaaaaaaa, by 2026-11-01 12:00, commit bbbbbbbbbbbb" in " ".join(
        said.stdout.split()
    )
    say("trend", "--metric", "latency.p50", "--json", tmp_path / "trend.json")
    told = json.loads((tmp_path / "trend.json").read_text())
    jsonschema.validate(told, schema("trend"))
    (series,) = told["series"]
    assert [len(one["changes"]) for one in series["metrics"]] == [1]
    assert "no such" in say("trend", "other.onnx").stdout


def test_a_trend_of_everything_is_of_the_ten_series_measured_last(db: Path) -> None:
    with History(Place(db, "", str(db)), new=True) as history:
        history.keep(
            [kept(at, model=ModelPart(f"m{at}.onnx", "onnx", "0" * 64, 1)) for at in range(11)]
        )
    shown = effprof_here("history", "trend", "--metric", "latency.p50", "--db", db).stdout
    assert "m10.onnx on edge" in shown
    assert "m0.onnx" not in shown
    assert "10 series" in shown
    assert "m0.onnx on edge" in effprof_here("history", "trend", "m0.onnx", "--db", db).stdout


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("mend",), "mend"),
        (("show",), "which one"),
        (("import",), "which one"),
        (("prune",), "which ones"),
        (("list", "--yes"), "--yes"),
        (("export", "--last", "3"), "--last"),
        (("trend", "--metric", "latency.p5"), "latency.p5"),
        (("prune", "--older-than", "90"), "--older-than: 90"),
        (("prune", "--older-than", "1e99 yr"), "--older-than"),
        (("import", "nowhere.jsonl"), "nowhere.jsonl"),
    ],
)
def test_what_makes_no_sense(say: Say, words: tuple[str, ...], named: str) -> None:
    said = say(*words)
    assert said.returncode == 2
    assert named in said.stderr
    assert said.stdout == ""


def test_prune_asks_first(say: Say, db: Path) -> None:
    said = say("prune", "--keep", 5)
    assert said.returncode == 2
    assert "15 of 20" in said.stderr
    assert count(db) == 20
    assert "removed 15 of 20" in say("prune", "--keep", 5, "--yes").stdout
    assert count(db) == 5
    assert "removed 0 of 5" in say("prune", "--keep", 5).stdout
    assert "5 " in say("trend", "--metric", "latency.p50").stdout


def test_prune_takes_what_is_old_and_beyond_the_newest(say: Say, db: Path) -> None:
    assert "removed 0 of 20" in say("prune", "--older-than", "400yr", "--yes").stdout
    assert "removed 0 of 20" in say("prune", "--older-than", "400yr", "--keep", 0).stdout
    assert "removed 0 of 0" in say("prune", "other.onnx", "--keep", 0, "--yes").stdout
    assert "removed 15 of 20" in say("prune", "--older-than", "1min", "--keep", 5, "--yes").stdout
    assert "removed 5 of 5" in say("prune", "--older-than", "1min", "--yes").stdout
    assert count(db) == 0


def test_out_and_in_again(say: Say, db: Path, tmp_path: Path) -> None:
    file, back = tmp_path / "runs.jsonl", tmp_path / "back.jsonl"
    assert say("export", file).returncode == 0
    lines = file.read_text().splitlines()
    assert len(lines) == 20
    jsonschema.validate(json.loads(lines[0]), schema("history"))
    assert effprof("history", "export", "--db", db).stdout.splitlines() == lines
    other = tmp_path / "other.db"
    empty = tmp_path / "empty.jsonl"
    empty.touch()  # the export of a history that holds nothing
    assert "0 of 0" in effprof_here("history", "import", empty, "--db", other).stdout
    for new in (20, 0):
        said = effprof_here("history", "import", file, "--db", other)
        assert f"{new} of 20 reports were new" in said.stdout
    effprof_here("history", "export", back, "--db", other)
    assert back.read_text() == file.read_text()


def test_reports_as_measure_writes_them_come_in_too(db: Path, tmp_path: Path) -> None:
    path = finished(tmp_path)
    assert "1 of 1" in effprof_here("history", "import", path, "--db", db).stdout
    (report,) = codec.load(path)
    line = tmp_path / "line.jsonl"
    line.write_text(codec.compact(report) + "\n")
    assert "0 of 1" in effprof_here("history", "import", line, "--db", db).stdout


@pytest.mark.parametrize(
    "bad",
    ["{", "[]", "null", '{"schema": "effprof.history/2"}', '{"schema": "effprof.report/9"}',
     '{"schema": "effprof.history/1", "made_by": "measure", "report": 3}',
     '{"schema": "effprof.history/1", "made_by": "magic", "report": {}}'],
)  # fmt: skip
def test_a_bad_line_is_named_and_those_before_it_are_in(
    say: Say, db: Path, tmp_path: Path, bad: str
) -> None:
    file, other = tmp_path / "runs.jsonl", tmp_path / "other.db"
    say("export", file)
    good = file.read_text().splitlines()
    file.write_text("\n".join([*good[:3], bad, *good[3:]]))
    said = effprof_here("history", "import", file, "--db", other)
    assert said.returncode == 2
    assert "line 4" in said.stderr
    assert count(other) == 3


def test_where_there_is_none(tmp_path: Path) -> None:
    said = effprof_here("history", "list", "--db", tmp_path / "none.db")
    assert said.returncode == 2
    assert "no history there" in said.stderr
    off = effprof_here("history", "list")
    assert off.returncode == 2
    assert "EFFPROF_DB=off" in off.stderr
