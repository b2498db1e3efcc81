"""`effprof report`: where each format goes, and what is judged of several reports."""

from pathlib import Path

import pytest
import typer
from msgspec.structs import replace
from typer.testing import CliRunner

from effprof.base.errors import LackingError, ReportError, RequestError
from effprof.cli.output import Destination
from effprof.cli.report import report, together
from effprof.report import codec
from effprof.report.save import save
from tests.formats.sample import FULL, TINY, UNFINISHED

app = typer.Typer()
app.command()(report)


@pytest.fixture
def saved(tmp_path: Path) -> str:
    path = tmp_path / "full.json"
    save(codec.dump(FULL), path)
    return str(path)


def ran(*words: str) -> str:
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_without_a_format_it_is_shown_as_measure_did(saved: str, tmp_path: Path) -> None:
    shown = ran(saved)
    assert " on edge · p50 7.21 ms" in shown.splitlines()[0]
    assert ran(saved, "--format", f"text={tmp_path / 'a.txt'}") == ""
    assert (tmp_path / "a.txt").read_text() == shown


def test_html_goes_to_a_file_or_to_stdout(saved: str, tmp_path: Path) -> None:
    assert ran(saved, "--html", str(tmp_path / "a.html")) == ""
    assert (tmp_path / "a.html").read_text() == ran(saved, "--html", "-")


@pytest.mark.parametrize("word", ["text", "=a", "text="])
def test_a_format_names_its_file(word: str, saved: str) -> None:
    with pytest.raises(RequestError, match="not NAME=FILE"):
        ran(saved, "--format", word)


def test_what_cannot_be_written_is_refused(saved: str, tmp_path: Path) -> None:
    with pytest.raises(LackingError, match="htmll: no format of that name"):
        ran(saved, "--format", "htmll=a.html")
    with pytest.raises(RequestError, match="--html and --text cannot both be stdout"):
        ran(saved, "--html", "-", "--format", "text=-")
    with pytest.raises(ReportError, match="no such file"):
        ran(str(tmp_path / "none.json"), "--html", "-")
    with pytest.raises(ReportError, match="cannot be written"):
        ran(saved, "--html", str(tmp_path / "nowhere" / "a.html"))


def test_several_are_judged_together() -> None:
    slow = replace(FULL, id="slow")
    bundle = together([FULL, slow, TINY, UNFINISHED])
    assert [one.other.id for one in bundle.comparisons] == ["slow", TINY.id]
    assert bundle.comparisons[1].trade.startswith("not like for like (")
    assert [one.profile for one in bundle.rankings] == ["edge"]
    assert "was not finished" in bundle.apart[0]


def test_measure_writes_the_page_once_all_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    destination = Destination(None, str(path), many=True)
    destination.add(FULL)
    assert not path.exists()
    destination.add(TINY)
    destination.finish()
    assert "kws.onnx" in path.read_text()
    with pytest.raises(RequestError, match="cannot both be stdout"):
        Destination("-", "-", many=False)
    with pytest.raises(ReportError, match="cannot be written"):
        Destination(None, str(tmp_path / "nowhere" / "page.html"), many=False)
